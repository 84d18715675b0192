-- Deposits taken with the payments of a span of time: count and sum.
-- params: mchid text, from_at instant, to_at instant
-- columns: deposits int8, fen int8
SELECT count(*) AS deposits, COALESCE(sum(d.amount_fen), 0)::bigint AS fen
  FROM rental.payment p
  JOIN rental.deposit d ON d.mchid = p.mchid AND d.out_trade_no = p.out_trade_no
 WHERE p.mchid = $1 AND p.paid_at >= $2 AND p.paid_at < $3 AND p.status = 'PAID' AND NOT d.waived
