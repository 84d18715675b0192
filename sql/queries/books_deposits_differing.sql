-- Payments of a span of time whose deposit items do not have one deposit of their amount each, with the sums of both.
-- params: mchid text, from_at instant, to_at instant
-- columns: out_trade_no text, items_fen int8, deposits_fen int8
WITH both_sides AS (
    SELECT p.out_trade_no, i.item_no, i.amount_fen AS item_fen, 1 AS items, 0::bigint AS deposit_fen, 0 AS deposits
      FROM rental.payment p
      JOIN rental.payment_item i ON i.mchid = $1 AND i.out_trade_no = p.out_trade_no AND i.kind = 'DEPOSIT'
     WHERE p.mchid = $1 AND p.paid_at >= $2 AND p.paid_at < $3 AND p.status = 'PAID'
     UNION ALL
    SELECT p.out_trade_no, d.item_no, 0, 0, d.amount_fen, 1
      FROM rental.payment p
      JOIN rental.deposit d ON d.mchid = $1 AND d.out_trade_no = p.out_trade_no AND NOT d.waived
     WHERE p.mchid = $1 AND p.paid_at >= $2 AND p.paid_at < $3 AND p.status = 'PAID'
), by_item AS (
    SELECT out_trade_no, sum(item_fen) AS item_fen, sum(deposit_fen) AS deposit_fen,
           sum(item_fen) <> sum(deposit_fen) OR sum(items) <> sum(deposits) AS differs
      FROM both_sides
     GROUP BY out_trade_no, item_no
)
SELECT out_trade_no, sum(item_fen)::bigint AS items_fen, sum(deposit_fen)::bigint AS deposits_fen
  FROM by_item
 GROUP BY out_trade_no
HAVING bool_or(differs)
