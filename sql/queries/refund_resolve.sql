-- Resolves a refund in doubt as another login has proposed. Raises when it cannot be.
-- params: mchid text, refund_no text, proposal int4, resolve_as text, now instant
-- columns: none
SELECT recon.confirm_refund_resolution($1, $2, $3, $4, $5)
