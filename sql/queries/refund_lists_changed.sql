-- Approved batches of which something may still be sent and whose list is not the one that was approved: another hash, count or total, or no act that says so.
-- params: mchid text
-- columns: batch_no int4
WITH sendable AS (
    SELECT DISTINCT r.batch_no
      FROM recon.refund_request r
     WHERE r.mchid = $1 AND r.state IN ('APPROVED', 'SENDING', 'UNKNOWN', 'WAITING_FUNDS')
), listed AS (
    SELECT r.batch_no, count(*) AS requests, sum(r.amount_fen) AS total_fen
      FROM recon.refund_request r
     WHERE r.mchid = $1 AND r.batch_no IN (SELECT s.batch_no FROM sendable s)
     GROUP BY r.batch_no
), approved AS (
    SELECT split_part(a.bytes, E'\t', 5) AS batch, split_part(a.bytes, E'\t', 3) AS checker, split_part(split_part(a.bytes, E'\t', 6), ' ', 1) AS list_hash
      FROM recon.refund_act a
     WHERE a.mchid = $1 AND split_part(a.bytes, E'\t', 4) = 'APPROVE'
)
SELECT b.batch_no
  FROM recon.refund_batch b
  JOIN listed l ON l.batch_no = b.batch_no
 WHERE b.mchid = $1
   AND (b.state <> 'APPROVED' OR l.requests <> b.requests OR l.total_fen <> b.total_fen
        OR recon.refund_list_hash($1, b.batch_no, b.expires_at) <> b.list_hash
        OR (b.batch_no::text, b.checker, b.list_hash) NOT IN (SELECT p.batch, p.checker, p.list_hash FROM approved p))
 ORDER BY b.batch_no
