-- Batches of one merchant, oldest first.
-- params: mchid text
-- columns: batch_no int4, state text, requests int4, total_fen int8, maker text, made_at instant, expires_at instant, checker text null, decided_at instant null, reason text null, list_hash text
SELECT batch_no, state, requests, total_fen, maker, made_at, expires_at, checker, decided_at, reason, list_hash
  FROM recon.refund_batch
 WHERE mchid = $1
 ORDER BY batch_no
