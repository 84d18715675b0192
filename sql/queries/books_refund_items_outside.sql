-- The items that the refunds of a span of time belong to, where the payment's number lies outside of a range; in no order. An empty range leaves nothing out. Copies of our own refunds have their items from us.
-- params: mchid text, from_at instant, to_at instant, from_no text, to_no text
-- columns: out_refund_no text, item_no int8, kind text null, store_id text null, rental_no text null, item_fen int8 null
SELECT r.out_refund_no, r.item_no::bigint, COALESCE(i.kind, r.kind) AS kind, i.store_id, i.rental_no, r.amount_fen AS item_fen
  FROM rental.refund r
  LEFT JOIN rental.payment_item i
    ON i.mchid = $1 AND i.out_trade_no = r.out_trade_no AND i.item_no = r.item_no AND (i.out_trade_no < $4 OR i.out_trade_no >= $5)
 WHERE r.mchid = $1 AND r.created_at >= $2 AND r.created_at < $3 AND r.item_no IS NOT NULL
   AND (r.out_trade_no < $4 OR r.out_trade_no >= $5) AND r.out_refund_no !~ '^DR[0-9a-f]{30}$'
