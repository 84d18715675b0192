-- The verdict of a reconciled day.
-- params: mchid text, bill_day date, verdict text, reason text, now instant
-- columns: none
UPDATE recon.day SET verdict = $3, reason = $4, updated_at = $5
 WHERE mchid = $1 AND bill_day = $2 AND (verdict IS DISTINCT FROM $3 OR reason IS DISTINCT FROM $4)
