-- Refunds that are as a proposal says without the acts of both people.
-- params: mchid text
-- columns: refund_no text
WITH acts AS (
    SELECT split_part(a.bytes, E'\t', 3) AS who, split_part(a.bytes, E'\t', 4) AS act, split_part(a.bytes, E'\t', 5) AS refund_no,
           split_part(split_part(a.bytes, E'\t', 6), ',', 1) AS what
      FROM recon.refund_act a
     WHERE a.mchid = $1 AND split_part(a.bytes, E'\t', 4) IN ('PROPOSE', 'RESOLVE')
)
SELECT r.refund_no
  FROM recon.refund_request r
  JOIN recon.refund_resolution s ON s.mchid = $1 AND s.refund_no = r.refund_no AND s.proposal_no = r.resolved_no
 WHERE r.mchid = $1 AND r.resolved_no IS NOT NULL
   AND ((s.maker, 'PROPOSE', r.refund_no, r.resolved_no || ' ' || r.state) NOT IN (SELECT a.who, a.act, a.refund_no, a.what FROM acts a)
        OR (s.checker, 'RESOLVE', r.refund_no, r.resolved_no || ' ' || r.state) NOT IN (SELECT a.who, a.act, a.refund_no, a.what FROM acts a))
 ORDER BY r.refund_no
