-- The queue of a merchant; no row: nothing was ever asked for.
-- params: mchid text
-- columns: state text, reason text null, next_at instant null
SELECT state, reason, next_at FROM recon.refund_queue WHERE mchid = $1
