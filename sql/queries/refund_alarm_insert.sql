-- A finding that has tripped the breaker.
-- params: mchid text, finding_id text, event_no int4, now instant
-- columns: none
INSERT INTO recon.refund_alarm (mchid, finding_id, event_no, at) VALUES ($1, $2, $3, $4)
