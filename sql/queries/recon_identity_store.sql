-- One identity of a day, replacing the one of that name.
-- params: mchid text, bill_day date, name text, left_name text, left_count int8, left_fen int8, right_name text, right_count int8, right_fen int8, holds bool
-- columns: none
INSERT INTO recon.identity (mchid, bill_day, name, left_name, left_count, left_fen,
                            right_name, right_count, right_fen, holds)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (mchid, bill_day, name) DO UPDATE
   SET left_name = EXCLUDED.left_name, left_count = EXCLUDED.left_count, left_fen = EXCLUDED.left_fen,
       right_name = EXCLUDED.right_name, right_count = EXCLUDED.right_count,
       right_fen = EXCLUDED.right_fen, holds = EXCLUDED.holds
