-- What the money of one merchant's refunds is doing, and its bill days that are not settled yet.
-- params: mchid text
-- columns: unknown_fen int8, flying_fen int8, waiting_fen int8, abnormal_fen int8, requested_fen int8, approved_fen int8, success_fen int8, contradicting int8, proposed int8, unsent int8, unsent_fen int8, refunds int8, days int8, findings int8
SELECT coalesce(sum(r.amount_fen) FILTER (WHERE r.state = 'UNKNOWN'), 0)::bigint AS unknown_fen,
       coalesce(sum(r.amount_fen) FILTER (WHERE r.state IN ('SENDING', 'PROCESSING')), 0)::bigint AS flying_fen,
       coalesce(sum(r.amount_fen) FILTER (WHERE r.state = 'WAITING_FUNDS'), 0)::bigint AS waiting_fen,
       coalesce(sum(r.amount_fen) FILTER (WHERE r.state = 'ABNORMAL'), 0)::bigint AS abnormal_fen,
       coalesce(sum(r.amount_fen) FILTER (WHERE r.state = 'REQUESTED'), 0)::bigint AS requested_fen,
       coalesce(sum(r.amount_fen) FILTER (WHERE r.state = 'APPROVED'), 0)::bigint AS approved_fen,
       coalesce(sum(r.amount_fen) FILTER (WHERE r.state = 'SUCCESS'), 0)::bigint AS success_fen,
       -- Nobody asks about these by themselves: two people resolve them.
       count(*) FILTER (WHERE r.state = 'UNKNOWN' AND r.next_at IS NULL) AS contradicting,
       count(*) FILTER (WHERE r.state = 'UNKNOWN'
                          AND EXISTS (SELECT FROM recon.refund_proposal p
                                       WHERE p.mchid = $1 AND p.refund_no = r.refund_no AND p.calls = r.calls AND p.events = r.events)) AS proposed,
       count(*) FILTER (WHERE r.state IN ('APPROVED', 'WAITING_FUNDS')) AS unsent,
       coalesce(sum(r.amount_fen) FILTER (WHERE r.state IN ('APPROVED', 'WAITING_FUNDS')), 0)::bigint AS unsent_fen,
       count(*) AS refunds,
       (SELECT count(*) FROM recon.day d WHERE d.mchid = $1 AND d.stage <> 'SETTLED') AS days,
       (SELECT count(*) FROM recon.finding g WHERE g.mchid = $1 AND g.state IN ('OPEN', 'IN_REVIEW', 'REOPENED')) AS findings
  FROM recon.refund_request r
 WHERE r.mchid = $1 AND r.state NOT IN ('CONFIRMED', 'CLOSED', 'REJECTED', 'EXPIRED', 'DROPPED')
