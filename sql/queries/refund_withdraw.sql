-- Takes back a request that is in no batch yet. Raises when it cannot be.
-- params: mchid text, refund_no text, reason text, now instant
-- columns: none
SELECT recon.withdraw_refund_request($1, $2, $3, $4)
