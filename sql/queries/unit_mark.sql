-- Moves a unit to a stage before its verdict: what was said about it no longer counts.
-- params: mchid text, bill_day date, stage text, updated_at instant
-- columns: none
UPDATE recon.day
SET stage = $3, verdict = NULL, reason = NULL, next_try_at = NULL, updated_at = $4
WHERE mchid = $1 AND bill_day = $2
