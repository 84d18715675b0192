-- The summary of one version of a statement.
-- params: mchid text, store_id text, period_from date, version int4
-- columns: line text, item_count int8, amount_fen int8
SELECT line, item_count, amount_fen
  FROM recon.statement_line
 WHERE mchid = $1 AND store_id = $2 AND period_from = $3 AND version = $4
