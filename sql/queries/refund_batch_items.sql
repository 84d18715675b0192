-- The requests of a batch with what a checker should look at twice: when it was paid, deductions that nobody has approved, how many other requests its rental has, and what is not any more as it was requested.
-- params: mchid text, batch_no int4, now instant
-- columns: refund_no text, deposit_id text, rental_no text null, store_id text null, out_trade_no text, deposit_fen int8, deduction_fen int8, refunded_fen int8, amount_fen int8, reason text, maker text, requested_at instant, state text, paid_at instant null, unapproved_fen int8 null, others int8, changed text null
WITH listed AS (
    SELECT r.* FROM recon.refund_request r WHERE r.mchid = $1 AND r.batch_no = $2
), rentals AS (
    SELECT r.rental_no, count(*) AS requests
      FROM recon.refund_request r
     WHERE r.mchid = $1 AND r.rental_no IN (SELECT l.rental_no FROM listed l) AND r.state NOT IN ('REJECTED', 'EXPIRED', 'DROPPED', 'CLOSED')
     GROUP BY r.rental_no
)
SELECT l.refund_no, l.deposit_id, l.rental_no, l.store_id, l.out_trade_no, l.deposit_fen, l.deduction_fen, l.refunded_fen, l.amount_fen, l.reason,
       l.maker, l.requested_at, l.state, f.paid_at, f.unapproved_fen,
       CASE WHEN l.state IN ('REJECTED', 'EXPIRED', 'DROPPED', 'CLOSED') THEN 0 ELSE coalesce(n.requests, 1) - 1 END AS others,
       CASE WHEN l.state IN ('REQUESTED', 'APPROVED')
            THEN coalesce(recon.deposit_obstacle($1, l.deposit_id, l.refund_no, $3),
                          CASE WHEN (f.out_trade_no, f.item_no, f.total_fen, f.deposit_fen, f.deduction_fen, f.refunded_fen)
                                    IS DISTINCT FROM (l.out_trade_no, l.item_no, l.total_fen, l.deposit_fen, l.deduction_fen, l.refunded_fen)
                               THEN f.deposit_fen - f.deduction_fen - f.refunded_fen || ' fen are due now' END) END AS changed
  FROM listed l
  LEFT JOIN rentals n ON n.rental_no = l.rental_no
  LEFT JOIN LATERAL recon.deposit_facts($1, l.deposit_id, l.refund_no) f ON true
 ORDER BY l.refund_no COLLATE "C"
