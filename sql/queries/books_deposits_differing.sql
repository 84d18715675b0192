-- Payments of a span of time whose deposit items and deposits differ.
-- params: mchid text, from_at instant, to_at instant
-- columns: out_trade_no text, items_fen int8, deposits_fen int8
SELECT p.out_trade_no, COALESCE(i.fen, 0)::bigint AS items_fen, COALESCE(d.fen, 0)::bigint AS deposits_fen
  FROM rental.payment p
  LEFT JOIN (SELECT mchid, out_trade_no, sum(amount_fen) AS fen, count(*) AS items
               FROM rental.payment_item WHERE mchid = $1 AND kind = 'DEPOSIT' GROUP BY mchid, out_trade_no) i
    ON i.mchid = p.mchid AND i.out_trade_no = p.out_trade_no
  LEFT JOIN (SELECT mchid, out_trade_no, sum(amount_fen) AS fen, count(*) AS deposits
               FROM rental.deposit WHERE mchid = $1 AND NOT waived GROUP BY mchid, out_trade_no) d
    ON d.mchid = p.mchid AND d.out_trade_no = p.out_trade_no
 WHERE p.mchid = $1 AND p.paid_at >= $2 AND p.paid_at < $3 AND p.status = 'PAID'
   AND (COALESCE(i.fen, 0) <> COALESCE(d.fen, 0) OR COALESCE(i.items, 0) <> COALESCE(d.deposits, 0))
