-- What was sent for the first time since two points in time, what waits to be sent, and what is in doubt.
-- params: mchid text, hour_from instant, day_from instant
-- columns: hour_fen int8, day_fen int8, day_count int8, waiting_fen int8, waiting_count int8, doubtful_count int8
SELECT (SELECT coalesce(sum(amount_fen), 0)::bigint FROM recon.refund_request WHERE mchid = $1 AND first_sent_at >= $2) AS hour_fen,
       (SELECT coalesce(sum(amount_fen), 0)::bigint FROM recon.refund_request WHERE mchid = $1 AND first_sent_at >= $3) AS day_fen,
       (SELECT count(*) FROM recon.refund_request WHERE mchid = $1 AND first_sent_at >= $3) AS day_count,
       (SELECT coalesce(sum(amount_fen), 0)::bigint FROM recon.refund_request WHERE mchid = $1 AND state IN ('APPROVED', 'WAITING_FUNDS')) AS waiting_fen,
       (SELECT count(*) FROM recon.refund_request WHERE mchid = $1 AND state IN ('APPROVED', 'WAITING_FUNDS')) AS waiting_count,
       (SELECT count(*) FROM recon.refund_request WHERE mchid = $1 AND state IN ('SENDING', 'UNKNOWN')) AS doubtful_count
