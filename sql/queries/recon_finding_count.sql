-- How many findings of a day are in which state, by class.
-- params: mchid text, bill_day date
-- columns: code text, state text, findings int8
SELECT code, state, count(*) AS findings
  FROM recon.finding
 WHERE mchid = $1 AND bill_day = $2
 GROUP BY code, state
