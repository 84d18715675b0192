-- Evidence of a unit is missing. What an earlier run proved no longer counts: the unit is to be reconciled again.
-- params: mchid text, bill_day date, reason text, next_try_at instant, updated_at instant
-- columns: none
UPDATE recon.day
SET stage = CASE WHEN stage IN ('RECONCILED', 'SETTLED') THEN 'FETCHED' ELSE stage END,
    verdict = 'INCOMPLETE', reason = $3, next_try_at = $4, tries = tries + 1, updated_at = $5
WHERE mchid = $1 AND bill_day = $2
