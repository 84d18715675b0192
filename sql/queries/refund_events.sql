-- Every change of a request's state, in order.
-- params: mchid text, refund_no text
-- columns: at instant, who text, from_state text null, to_state text, why text null
SELECT at, who, from_state, to_state, why
  FROM recon.refund_event
 WHERE mchid = $1 AND refund_no = $2
 ORDER BY event_no
