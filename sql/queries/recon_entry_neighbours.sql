-- Which of these transactions and refunds of WeChat Pay stand in the trade bill of the day before or after.
-- params: mchid text, bill_day date, seconds texts
-- columns: second text
SELECT CASE kind WHEN 'REFUND' THEN refund_id ELSE transaction_id END AS second
  FROM recon.entry
 WHERE mchid = $1 AND bill_day BETWEEN $2 - 1 AND $2 + 1 AND bill_day <> $2
   AND ((kind = 'PAYMENT' AND transaction_id = ANY ($3)) OR (kind = 'REFUND' AND refund_id = ANY ($3)))
