-- Requests of one merchant in these states, oldest first.
-- params: mchid text, states texts
-- columns: refund_no text, deposit_id text, rental_no text null, out_trade_no text, amount_fen int8, state text, state_at instant, maker text, requested_at instant, batch_no int4 null, checker text null, why text null
SELECT refund_no, deposit_id, rental_no, out_trade_no, amount_fen, state, state_at, maker, requested_at, batch_no, checker, why
  FROM recon.refund_request
 WHERE mchid = $1 AND state = ANY ($2)
 ORDER BY requested_at, refund_no
