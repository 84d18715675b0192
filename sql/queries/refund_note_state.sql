-- What a reply made of a request.
-- params: mchid text, refund_no text, from_state text, to_state text, why text, refusal text, next_at instant, refund_id text, accepted_at instant, success_at instant, at instant
-- columns: none
SELECT recon.note_refund_state($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
