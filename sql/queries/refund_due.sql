-- Deposits that are to be given back, and those that are held for a payment older than old_before: what is still due, a request under way left out of what was given back.
-- params: mchid text, old_before instant, now instant
-- columns: deposit_id text, status text, rental_no text null, store_id text null, out_trade_no text null, deposit_fen int8, due_fen int8, due_at instant null, paid_at instant null, obstacle text null, refund_no text null, request_state text null, asked bool
SELECT deposit_id, status, rental_no, store_id, out_trade_no, deposit_fen, due_fen, due_at, paid_at, obstacle, refund_no, request_state, asked
  FROM recon.refunds_due($1, $2, $3)
 ORDER BY due_at NULLS LAST, deposit_id
