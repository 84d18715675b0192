-- Identities of a day, both sides. One that does not hold in a day that is BALANCED all the same is off by exactly what was accepted.
-- params: mchid text, bill_day date
-- columns: name text, holds bool, left_name text, left_count int8, left_fen int8, right_name text, right_count int8, right_fen int8, accepted bool
SELECT i.name, i.holds, i.left_name, i.left_count, i.left_fen, i.right_name, i.right_count, i.right_fen,
       NOT i.holds AND d.verdict IS NOT DISTINCT FROM 'BALANCED' AS accepted
  FROM recon.identity i
  JOIN recon.day d ON d.mchid = i.mchid AND d.bill_day = i.bill_day
 WHERE i.mchid = $1 AND i.bill_day = $2
 ORDER BY i.name
