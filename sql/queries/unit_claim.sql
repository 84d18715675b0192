-- The oldest unit after a day that stands at one of the given points and may be tried now. One that somebody is changing is left alone.
-- params: mchid text, after_day date, points texts, at instant
-- columns: bill_day date, stage text, incomplete bool, reason text null
SELECT bill_day, stage, verdict IS NOT DISTINCT FROM 'INCOMPLETE' AS incomplete, reason
FROM recon.day
WHERE mchid = $1 AND bill_day > $2
  AND stage || CASE WHEN verdict = 'INCOMPLETE' THEN ' INCOMPLETE' ELSE '' END = ANY ($3)
  AND (next_try_at IS NULL OR next_try_at <= $4)
ORDER BY bill_day
LIMIT 1
FOR UPDATE SKIP LOCKED
