-- Items of the payments of a span of time, in no order: for payments whose numbers do not lie together.
-- params: mchid text, from_at instant, to_at instant
-- columns: out_trade_no text, item_no int8, kind text null, store_id text null, rental_no text null, item_fen int8 null
SELECT i.out_trade_no, i.item_no::bigint, i.kind, i.store_id, i.rental_no, i.amount_fen AS item_fen
  FROM rental.payment_item i
 WHERE i.mchid = $1
   AND EXISTS (SELECT FROM rental.payment p
                WHERE p.mchid = $1 AND p.out_trade_no = i.out_trade_no AND p.paid_at >= $2 AND p.paid_at < $3)
