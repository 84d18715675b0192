-- Puts a piece of a bill's bytes into evidence.
-- params: mchid text, bill_day date, kind text, version int4, chunk_no int4, content bytes
-- columns: none
INSERT INTO recon.bill_chunk (mchid, bill_day, kind, version, chunk_no, content)
VALUES ($1, $2, $3, $4, $5, $6)
