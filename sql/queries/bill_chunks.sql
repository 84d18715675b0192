-- The bytes of a bill as received, piece by piece.
-- params: mchid text, bill_day date, kind text, version int4
-- columns: chunk_no int4, content bytes
SELECT chunk_no, content
FROM recon.bill_chunk
WHERE mchid = $1 AND bill_day = $2 AND kind = $3 AND version = $4
ORDER BY chunk_no
