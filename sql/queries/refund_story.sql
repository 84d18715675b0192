-- All about one request but its events and calls.
-- params: mchid text, refund_no text
-- columns: deposit_id text, attempt int4, out_trade_no text, item_no int4, transaction_id text null, sub_mchid text null, rental_no text null, store_id text null, total_fen int8, deposit_fen int8, deduction_fen int8, refunded_fen int8, amount_fen int8, reason text, maker text, requested_at instant, batch_no int4 null, batch_maker text null, batch_expires_at instant null, list_hash text null, checker text null, approved_at instant null, state text, state_at instant, why text null, refusal text null, sends int4, next_at instant null, refund_id text null, accepted_at instant null, success_at instant null, confirmed_day date null
SELECT r.deposit_id, r.attempt, r.out_trade_no, r.item_no, r.transaction_id, r.sub_mchid, r.rental_no, r.store_id, r.total_fen, r.deposit_fen,
       r.deduction_fen, r.refunded_fen, r.amount_fen, r.reason, r.maker, r.requested_at, r.batch_no, b.maker AS batch_maker,
       b.expires_at AS batch_expires_at, b.list_hash, r.checker, r.approved_at, r.state, r.state_at, r.why, r.refusal, r.sends, r.next_at, r.refund_id,
       r.accepted_at, r.success_at, r.confirmed_day
  FROM recon.refund_request r
  LEFT JOIN recon.refund_batch b ON b.mchid = $1 AND b.batch_no = r.batch_no
 WHERE r.mchid = $1 AND r.refund_no = $2
