-- Makes a request SENDING when the facts are still those that were approved, and nothing speaks against it.
-- params: mchid text, refund_no text, body text, objection text, refunded_there bool, request_most int8, at instant
-- columns: decision text, said text null, call_no int4 null
SELECT decision, said, call_no FROM recon.begin_refund($1, $2, $3, $4, $5, $6, $7)
