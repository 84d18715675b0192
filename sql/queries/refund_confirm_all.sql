-- Confirms the successful refunds that bills show.
-- params: mchid text, now instant
-- columns: confirmed int4
SELECT recon.confirm_refunds($1, $2) AS confirmed
