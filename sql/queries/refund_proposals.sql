-- Every proposal about what became of a request, in order, and who confirmed it; `waits`: a second person may still confirm it.
-- params: mchid text, refund_no text
-- columns: proposal_no int4, maker text, proposed_at instant, resolve_as text, reason text, evidence text null, answer text, asked_at instant, checker text null, resolved_at instant null, waits bool
SELECT p.proposal_no, p.maker, p.proposed_at, p.resolve_as, p.reason, p.evidence, p.answer, p.asked_at, s.checker, s.resolved_at,
       r.state = 'UNKNOWN' AND p.calls = r.calls AND p.events = r.events
         AND p.proposal_no = (SELECT max(o.proposal_no) FROM recon.refund_proposal o WHERE o.mchid = $1 AND o.refund_no = $2) AS waits
  FROM recon.refund_proposal p
  JOIN recon.refund_request r ON r.mchid = $1 AND r.refund_no = $2
  LEFT JOIN recon.refund_resolution s ON s.mchid = $1 AND s.refund_no = $2 AND s.proposal_no = p.proposal_no
 WHERE p.mchid = $1 AND p.refund_no = $2
 ORDER BY p.proposal_no
