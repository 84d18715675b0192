-- Deposits of payments that were paid before an instant, waived ones left out, with what had been given back and deducted of them by then and since; and deposit items that no deposit is recorded for (no deposit_id). Refunds are those that WeChat Pay has accepted: what it has, the account has not any more.
-- params: mchid text, before instant
-- columns: deposit_id text null, store_id text null, out_trade_no text null, status text null, deposit_fen int8, item_fen int8 null, payment_status text null, deposits int8, refunded_fen int8, refunded_now_fen int8, deducted_fen int8, deducted_now_fen int8
WITH ours AS (
    SELECT q.deposit_id, COALESCE(sum(q.amount_fen) FILTER (WHERE COALESCE(q.accepted_at, q.sent_at) < $2), 0)::bigint AS then_fen,
           sum(q.amount_fen)::bigint AS now_fen
      FROM recon.refund_request q
     WHERE q.mchid = $1
       AND (q.state IN ('PROCESSING', 'SUCCESS', 'CONFIRMED', 'ABNORMAL')
            OR q.state = 'CLOSED' AND q.resolved_no IS NOT NULL
               AND EXISTS (SELECT FROM recon.refund_bill_row b WHERE b.mchid = $1 AND b.refund_no = q.refund_no AND b.status = 'SUCCESS'))
     GROUP BY q.deposit_id
), theirs AS (
    SELECT d.deposit_id, COALESCE(sum(f.amount_fen) FILTER (WHERE f.created_at < $2), 0)::bigint AS then_fen, sum(f.amount_fen)::bigint AS now_fen
      FROM rental.refund f
      JOIN rental.deposit d ON d.mchid = $1 AND d.out_trade_no = f.out_trade_no AND (d.item_no = f.item_no OR f.item_no IS NULL AND f.kind = 'DEPOSIT')
     WHERE f.mchid = $1 AND f.status IN ('PROCESSING', 'SUCCESS')
       AND NOT EXISTS (SELECT FROM recon.refund_request q WHERE q.mchid = $1 AND q.refund_no = f.out_refund_no)
     GROUP BY d.deposit_id
), deducted AS (
    SELECT x.deposit_id, COALESCE(sum(x.amount_fen) FILTER (WHERE x.approved_at < $2 AND (x.voided_at IS NULL OR x.voided_at >= $2)), 0)::bigint AS then_fen,
           COALESCE(sum(x.amount_fen) FILTER (WHERE x.voided_at IS NULL), 0)::bigint AS now_fen
      FROM rental.deposit_deduction x
     WHERE x.mchid = $1 AND x.approved_at IS NOT NULL
     GROUP BY x.deposit_id
)
SELECT d.deposit_id, d.store_id, d.out_trade_no, d.status, d.amount_fen AS deposit_fen, i.amount_fen AS item_fen, p.status AS payment_status,
       count(*) OVER (PARTITION BY d.out_trade_no, d.item_no) AS deposits,
       COALESCE(o.then_fen, 0) + COALESCE(t.then_fen, 0) AS refunded_fen, COALESCE(o.now_fen, 0) + COALESCE(t.now_fen, 0) AS refunded_now_fen,
       COALESCE(x.then_fen, 0) AS deducted_fen, COALESCE(x.now_fen, 0) AS deducted_now_fen
  FROM rental.deposit d
  LEFT JOIN rental.payment p ON p.mchid = $1 AND p.out_trade_no = d.out_trade_no
  LEFT JOIN rental.payment_item i ON i.mchid = $1 AND i.out_trade_no = d.out_trade_no AND i.item_no = d.item_no AND i.kind = 'DEPOSIT'
  LEFT JOIN ours o ON o.deposit_id = d.deposit_id
  LEFT JOIN theirs t ON t.deposit_id = d.deposit_id
  LEFT JOIN deducted x ON x.deposit_id = d.deposit_id
 WHERE d.mchid = $1 AND NOT d.waived AND COALESCE(p.status, 'UNKNOWN') NOT IN ('CREATED', 'CLOSED') AND (p.paid_at IS NULL OR p.paid_at < $2)
 UNION ALL
SELECT NULL, i.store_id, i.out_trade_no, NULL, 0, i.amount_fen, p.status, 0, 0, 0, 0, 0
  FROM rental.payment p
  JOIN rental.payment_item i ON i.mchid = $1 AND i.out_trade_no = p.out_trade_no AND i.kind = 'DEPOSIT'
 WHERE p.mchid = $1 AND p.status = 'PAID' AND p.paid_at < $2
   AND NOT EXISTS (SELECT FROM rental.deposit d WHERE d.mchid = $1 AND d.out_trade_no = i.out_trade_no AND d.item_no = i.item_no AND NOT d.waived)
 ORDER BY 2 NULLS FIRST, 1 NULLS FIRST, 3
