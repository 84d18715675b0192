-- Refunds that the platform made in a span of time, with the item they belong to.
-- params: mchid text, from_at instant, to_at instant
-- columns: out_refund_no text, out_trade_no text null, appid text null, amount_fen int8, status text, created_at instant null, item_no int8 null, kind text null, store_id text null, rental_no text null, item_fen int8 null
SELECT r.out_refund_no, r.out_trade_no, NULL::text AS appid, r.amount_fen, r.status, r.created_at,
       COALESCE(r.item_no, 0)::bigint AS item_no, COALESCE(i.kind, r.kind) AS kind, i.store_id, i.rental_no,
       r.amount_fen AS item_fen
  FROM rental.refund r
  LEFT JOIN rental.payment_item i
    ON i.mchid = $1 AND i.out_trade_no = r.out_trade_no AND i.item_no = r.item_no
 WHERE r.mchid = $1 AND r.created_at >= $2 AND r.created_at < $3
