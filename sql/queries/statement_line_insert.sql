-- A line of a statement's summary.
-- params: mchid text, store_id text, period_from date, version int4, line text, item_count int8, amount_fen int8
-- columns: none
INSERT INTO recon.statement_line (mchid, store_id, period_from, version, line, item_count, amount_fen)
VALUES ($1, $2, $3, $4, $5, $6, $7)
