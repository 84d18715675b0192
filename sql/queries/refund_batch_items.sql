-- The requests of a batch with what a checker should look at twice: when it was paid, deductions that nobody has approved, how many other requests its rental has, and what is not any more as it was requested.
-- params: mchid text, batch_no int4, now instant
-- columns: refund_no text, deposit_id text, rental_no text null, store_id text null, out_trade_no text, deposit_fen int8, deduction_fen int8, refunded_fen int8, amount_fen int8, reason text, maker text, requested_at instant, state text, paid_at instant null, unapproved_fen int8 null, others int8, changed text null
SELECT refund_no, deposit_id, rental_no, store_id, out_trade_no, deposit_fen, deduction_fen, refunded_fen, amount_fen, reason, maker, requested_at, state,
       paid_at, unapproved_fen, others, changed
  FROM recon.refund_batch_items($1, $2, $3)
 ORDER BY refund_no COLLATE "C"
