-- Version of the contract and up to when the books are complete.
-- params: mchid text
-- columns: contract_version int8, watermark_at instant null
SELECT contract_version::bigint AS contract_version, watermark_at
  FROM rental.contract_meta
 WHERE mchid = $1
