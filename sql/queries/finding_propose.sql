-- Proposes that a finding is accepted; its number.
-- params: mchid text, finding_id text, note text, at instant
-- columns: proposal int4
SELECT recon.finding_propose($1, $2, $3, $4) AS proposal
