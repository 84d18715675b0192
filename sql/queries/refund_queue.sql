-- May refunds of a merchant be sent; no row: nothing was ever done about its refunds, and they may.
-- params: mchid text
-- columns: state text, since instant, reason text null, needed_fen int8 null, next_at instant null
SELECT state, since, reason, needed_fen, next_at FROM recon.refund_queue WHERE mchid = $1
