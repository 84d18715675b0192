-- All versions of one merchant's bills; days without limits are NULL.
-- params: mchid text, from_day date, to_day date
-- columns: bill_day date, kind text, version int4, state text, received_bytes int8, plain_bytes int8, plain_sha1 text null,
--     received_sha256 text null, received_at instant, request_id text null
SELECT bill_day, kind, version, state, received_bytes, plain_bytes, plain_sha1, received_sha256, received_at, request_id
FROM recon.bill_file
WHERE mchid = $1 AND bill_day >= COALESCE($2, '-infinity'::date) AND bill_day <= COALESCE($3, 'infinity'::date)
ORDER BY bill_day, kind, version
