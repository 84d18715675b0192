-- Paid payments of rentals within a span of time, with their items: for telling a payment made twice from a dropped order.
-- params: mchid text, rental_nos texts, from_at instant, to_at instant
-- columns: out_trade_no text, transaction_id text null, appid text null, amount_fen int8, status text, paid_at instant null, item_no int8 null, kind text null, store_id text null, rental_no text null, item_fen int8 null
SELECT p.out_trade_no, p.transaction_id, p.appid, p.amount_fen, p.status, p.paid_at,
       i.item_no::bigint, i.kind, i.store_id, i.rental_no, i.amount_fen AS item_fen
  FROM rental.payment p
  JOIN rental.payment_item i ON i.mchid = p.mchid AND i.out_trade_no = p.out_trade_no
 WHERE p.mchid = $1 AND p.status = 'PAID' AND p.paid_at >= $3 AND p.paid_at < $4
   AND EXISTS (SELECT FROM rental.payment_item r
                WHERE r.mchid = $1 AND r.out_trade_no = p.out_trade_no AND r.rental_no = ANY ($2))
