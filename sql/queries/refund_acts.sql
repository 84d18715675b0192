-- A merchant's chain of acts with its head, in order: one statement, so that both are of one moment. A head without acts is one row without act.
-- params: mchid text
-- columns: act_no int4 null, bytes text null, hash text null, acts int4 null, acts_hash text null
SELECT a.act_no, a.bytes, a.hash, q.acts, q.acts_hash
  FROM (SELECT h.mchid, h.acts, h.acts_hash FROM recon.refund_queue h WHERE h.mchid = $1) q
  FULL JOIN (SELECT c.mchid, c.act_no, c.bytes, c.hash FROM recon.refund_act c WHERE c.mchid = $1) a ON a.mchid = q.mchid
 ORDER BY a.act_no
