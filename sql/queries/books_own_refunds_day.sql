-- Our deposit refunds that WeChat Pay accepted in a span of time, with the item they give back. Also one that it could not pay out has left the account.
-- params: mchid text, from_at instant, to_at instant
-- columns: out_refund_no text, out_trade_no text null, appid text null, amount_fen int8, status text, created_at instant null, item_no int8 null, kind text null, store_id text null, rental_no text null, item_fen int8 null
SELECT q.refund_no AS out_refund_no, q.out_trade_no, NULL::text AS appid, q.amount_fen,
       CASE WHEN q.state IN ('SUCCESS', 'CONFIRMED') THEN 'SUCCESS' ELSE 'PROCESSING' END AS status, COALESCE(q.accepted_at, q.sent_at) AS created_at,
       q.item_no::bigint AS item_no, 'DEPOSIT' AS kind, q.store_id, q.rental_no, q.amount_fen AS item_fen
  FROM recon.refund_request q
 WHERE q.mchid = $1 AND COALESCE(q.accepted_at, q.sent_at) >= $2 AND COALESCE(q.accepted_at, q.sent_at) < $3 AND q.sent_at IS NOT NULL
   AND q.state IN ('PROCESSING', 'SUCCESS', 'CONFIRMED', 'ABNORMAL')
