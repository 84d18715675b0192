-- Approved batches of which something may still be sent and whose list is not the one that was approved: another hash, count or total, or no act that says so.
-- params: mchid text
-- columns: batch_no int4
SELECT b.batch_no
  FROM recon.refund_batch b
 WHERE b.mchid = $1
   AND EXISTS (SELECT FROM recon.refund_request r
                WHERE r.mchid = $1 AND r.batch_no = b.batch_no AND r.state IN ('APPROVED', 'SENDING', 'UNKNOWN', 'WAITING_FUNDS'))
   AND (b.state <> 'APPROVED'
        OR recon.refund_list_hash($1, b.batch_no, b.expires_at) <> b.list_hash
        OR (b.requests, b.total_fen) IS DISTINCT FROM (SELECT count(*)::integer, sum(r.amount_fen)::bigint
                                                         FROM recon.refund_request r WHERE r.mchid = $1 AND r.batch_no = b.batch_no)
        OR NOT EXISTS (SELECT FROM recon.refund_act a
                        WHERE a.mchid = $1 AND split_part(a.bytes, E'\t', 4) = 'APPROVE' AND split_part(a.bytes, E'\t', 5) = b.batch_no::text
                          AND split_part(a.bytes, E'\t', 3) = b.checker AND starts_with(split_part(a.bytes, E'\t', 6), b.list_hash || ' ')))
 ORDER BY b.batch_no
