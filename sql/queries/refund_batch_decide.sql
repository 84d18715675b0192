-- Approves exactly the list that was seen, or rejects it. Raises when it cannot be.
-- params: mchid text, batch_no int4, approve bool, list_hash text, requests int4, total_fen int8, reason text, now instant
-- columns: none
SELECT recon.decide_refund_batch($1, $2, $3, $4, $5, $6, $7, $8)
