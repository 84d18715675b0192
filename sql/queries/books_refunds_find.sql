-- Refunds by number, at any time, with the item they belong to: the platform's and ours, as books_refunds_day has them. Of ours also those of which we do not know yet whether WeChat Pay has accepted them, and those that it has closed since: a bill that shows one says that it was accepted. Their day is known once they are accepted.
-- params: mchid text, out_refund_nos texts
-- columns: out_refund_no text, out_trade_no text null, appid text null, amount_fen int8, status text, created_at instant null, item_no int8 null, kind text null, store_id text null, rental_no text null, item_fen int8 null
SELECT r.out_refund_no, r.out_trade_no, NULL::text AS appid, r.amount_fen,
       CASE WHEN r.out_refund_no ~ '^DR[0-9a-f]{30}$' THEN 'UNAPPROVED' ELSE r.status END AS status, r.created_at,
       COALESCE(r.item_no, 0)::bigint AS item_no, COALESCE(i.kind, r.kind) AS kind, i.store_id, i.rental_no,
       r.amount_fen AS item_fen
  FROM rental.refund r
  LEFT JOIN rental.payment_item i
    ON i.mchid = $1 AND i.out_trade_no = r.out_trade_no AND i.item_no = r.item_no
 WHERE r.mchid = $1 AND r.out_refund_no = ANY ($2)
   AND NOT (r.out_refund_no ~ '^DR[0-9a-f]{30}$'
            AND EXISTS (SELECT FROM recon.refund_request q
                         WHERE q.mchid = $1 AND q.refund_no = r.out_refund_no AND q.sent_at IS NOT NULL AND q.state <> 'DROPPED'))
 UNION ALL
SELECT q.refund_no, q.out_trade_no, NULL::text, q.amount_fen,
       CASE WHEN q.state IN ('SUCCESS', 'CONFIRMED') THEN 'SUCCESS' ELSE 'PROCESSING' END,
       q.accepted_at, q.item_no::bigint, 'DEPOSIT', q.store_id, q.rental_no, q.amount_fen
  FROM recon.refund_request q
 WHERE q.mchid = $1 AND q.refund_no = ANY ($2) AND q.sent_at IS NOT NULL AND q.state <> 'DROPPED'
