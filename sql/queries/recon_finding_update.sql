-- A finding that changed; an evidence of NULL leaves the one it has. What was accepted is so no more.
-- params: mchid text, finding_id text, code text, state text, resolution text, channel_fen int8, books_fen int8, diff_fen int8, now instant, break_on date, owner text, evidence json
-- columns: none
UPDATE recon.finding
   SET code = $3, state = $4, resolution = $5, channel_fen = $6, books_fen = $7, diff_fen = $8,
       updated_at = $9, break_on = $10, owner = $11, evidence = COALESCE($12, evidence), accepted_no = NULL
 WHERE mchid = $1 AND finding_id = $2
