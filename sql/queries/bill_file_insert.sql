-- Puts a version of a bill into evidence. Two at once collide at the key.
-- params: mchid text, bill_day date, kind text, version int4, state text, announced_sha1 text, plain_sha1 text,
--     received_sha256 text, received_bytes int8, plain_bytes int8, request_id text, download_request_id text, received_at instant
-- columns: none
INSERT INTO recon.bill_file (mchid, bill_day, kind, version, state, announced_sha1, plain_sha1,
                             received_sha256, received_bytes, plain_bytes, request_id, download_request_id,
                             received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
