-- What a finding became.
-- params: mchid text, finding_id text, event_no int4, now instant, code text, state text, resolution text, diff_fen int8, reason text
-- columns: none
INSERT INTO recon.finding_event (mchid, finding_id, event_no, at, who, code, state, resolution, diff_fen, reason)
VALUES ($1, $2, $3, $4, session_user, $5, $6, $7, $8, $9)
