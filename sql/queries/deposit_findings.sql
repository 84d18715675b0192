-- What is wrong with our refunds and with deposits that are due. R04: not finished, and accepted or sent before sla_before. R05, R06: as WeChat Pay says, until it says otherwise or another request has taken its place. R02: successful, and the bills of its day and of the next have been reconciled and do not show it. R09: resolved by two people as CLOSED, and a bill shows it as paid. R10: due before due_before and not refunded. One cause, one finding: a refund that has one from the bill has none here, a deposit whose refund has one has no R10.
-- params: mchid text, sla_before instant, due_before instant
-- columns: code text, key text, at instant, channel_fen int8 null, books_fen int8, deposit_id text, refund_no text null, state text
WITH sent AS (
    SELECT r.refund_no, r.deposit_id, r.attempt, r.state, r.amount_fen, COALESCE(r.accepted_at, r.sent_at) AS at, r.first_sent_at, false AS paid
      FROM recon.refund_request r
     WHERE r.mchid = $1 AND r.state IN ('SENDING', 'UNKNOWN', 'PROCESSING', 'SUCCESS', 'ABNORMAL')
     UNION ALL
    SELECT r.refund_no, r.deposit_id, r.attempt, r.state, r.amount_fen, COALESCE(r.accepted_at, r.sent_at), r.first_sent_at,
           r.resolved_no IS NOT NULL
             AND EXISTS (SELECT FROM recon.refund_bill_row b WHERE b.mchid = $1 AND b.refund_no = r.refund_no AND b.status = 'SUCCESS')
      FROM recon.refund_request r
     WHERE r.mchid = $1 AND r.state = 'CLOSED'
), stuck AS (
    SELECT CASE WHEN s.paid THEN 'R09' WHEN s.state = 'ABNORMAL' THEN 'R05' WHEN s.state = 'CLOSED' THEN 'R06' WHEN s.state = 'SUCCESS' THEN 'R02' ELSE 'R04' END AS code,
           s.refund_no, s.deposit_id, s.state, s.amount_fen, s.at
      FROM sent s
     WHERE s.state = 'ABNORMAL' OR s.paid
        OR s.state IN ('SENDING', 'UNKNOWN', 'PROCESSING') AND LEAST(s.at, s.first_sent_at) < $2
        OR s.state = 'CLOSED'
           AND EXISTS (SELECT FROM rental.deposit d WHERE d.mchid = $1 AND d.deposit_id = s.deposit_id AND d.status = 'REFUND_DUE')
           AND NOT EXISTS (SELECT FROM recon.refund_request n
                            WHERE n.mchid = $1 AND n.deposit_id = s.deposit_id AND n.attempt > s.attempt
                              AND n.state NOT IN ('REJECTED', 'EXPIRED', 'DROPPED'))
        OR s.state = 'SUCCESS'
           AND NOT EXISTS (SELECT FROM recon.refund_bill_row b WHERE b.mchid = $1 AND b.refund_no = s.refund_no)
           AND 2 = (SELECT count(*) FROM recon.day y
                     WHERE y.mchid = $1 AND y.stage IN ('RECONCILED', 'SETTLED')
                       AND y.bill_day BETWEEN (s.at AT TIME ZONE 'Asia/Shanghai')::date AND (s.at AT TIME ZONE 'Asia/Shanghai')::date + 1)
), due AS (
    SELECT d.deposit_id, d.due_at,
           d.amount_fen
             - (SELECT COALESCE(sum(x.amount_fen), 0)::bigint FROM rental.deposit_deduction x
                 WHERE x.mchid = $1 AND x.deposit_id = d.deposit_id AND x.approved_at IS NOT NULL AND x.voided_at IS NULL)
             - (SELECT COALESCE(sum(r.amount_fen), 0)::bigint FROM recon.refund_request r
                 WHERE r.mchid = $1 AND r.deposit_id = d.deposit_id AND r.state IN ('SUCCESS', 'CONFIRMED'))
             - (SELECT COALESCE(sum(f.amount_fen), 0)::bigint FROM rental.refund f
                 WHERE f.mchid = $1 AND f.out_trade_no = d.out_trade_no AND f.status IN ('SUCCESS', 'PROCESSING')
                   AND (f.item_no = d.item_no OR f.item_no IS NULL AND f.kind = 'DEPOSIT')
                   AND NOT EXISTS (SELECT FROM recon.refund_request q WHERE q.mchid = $1 AND q.refund_no = f.out_refund_no)) AS fen,
           (SELECT r.refund_no FROM recon.refund_request r
             WHERE r.mchid = $1 AND r.deposit_id = d.deposit_id ORDER BY r.attempt DESC LIMIT 1) AS refund_no
      FROM rental.deposit d
     WHERE d.mchid = $1 AND d.status = 'REFUND_DUE' AND NOT d.waived AND d.due_at < $3
)
SELECT s.code, s.refund_no AS key, s.at, NULL::bigint AS channel_fen, s.amount_fen AS books_fen, s.deposit_id, s.refund_no, s.state
  FROM stuck s
 WHERE NOT EXISTS (SELECT FROM recon.finding g WHERE g.mchid = $1 AND g.leg = 'REFUND' AND g.key = s.refund_no AND g.state <> 'RESOLVED')
 UNION ALL
SELECT 'R10', 'deposit/' || u.deposit_id, u.due_at, NULL, u.fen, u.deposit_id, u.refund_no,
       COALESCE((SELECT r.state FROM recon.refund_request r WHERE r.mchid = $1 AND r.refund_no = u.refund_no), 'not requested')
  FROM due u
 WHERE u.fen > 0 AND u.deposit_id NOT IN (SELECT s.deposit_id FROM stuck s)
