-- The first approved batch with requests still to be sent that is not the list that was approved any more.
-- params: mchid text
-- columns: batch_no int4
SELECT b.batch_no
  FROM recon.refund_batch b
 WHERE b.mchid = $1 AND b.state = 'APPROVED'
   AND EXISTS (SELECT FROM recon.refund_request r
                WHERE r.mchid = $1 AND r.batch_no = b.batch_no AND r.state IN ('APPROVED', 'SENDING', 'UNKNOWN', 'WAITING_FUNDS'))
   AND recon.refund_list_hash($1, b.batch_no, b.expires_at) <> b.list_hash
 ORDER BY b.batch_no
 LIMIT 1
