-- Proposes what became of a refund in doubt; its number. Raises when it cannot be resolved so.
-- params: mchid text, refund_no text, resolve_as text, reason text, evidence text, now instant
-- columns: proposal int4
SELECT recon.propose_refund_resolution($1, $2, $3, $4, $5, $6) AS proposal
