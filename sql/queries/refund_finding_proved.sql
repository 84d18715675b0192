-- R05 that a bill's row made of a refund of ours which a query since has proved to be successful after all, or whose place another one has taken that was successful.
-- params: mchid text
-- columns: bill_day date, key text, code text, channel_fen int8 null, books_fen int8 null
SELECT f.bill_day, f.key, f.code, f.channel_fen, f.books_fen
  FROM recon.finding f
  JOIN recon.refund_request r ON r.mchid = $1 AND r.refund_no = f.key
 WHERE f.mchid = $1 AND f.leg = 'REFUND' AND f.code = 'R05' AND f.state <> 'RESOLVED'
   AND (r.state IN ('SUCCESS', 'CONFIRMED')
        AND EXISTS (SELECT FROM recon.refund_call c
                     WHERE c.mchid = $1 AND c.refund_no = f.key AND c.kind = 'QUERY' AND c.replied_at >= f.first_seen AND c.outcome = 'ASKED_SUCCESS')
        OR EXISTS (SELECT FROM recon.refund_request n
                    WHERE n.mchid = $1 AND n.deposit_id = r.deposit_id AND n.attempt > r.attempt AND n.state IN ('SUCCESS', 'CONFIRMED')))
 ORDER BY f.bill_day
