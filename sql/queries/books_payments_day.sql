-- Payments of a span of time, in no order.
-- params: mchid text, from_at instant, to_at instant
-- columns: out_trade_no text, transaction_id text null, appid text null, amount_fen int8, status text, paid_at instant null
SELECT out_trade_no, transaction_id, appid, amount_fen, status, paid_at
  FROM rental.payment
 WHERE mchid = $1 AND paid_at >= $2 AND paid_at < $3
