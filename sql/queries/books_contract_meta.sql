-- Version of the contract and up to when the books are complete: how many rows say so, and the lowest of what they say. NULL in one row is NULL.
-- params: mchid text
-- columns: rows int8, contract_version int8 null, watermark_at instant null
SELECT count(*) AS rows,
       CASE WHEN count(contract_version) = count(*) THEN min(contract_version) END::bigint AS contract_version,
       CASE WHEN count(watermark_at) = count(*) THEN min(watermark_at) END AS watermark_at
  FROM rental.contract_meta
 WHERE mchid = $1
