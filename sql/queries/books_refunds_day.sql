-- Refunds that the platform made in a span of time.
-- params: mchid text, from_at instant, to_at instant
-- columns: out_refund_no text, out_trade_no text null, amount_fen int8, status text, created_at instant null, item_no int8 null, kind text null
SELECT out_refund_no, out_trade_no, amount_fen, status, created_at, item_no::bigint, kind
  FROM rental.refund
 WHERE mchid = $1 AND created_at >= $2 AND created_at < $3
