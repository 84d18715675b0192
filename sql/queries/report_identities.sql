-- Identities of a day, both sides.
-- params: mchid text, bill_day date
-- columns: name text, holds bool, left_name text, left_count int8, left_fen int8, right_name text, right_count int8, right_fen int8
SELECT name, holds, left_name, left_count, left_fen, right_name, right_count, right_fen
  FROM recon.identity
 WHERE mchid = $1 AND bill_day = $2
 ORDER BY name
