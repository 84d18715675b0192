-- All bills of a unit are evidence, or there is another version of one: it is to be reconciled.
-- params: mchid text, bill_day date, updated_at instant
-- columns: none
UPDATE recon.day
SET stage = 'FETCHED', verdict = NULL, reason = NULL, next_try_at = NULL, updated_at = $3
WHERE mchid = $1 AND bill_day = $2
