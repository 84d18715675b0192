-- What the verdict of a day rests on, but for its findings: how many identities there are, are missing of the closed list, do not hold, and do not hold although what may be timing is set against them.
-- params: mchid text, bill_day date
-- columns: reconciled bool, identities int8, missing int8, failing int8, unexplained int8
WITH pending AS (
    SELECT leg, key, channel_fen, diff_fen
      FROM recon.finding
     WHERE mchid = $1 AND bill_day = $2 AND state = 'PENDING'
), timing AS (
    SELECT leg, count(*) AS records, sum(diff_fen) AS fen FROM pending WHERE channel_fen IS NULL GROUP BY leg
), identity AS (
    SELECT i.name, i.holds, i.holds
           OR EXISTS (SELECT FROM timing t
                       WHERE t.leg = CASE i.name WHEN 'payments' THEN 'TRADE' WHEN 'refunds' THEN 'REFUND' END
                         AND i.left_count - i.right_count = -t.records AND i.left_fen - i.right_fen = t.fen)
           OR EXISTS (SELECT FROM pending p
                       WHERE p.leg = 'FUND' AND 'fund ' || p.key = i.name AND i.right_fen - i.left_fen = p.diff_fen)
           OR (i.name = 'fund movement' AND EXISTS (SELECT FROM pending p WHERE p.leg = 'FUND' AND p.key = 'payments'))
           AS explained
      FROM recon.identity i
     WHERE i.mchid = $1 AND i.bill_day = $2
)
SELECT d.stage IN ('RECONCILED', 'SETTLED') AS reconciled,
       (SELECT count(*) FROM identity) AS identities,
       (SELECT count(*)
          FROM (VALUES ('trade rows', true), ('payments', true), ('refunds', true), ('items', true), ('deposits', true),
                       ('fund payments', d.fund_version IS NOT NULL), ('fund movement', d.fund_version IS NOT NULL),
                       ('stores', d.stage = 'SETTLED'), ('stores refunds', d.stage = 'SETTLED'),
                       ('stores fees', d.stage = 'SETTLED')) AS list (name, wanted)
         WHERE wanted AND name NOT IN (SELECT i.name FROM identity i)) AS missing,
       (SELECT count(*) FROM identity i WHERE NOT i.holds) AS failing,
       (SELECT count(*) FROM identity i WHERE NOT i.explained) AS unexplained
  FROM recon.day d
 WHERE d.mchid = $1 AND d.bill_day = $2
