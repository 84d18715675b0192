-- What a request comes to.
-- params: mchid text, refund_no text
-- columns: amount_fen int8
SELECT amount_fen FROM recon.refund_request WHERE mchid = $1 AND refund_no = $2
