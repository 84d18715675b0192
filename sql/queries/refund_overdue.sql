-- Deposits due since before the deadline and not given back yet (R10): how many, and what they come to.
-- params: mchid text, deadline instant
-- columns: deposits int8, overdue_fen int8
SELECT count(*) AS deposits, coalesce(sum(f.deposit_fen - f.deduction_fen - f.refunded_fen), 0)::bigint AS overdue_fen
  FROM rental.deposit d
  LEFT JOIN recon.refund_request r
    ON r.mchid = $1 AND r.deposit_id = d.deposit_id
   AND r.state IN ('REQUESTED', 'APPROVED', 'SENDING', 'UNKNOWN', 'WAITING_FUNDS', 'PROCESSING', 'ABNORMAL')
 CROSS JOIN LATERAL recon.deposit_facts($1, d.deposit_id, r.refund_no) f
 WHERE d.mchid = $1 AND NOT d.waived AND d.status = 'REFUND_DUE' AND d.due_at <= $2
   AND f.deposit_fen - f.deduction_fen - f.refunded_fen > 0
