-- Lines of statements' summaries.
-- params: mchid text, store_id text, period_from date, version int4, line text, item_count int8, amount_fen int8
-- columns: none
COPY recon.statement_line (mchid, store_id, period_from, version, line, item_count, amount_fen)
FROM STDIN (FORMAT binary)
