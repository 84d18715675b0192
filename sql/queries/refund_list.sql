-- Requests of one merchant in these states, oldest first; of one in doubt the proposal that waits for a second person.
-- params: mchid text, states texts
-- columns: refund_no text, deposit_id text, rental_no text null, out_trade_no text, amount_fen int8, state text, state_at instant, maker text, requested_at instant, batch_no int4 null, checker text null, why text null, proposed text null, proposed_by text null
SELECT r.refund_no, r.deposit_id, r.rental_no, r.out_trade_no, r.amount_fen, r.state, r.state_at, r.maker, r.requested_at, r.batch_no, r.checker, r.why,
       p.resolve_as AS proposed, p.maker AS proposed_by
  FROM recon.refund_request r
  LEFT JOIN recon.refund_proposal p
    ON p.mchid = $1 AND p.refund_no = r.refund_no AND r.state = 'UNKNOWN' AND p.calls = r.calls AND p.events = r.events
   AND p.proposal_no = (SELECT max(o.proposal_no) FROM recon.refund_proposal o WHERE o.mchid = $1 AND o.refund_no = r.refund_no)
 WHERE r.mchid = $1 AND r.state = ANY ($2)
 ORDER BY r.requested_at, r.refund_no
