-- Refunds that the platform made in a span of time. A copy of one of ours that it keeps under our number is left out; under a number of our form that we never sent a record has a status that the contract does not know.
-- params: mchid text, from_at instant, to_at instant
-- columns: out_refund_no text, out_trade_no text null, amount_fen int8, status text, created_at instant null, item_no int8 null, kind text null
SELECT r.out_refund_no, r.out_trade_no, r.amount_fen, CASE WHEN r.out_refund_no ~ '^DR[0-9a-f]{30}$' THEN 'UNAPPROVED' ELSE r.status END AS status,
       r.created_at, r.item_no::bigint, r.kind
  FROM rental.refund r
 WHERE r.mchid = $1 AND r.created_at >= $2 AND r.created_at < $3
   AND NOT (r.out_refund_no ~ '^DR[0-9a-f]{30}$'
            AND EXISTS (SELECT FROM recon.refund_request q
                         WHERE q.mchid = $1 AND q.refund_no = r.out_refund_no AND q.sent_at IS NOT NULL AND q.state <> 'DROPPED'))
