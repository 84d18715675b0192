-- Findings of merchants, bill days and states; with the last proposal to accept one while it is in review, and with what it was accepted by.
-- params: mchids texts, from_day date, to_day date, states texts
-- columns: mchid text, bill_day date, code text, state text, resolution text null, leg text, key text, channel_fen int8 null, books_fen int8 null, diff_fen int8, owner text, first_seen instant, finding_id text, proposal_no int4 null, maker text null, checker text null, note text null
SELECT f.mchid, f.bill_day, f.code, f.state, f.resolution, f.leg, f.key, f.channel_fen, f.books_fen, f.diff_fen, f.owner, f.first_seen,
       f.finding_id, p.proposal_no, p.maker, a.checker, p.note
  FROM recon.finding f
  LEFT JOIN recon.finding_proposal p
    ON p.mchid = f.mchid AND p.finding_id = f.finding_id
   AND p.proposal_no = CASE WHEN f.state = 'IN_REVIEW'
                            THEN (SELECT max(q.proposal_no) FROM recon.finding_proposal q
                                   WHERE q.mchid = f.mchid AND q.finding_id = f.finding_id)
                            ELSE f.accepted_no END
  LEFT JOIN recon.finding_acceptance a ON a.mchid = f.mchid AND a.finding_id = f.finding_id AND a.proposal_no = f.accepted_no
 WHERE f.mchid = ANY ($1) AND f.bill_day BETWEEN $2 AND $3 AND f.state = ANY ($4)
 ORDER BY f.mchid, f.bill_day, f.code, f.leg, f.key
