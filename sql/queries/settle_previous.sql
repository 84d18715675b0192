-- The newest statement of a store before a period.
-- params: mchid text, store_id text, period_from date
-- columns: period_from date, version int4, content_sha256 text
SELECT period_from, version, content_sha256
  FROM recon.statement
 WHERE mchid = $1 AND store_id = $2 AND period_from < $3
 ORDER BY period_from DESC, version DESC
 LIMIT 1
