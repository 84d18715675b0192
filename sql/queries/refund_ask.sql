-- Asks for a deposit to be given back, in the name of this login. Raises when it cannot be.
-- params: mchid text, deposit_id text, reason text, now instant
-- columns: refund_no text
SELECT recon.request_deposit_refund($1, $2, $3, $4) AS refund_no
