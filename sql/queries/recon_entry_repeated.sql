-- One of these refunds that stands in another day's trade bill, too.
-- params: mchid text, bill_day date, from_day date, to_day date, refund_ids texts
-- columns: refund_id text, bill_day date
SELECT refund_id, bill_day
  FROM recon.entry
 WHERE mchid = $1 AND bill_day <> $2 AND bill_day BETWEEN $3 AND $4 AND kind = 'REFUND' AND refund_id = ANY ($5)
 ORDER BY bill_day, refund_id
 LIMIT 1
