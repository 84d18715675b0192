-- Statements whose period begins in a span of days, all versions.
-- params: mchid text, from_day date, to_day date
-- columns: store_id text, period_from date, version int4, period_to date, merchant_name text, store_name text, terms json, terms_sha256 text, bills json, content_sha256 text, differs text null, previous_from date null, previous_version int4 null, previous_sha256 text null, item_count int8, engine_version text, made_at instant
SELECT store_id, period_from, version, period_to, merchant_name, store_name, terms, terms_sha256, bills,
       content_sha256, differs, previous_from, previous_version, previous_sha256, item_count,
       engine_version, made_at
  FROM recon.statement
 WHERE mchid = $1 AND period_from BETWEEN $2 AND $3
 ORDER BY period_from, store_id, version
