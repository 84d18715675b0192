-- Entries of a day by line, once for each of their items and once when they have none. A payment that the books date farther off than the neighbouring days is no timing difference, but one for people (far).
-- params: mchid text, bill_day date
-- columns: line_no int4, kind text, code text null, trade_at instant, out_trade_no text, transaction_id text, out_refund_no text null, order_fen int8, fee_millifen int8, item_no int8 null, item_kind text null, store_id text null, rental_no text null, amount_fen int8 null, far bool
SELECT e.line_no, e.kind, e.code, e.trade_at, e.out_trade_no, e.transaction_id, e.out_refund_no,
       e.order_fen, e.fee_millifen, e.items[place]::bigint AS item_no, e.items[place + 1] AS item_kind,
       NULLIF(e.items[place + 2], '') AS store_id, NULLIF(e.items[place + 3], '') AS rental_no,
       e.items[place + 4]::bigint AS amount_fen,
       COALESCE(e.kind = 'PAYMENT' AND e.code = 'T09'
                AND (e.books_at < (e.bill_day - 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
                     OR e.books_at >= (e.bill_day + 2)::timestamp AT TIME ZONE 'Asia/Shanghai'), false) AS far
  FROM recon.entry e
  LEFT JOIN LATERAL generate_series(1, cardinality(e.items), 5) AS place ON true
 WHERE e.mchid = $1 AND e.bill_day = $2
 ORDER BY e.line_no, place
