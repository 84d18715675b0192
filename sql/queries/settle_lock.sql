-- Holds a day that is to be settled, and says whether it is still the one that was read.
-- params: mchid text, bill_day date, updated_at instant
-- columns: unchanged bool
SELECT updated_at = $3 AS unchanged
  FROM recon.day
 WHERE mchid = $1 AND bill_day = $2
   FOR UPDATE
