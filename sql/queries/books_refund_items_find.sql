-- The items that refunds belong to, by the refunds' numbers.
-- params: mchid text, out_refund_nos texts
-- columns: out_refund_no text, item_no int8, kind text null, store_id text null, rental_no text null, item_fen int8 null
SELECT r.out_refund_no, COALESCE(r.item_no, 0)::bigint AS item_no, COALESCE(i.kind, r.kind) AS kind, i.store_id, i.rental_no,
       r.amount_fen AS item_fen
  FROM rental.refund r
  LEFT JOIN rental.payment_item i
    ON i.mchid = $1 AND i.out_trade_no = r.out_trade_no AND i.item_no = r.item_no
 WHERE r.mchid = $1 AND r.out_refund_no = ANY ($2)
