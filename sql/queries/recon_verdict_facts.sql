-- What the verdict of a day rests on, but for its findings: how many identities there are, are missing of the closed list, do not hold, and do not hold although what may be timing, and what two people accepted, is set against them. A row or record counts in 'payments' and 'refunds' as recon/match.c counts it: a payment row when it is paid, a record without a row unless its word is unknown; T12 is about items and deposits.
-- params: mchid text, bill_day date
-- columns: reconciled bool, identities int8, missing int8, failing int8, unexplained int8
WITH counted AS (
    SELECT leg, key, code, channel_fen, books_fen, diff_fen, evidence->>'state' AS row_state
      FROM recon.finding
     WHERE mchid = $1 AND bill_day = $2 AND (state = 'PENDING' OR resolution = 'accepted')
), moved AS (
    SELECT leg, sum((channel_fen IS NOT NULL)::int - (books_fen IS NOT NULL)::int) AS records, sum(diff_fen) AS fen
      FROM counted
     WHERE leg IN ('TRADE', 'REFUND') AND code <> 'T12'
       AND CASE WHEN channel_fen IS NULL THEN code <> 'T13' ELSE leg = 'REFUND' OR row_state = 'SUCCESS' END
     GROUP BY leg
), split AS (
    SELECT CASE leg WHEN 'TRADE' THEN 'items' ELSE 'deposits' END AS name, sum(diff_fen) AS fen
      FROM counted WHERE code = 'T12' GROUP BY leg
), identity AS (
    SELECT i.name, i.holds, i.holds
           OR EXISTS (SELECT FROM moved m
                       WHERE m.leg = CASE i.name WHEN 'payments' THEN 'TRADE' WHEN 'refunds' THEN 'REFUND' END
                         AND i.left_count - i.right_count = m.records AND i.left_fen - i.right_fen = m.fen)
           OR EXISTS (SELECT FROM split s WHERE s.name = i.name AND i.left_fen - i.right_fen = s.fen)
           OR EXISTS (SELECT FROM counted c
                       WHERE c.leg = 'FUND' AND ('fund ' || c.key = i.name OR i.name = 'fund movement' AND c.key LIKE 'closed/%')
                      HAVING sum(c.diff_fen) = i.right_fen - i.left_fen)
           OR (i.name = 'fund movement' AND EXISTS (SELECT FROM counted c WHERE c.leg = 'FUND' AND c.key = 'payments'))
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
