-- Numbers with a finding on the days before and after, and whether it says that the bill of that day has a row of another day's record (crossed).
-- params: mchid text, bill_day date
-- columns: bill_day date, leg text, key text, crossed bool
SELECT bill_day, leg, key,
       code = 'T09' AND channel_fen IS NOT NULL AND resolution IS DISTINCT FROM 'booked' AS crossed
  FROM recon.finding
 WHERE mchid = $1 AND bill_day BETWEEN $2 - 1 AND $2 + 1 AND bill_day <> $2 AND leg IN ('TRADE', 'REFUND')
