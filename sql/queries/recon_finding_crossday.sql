-- Cross-day items of the neighbouring days among the numbers given: sides of theirs that belong to another bill day.
-- params: mchid text, bill_day date, leg text, keys texts
-- columns: key text
SELECT key
  FROM recon.finding
 WHERE mchid = $1 AND bill_day BETWEEN $2 - 1 AND $2 + 1 AND bill_day <> $2
   AND leg = $3 AND code = 'T09' AND key = ANY ($4)
