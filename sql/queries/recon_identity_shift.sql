-- One record of the books that turned out to belong to another bill day leaves the right side.
-- params: mchid text, bill_day date, name text, fen int8
-- columns: none
UPDATE recon.identity
   SET right_count = right_count - 1, right_fen = right_fen - $4,
       holds = left_count = right_count - 1 AND left_fen = right_fen - $4
 WHERE mchid = $1 AND bill_day = $2 AND name = $3
