-- Every call about a request, in order.
-- params: mchid text, refund_no text
-- columns: kind text, sent_at instant, request text, replied_at instant null, status int4 null, request_id text null, reply bytes null, outcome text null
SELECT kind, sent_at, request, replied_at, status, request_id, reply, outcome
  FROM recon.refund_call
 WHERE mchid = $1 AND refund_no = $2
 ORDER BY call_no
