-- Which of the numbers given are paired in another day's bill and have a finding there: that one speaks for both days. What is 'booked' was not found any more.
-- params: mchid text, bill_day date, leg text, keys texts
-- columns: key text
SELECT DISTINCT key
  FROM recon.finding
 WHERE mchid = $1 AND bill_day <> $2 AND leg = $3 AND channel_fen IS NOT NULL AND books_fen IS NOT NULL
   AND resolution IS DISTINCT FROM 'booked' AND key = ANY ($4)
