-- Confirms a proposal of another login; whether the day is to be reconciled again.
-- params: mchid text, finding_id text, proposal int4, at instant
-- columns: again bool
SELECT recon.finding_confirm($1, $2, $3, $4) AS again
