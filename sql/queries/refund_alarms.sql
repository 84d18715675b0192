-- Findings about our refunds that trip the breaker and have not done so yet. R02 does not when a query has said since that the refund was successful.
-- params: mchid text
-- columns: finding_id text, event_no int8, code text, key text
SELECT f.finding_id, e.event_no::bigint AS event_no, f.code, f.key
  FROM recon.finding f
  JOIN recon.finding_event e
    ON e.mchid = $1 AND e.finding_id = f.finding_id
   AND e.event_no = (SELECT max(o.event_no) FROM recon.finding_event o
                      WHERE o.mchid = $1 AND o.finding_id = f.finding_id AND o.state IN ('OPEN', 'REOPENED'))
 WHERE f.mchid = $1 AND f.state IN ('OPEN', 'REOPENED') AND f.code IN ('R02', 'R08', 'R09')
   AND (f.leg = 'DEPOSIT' OR f.leg = 'REFUND' AND f.key ~ '^DR[0-9a-f]{30}([/#]|$)')
   AND NOT (f.code = 'R02'
            AND EXISTS (SELECT FROM recon.refund_call c
                         WHERE c.mchid = $1 AND c.refund_no = f.key AND c.kind = 'QUERY' AND c.replied_at >= f.first_seen
                           AND c.outcome = 'ASKED_SUCCESS'))
   AND NOT EXISTS (SELECT FROM recon.refund_alarm a WHERE a.mchid = $1 AND a.finding_id = f.finding_id AND a.event_no = e.event_no)
 ORDER BY f.bill_day, f.code, f.key
