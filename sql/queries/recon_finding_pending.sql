-- Findings of other days that wait for a row: whether they are paired with one of the day after all, and whether their time has come.
-- A row that comes late closes what was opened meanwhile, too.
-- params: mchid text, bill_day date
-- columns: bill_day date, leg text, key text, code text, channel_fen int8 null, books_fen int8 null, break_on date null, events int8, partner bool, due bool
SELECT f.bill_day, f.leg, f.key, f.code, f.channel_fen, f.books_fen, f.break_on,
       (SELECT count(*) FROM recon.finding_event e
         WHERE e.mchid = f.mchid AND e.finding_id = f.finding_id) AS events,
       t.finding_id IS NOT NULL AS partner, COALESCE(f.break_on <= $2, false) AS due
  FROM recon.finding f
  LEFT JOIN recon.finding t
    ON t.mchid = f.mchid AND t.bill_day = $2 AND t.leg = f.leg AND t.key = f.key
   AND t.leg IN ('TRADE', 'REFUND') AND t.channel_fen IS NOT NULL AND t.books_fen IS NOT NULL
   AND t.resolution IS DISTINCT FROM 'booked'
 WHERE f.mchid = $1 AND f.state <> 'RESOLVED' AND f.bill_day <> $2
   AND ((f.state = 'PENDING' AND f.break_on <= $2)
        OR (f.code IN ('T03', 'R02') AND t.finding_id IS NOT NULL))
 ORDER BY f.bill_day, f.leg, f.key
