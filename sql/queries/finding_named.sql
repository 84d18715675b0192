-- The finding of an id, with its last proposal.
-- params: mchids texts, finding_id text
-- columns: mchid text, bill_day date, code text, key text, diff_fen int8, maker text null, note text null
SELECT f.mchid, f.bill_day, f.code, f.key, f.diff_fen, p.maker, p.note
  FROM recon.finding f
  LEFT JOIN recon.finding_proposal p
    ON p.mchid = f.mchid AND p.finding_id = f.finding_id
   AND p.proposal_no = (SELECT max(q.proposal_no) FROM recon.finding_proposal q WHERE q.mchid = f.mchid AND q.finding_id = f.finding_id)
 WHERE f.mchid = ANY ($1) AND f.finding_id = $2
