-- Deposits that are to be given back, and those that are held for a payment older than old_before: what is still due, a request under way left out of what was given back.
-- params: mchid text, old_before instant, now instant
-- columns: deposit_id text, status text, rental_no text null, store_id text null, out_trade_no text null, deposit_fen int8, due_fen int8, due_at instant null, paid_at instant null, obstacle text null, refund_no text null, request_state text null
SELECT d.deposit_id, d.status, d.rental_no, d.store_id, d.out_trade_no, f.deposit_fen, f.deposit_fen - f.deduction_fen - f.refunded_fen AS due_fen,
       d.due_at, f.paid_at, recon.deposit_obstacle($1, d.deposit_id, r.alive, $3) AS obstacle, r.refund_no, r.state AS request_state
  FROM rental.deposit d
  LEFT JOIN rental.payment p ON p.mchid = $1 AND p.out_trade_no = d.out_trade_no
  LEFT JOIN LATERAL (SELECT q.refund_no, q.state,
                            CASE WHEN q.state IN ('REQUESTED', 'APPROVED', 'SENDING', 'UNKNOWN', 'WAITING_FUNDS', 'PROCESSING', 'ABNORMAL')
                                 THEN q.refund_no END AS alive
                       FROM recon.refund_request q
                      WHERE q.mchid = $1 AND q.deposit_id = d.deposit_id
                      ORDER BY q.attempt DESC LIMIT 1) r ON true
 CROSS JOIN LATERAL recon.deposit_facts($1, d.deposit_id, r.alive) f
 WHERE d.mchid = $1 AND NOT d.waived
   AND (d.status = 'REFUND_DUE' OR (d.status = 'HELD' AND p.paid_at <= $2))
   AND f.deposit_fen - f.deduction_fen - f.refunded_fen > 0
 ORDER BY d.due_at NULLS LAST, d.deposit_id
