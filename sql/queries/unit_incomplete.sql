-- Evidence of a unit is missing.
-- params: mchid text, bill_day date, reason text, next_try_at instant, updated_at instant
-- columns: none
UPDATE recon.day
SET verdict = 'INCOMPLETE', reason = $3, next_try_at = $4, tries = tries + 1, updated_at = $5
WHERE mchid = $1 AND bill_day = $2
