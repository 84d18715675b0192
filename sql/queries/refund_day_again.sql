-- Days that miss a refund of ours in their bill (R02) of which WeChat Pay has said since that it does not have it or has closed it: the books do not have it any more, so the days are due again.
-- params: mchid text, now instant
-- columns: none
UPDATE recon.day d
   SET stage = 'FETCHED', verdict = NULL, reason = NULL, next_try_at = NULL, updated_at = $2
 WHERE d.mchid = $1 AND d.stage IN ('RECONCILED', 'SETTLED')
   AND d.bill_day IN (SELECT f.bill_day
                        FROM recon.finding f
                        JOIN recon.refund_request r ON r.mchid = $1 AND r.refund_no = f.key
                       WHERE f.mchid = $1 AND f.leg = 'REFUND' AND f.code = 'R02' AND f.state <> 'RESOLVED'
                         AND r.state IN ('SENDING', 'UNKNOWN', 'WAITING_FUNDS', 'CLOSED', 'DROPPED'))
