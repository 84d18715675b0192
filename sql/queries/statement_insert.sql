-- A version of a statement.
-- params: mchid text, store_id text, period_from date, version int4, period_to date, merchant_name text, store_name text, terms json, terms_sha256 text, bills json, content_sha256 text, differs text, previous_from date, previous_version int4, previous_sha256 text, item_count int8, engine_version text, made_at instant
-- columns: none
INSERT INTO recon.statement (mchid, store_id, period_from, version, period_to, merchant_name, store_name,
                             terms, terms_sha256, bills, content_sha256, differs, previous_from,
                             previous_version, previous_sha256, item_count, engine_version, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
