-- A day is settled.
-- params: mchid text, bill_day date, updated_at instant
-- columns: none
UPDATE recon.day SET stage = 'SETTLED', updated_at = $3
 WHERE mchid = $1 AND bill_day = $2
