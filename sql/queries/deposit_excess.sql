-- Refunds that come to more than they may, of the payments in doubt and of those that we refunded lately or that have such a finding: of a deposit more than it was less what was deducted (R08 when two were successful, one of them ours, and come to more than the deposit itself; else R07), or else of a payment more than was paid (R07). One that two people have resolved as CLOSED and that a bill shows as paid counts. `at`: when the sum was passed.
-- params: mchid text, since instant, out_trade_nos texts
-- columns: code text, key text, at instant, channel_fen int8, books_fen int8, deposit_id text null, refund_no text null, out_trade_no text
WITH doubtful AS (
    SELECT unnest($3) AS out_trade_no
     UNION
    SELECT q.out_trade_no FROM recon.refund_request q
     WHERE q.mchid = $1 AND q.sent_at IS NOT NULL AND COALESCE(q.accepted_at, q.sent_at) >= $2
     UNION
    SELECT f.out_trade_no FROM recon.refund_request q JOIN rental.refund f ON f.mchid = $1 AND f.out_trade_no = q.out_trade_no
     WHERE q.mchid = $1 AND q.sent_at IS NOT NULL AND f.created_at >= $2
     UNION
    SELECT q.out_trade_no FROM recon.refund_request q
     WHERE q.mchid = $1 AND q.state = 'CLOSED' AND q.resolved_no IS NOT NULL
     UNION
    SELECT g.evidence ->> 'out_trade_no' FROM recon.finding g
     WHERE g.mchid = $1 AND g.leg = 'DEPOSIT' AND g.code IN ('R07', 'R08') AND g.state <> 'RESOLVED'
), moved AS (
    SELECT q.out_trade_no, q.item_no, 'DEPOSIT' AS kind, q.refund_no, q.amount_fen, COALESCE(q.accepted_at, q.sent_at) AS at,
           q.state <> 'PROCESSING' AS done, true AS ours
      FROM recon.refund_request q JOIN doubtful n ON n.out_trade_no = q.out_trade_no
     WHERE q.mchid = $1 AND q.state IN ('PROCESSING', 'SUCCESS', 'CONFIRMED')
     UNION ALL
    SELECT q.out_trade_no, q.item_no, 'DEPOSIT', q.refund_no, q.amount_fen, COALESCE(q.accepted_at, q.sent_at), true, true
      FROM recon.refund_request q
     WHERE q.mchid = $1 AND q.state = 'CLOSED' AND q.resolved_no IS NOT NULL
       AND EXISTS (SELECT FROM recon.refund_bill_row b WHERE b.mchid = $1 AND b.refund_no = q.refund_no AND b.status = 'SUCCESS')
     UNION ALL
    SELECT f.out_trade_no, f.item_no, f.kind, f.out_refund_no, f.amount_fen, f.created_at, f.status = 'SUCCESS', false
      FROM rental.refund f JOIN doubtful n ON n.out_trade_no = f.out_trade_no
     WHERE f.mchid = $1 AND f.status IN ('PROCESSING', 'SUCCESS')
       AND NOT EXISTS (SELECT FROM recon.refund_request q WHERE q.mchid = $1 AND q.refund_no = f.out_refund_no)
), limits AS (
    SELECT d.out_trade_no, d.item_no, d.deposit_id, d.amount_fen AS whole_fen,
           d.amount_fen - (SELECT COALESCE(sum(x.amount_fen), 0)::bigint FROM rental.deposit_deduction x
                            WHERE x.mchid = $1 AND x.deposit_id = d.deposit_id AND x.approved_at IS NOT NULL AND x.voided_at IS NULL) AS limit_fen
      FROM rental.deposit d JOIN doubtful n ON n.out_trade_no = d.out_trade_no
     WHERE d.mchid = $1 AND NOT d.waived
), of_deposit AS (
    SELECT l.deposit_id, l.out_trade_no, l.whole_fen, l.limit_fen, m.refund_no, m.amount_fen, m.at, m.done, m.ours,
           sum(m.amount_fen) OVER (PARTITION BY l.deposit_id ORDER BY m.at, m.refund_no ROWS UNBOUNDED PRECEDING) AS running_fen
      FROM limits l
      JOIN moved m ON m.out_trade_no = l.out_trade_no AND (m.item_no = l.item_no OR m.item_no IS NULL AND m.kind = 'DEPOSIT')
), deposits AS (
    SELECT o.deposit_id, o.out_trade_no, min(o.at) FILTER (WHERE o.running_fen > o.limit_fen) AS at, sum(o.amount_fen)::bigint AS fen,
           max(o.limit_fen) AS limit_fen, (array_agg(o.refund_no ORDER BY o.at DESC, o.refund_no DESC))[1] AS refund_no,
           bool_or(o.ours) AND count(*) FILTER (WHERE o.done) > 1
             AND COALESCE(sum(o.amount_fen) FILTER (WHERE o.done), 0) > max(o.whole_fen) AS twice
      FROM of_deposit o
     GROUP BY o.deposit_id, o.out_trade_no
    HAVING sum(o.amount_fen) > max(o.limit_fen)
), of_payment AS (
    SELECT p.out_trade_no, p.amount_fen AS limit_fen, m.refund_no, m.amount_fen, m.at,
           sum(m.amount_fen) OVER (PARTITION BY p.out_trade_no ORDER BY m.at, m.refund_no ROWS UNBOUNDED PRECEDING) AS running_fen
      FROM moved m JOIN rental.payment p ON p.mchid = $1 AND p.out_trade_no = m.out_trade_no
), payments AS (
    SELECT o.out_trade_no, min(o.at) FILTER (WHERE o.running_fen > o.limit_fen) AS at, sum(o.amount_fen)::bigint AS fen,
           max(o.limit_fen) AS limit_fen, (array_agg(o.refund_no ORDER BY o.at DESC, o.refund_no DESC))[1] AS refund_no
      FROM of_payment o
     GROUP BY o.out_trade_no
    HAVING sum(o.amount_fen) > max(o.limit_fen)
)
SELECT CASE WHEN d.twice THEN 'R08' ELSE 'R07' END AS code, 'refunds/' || d.deposit_id AS key, d.at, d.fen AS channel_fen, d.limit_fen AS books_fen,
       d.deposit_id, d.refund_no, d.out_trade_no
  FROM deposits d
 UNION ALL
SELECT 'R07', 'payment/' || y.out_trade_no, y.at, y.fen, y.limit_fen, NULL, y.refund_no, y.out_trade_no
  FROM payments y
 WHERE y.out_trade_no NOT IN (SELECT d.out_trade_no FROM deposits d)
