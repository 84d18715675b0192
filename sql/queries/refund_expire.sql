-- What was not sent before its approval expired is not sent.
-- params: mchid text, at instant
-- columns: expired int4
SELECT recon.expire_refunds($1, $2) AS expired
