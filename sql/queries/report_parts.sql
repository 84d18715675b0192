-- Where the money of a day went.
-- params: mchid text, bill_day date
-- columns: part text, key text, payment_items int8, payment_fen int8, refund_items int8, refund_fen int8, fee_millifen int8
SELECT part, key, payment_items, payment_fen, refund_items, refund_fen, fee_millifen
  FROM recon.settle_part
 WHERE mchid = $1 AND bill_day = $2
 ORDER BY CASE part WHEN 'STORE' THEN 0 WHEN 'UNATTRIBUTED' THEN 1 WHEN 'HELD' THEN 2 ELSE 3 END, key
