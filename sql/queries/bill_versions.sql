-- The versions of a bill, newest first.
-- params: mchid text, bill_day date, kind text
-- columns: version int4, state text, received_sha256 text null, plain_sha1 text null, received_bytes int8, plain_bytes int8
SELECT version, state, received_sha256, plain_sha1, received_bytes, plain_bytes
FROM recon.bill_file
WHERE mchid = $1 AND bill_day = $2 AND kind = $3
ORDER BY version DESC
