-- Payments by either number, at any time, with their items.
-- params: mchid text, out_trade_nos texts, transaction_ids texts
-- columns: out_trade_no text, transaction_id text null, appid text null, amount_fen int8, status text, paid_at instant null, item_no int8 null, kind text null, store_id text null, rental_no text null, item_fen int8 null
SELECT p.out_trade_no, p.transaction_id, p.appid, p.amount_fen, p.status, p.paid_at,
       i.item_no::bigint, i.kind, i.store_id, i.rental_no, i.amount_fen AS item_fen
  FROM (SELECT * FROM rental.payment WHERE mchid = $1 AND out_trade_no = ANY ($2)
         UNION
        SELECT * FROM rental.payment WHERE mchid = $1 AND transaction_id = ANY ($3)) p
  LEFT JOIN rental.payment_item i ON i.mchid = $1 AND i.out_trade_no = p.out_trade_no
