-- Items of the payments whose numbers lie in a range, in no order; rows_max of them at most.
-- params: mchid text, from_no text, to_no text, rows_max int8
-- columns: out_trade_no text, item_no int8, kind text null, store_id text null, rental_no text null, item_fen int8 null
SELECT out_trade_no, item_no::bigint, kind, store_id, rental_no, amount_fen AS item_fen
  FROM rental.payment_item
 WHERE mchid = $1 AND out_trade_no >= $2 AND out_trade_no < $3
 LIMIT $4
