-- How many findings of a day are in which state, by class, and how many of them are accepted.
-- params: mchid text, bill_day date
-- columns: code text, state text, findings int8, accepted int8
SELECT code, state, count(*) AS findings, count(accepted_no) AS accepted
  FROM recon.finding
 WHERE mchid = $1 AND bill_day = $2
 GROUP BY code, state
