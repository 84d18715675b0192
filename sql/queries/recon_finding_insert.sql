-- A finding seen for the first time.
-- params: mchid text, finding_id text, bill_day date, leg text, key text, code text, state text, resolution text, channel_fen int8, books_fen int8, diff_fen int8, now instant, break_on date, owner text, evidence json
-- columns: none
INSERT INTO recon.finding (mchid, finding_id, bill_day, leg, key, code, state, resolution,
                           channel_fen, books_fen, diff_fen, first_seen, break_on, owner,
                           evidence, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $12)
