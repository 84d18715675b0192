-- Requests in some of the states, by number from one on; with a time only those that are to be asked for by then. One that is to be asked for
-- later than any rhythm says was last asked for while the clock was wrong.
-- params: mchid text, states texts, due_by instant, after_no text, rows_max int8
-- columns: refund_no text, state text, out_trade_no text, transaction_id text null, sub_mchid text null, reason text, amount_fen int8, total_fen int8, body text null, sends int4, queries int4, refund_id text null, refused bool, sent_at instant null
SELECT refund_no, state, out_trade_no, transaction_id, sub_mchid, reason, amount_fen, total_fen, body, sends, queries, refund_id,
       refusal IS NOT NULL AS refused, sent_at
  FROM recon.refund_request
 WHERE mchid = $1 AND state = ANY ($2) AND ($3::timestamptz IS NULL OR next_at <= $3 OR next_at > $3 + interval '7 hours') AND refund_no > $4
 ORDER BY refund_no
 LIMIT $5
