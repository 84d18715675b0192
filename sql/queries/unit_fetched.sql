-- Moves a unit to FETCHED if bills of all the given kinds are evidence, in versions that count; what was said about it no longer counts.
-- params: mchid text, bill_day date, kinds texts, checked_at instant, updated_at instant
-- columns: none
UPDATE recon.day
SET stage = 'FETCHED', verdict = NULL, reason = NULL, next_try_at = NULL, checked_at = COALESCE($4, checked_at), updated_at = $5
WHERE mchid = $1 AND bill_day = $2
  AND (SELECT count(DISTINCT kind)
       FROM recon.bill_file
       WHERE mchid = $1 AND bill_day = $2 AND kind = ANY ($3) AND state IN ('VALID', 'NO_STATEMENT')) = cardinality($3)
