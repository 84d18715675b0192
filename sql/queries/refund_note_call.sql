-- Keeps a call that has ended.
-- params: mchid text, refund_no text, kind text, call_no int4, sent_at instant, request text, replied_at instant, status int4, request_id text, reply bytes, outcome text
-- columns: none
SELECT recon.note_refund_call($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
