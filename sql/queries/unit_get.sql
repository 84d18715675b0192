-- How far one unit is.
-- params: mchid text, bill_day date
-- columns: bill_day date, stage text, incomplete bool, reason text null
SELECT bill_day, stage, verdict IS NOT DISTINCT FROM 'INCOMPLETE' AS incomplete, reason
FROM recon.day
WHERE mchid = $1 AND bill_day = $2
