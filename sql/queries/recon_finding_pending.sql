-- Findings that the day's bill decides: those that may be timing and whose bill has been reconciled by now (or is a week late, or whose evidence is overdue), and those about records that are paired with a row of the day (partner): a row that comes late closes what was opened meanwhile, too.
-- params: mchid text, bill_day date
-- columns: bill_day date, leg text, key text, code text, channel_fen int8 null, books_fen int8 null, break_on date null, events int8, partner bool
WITH partner AS (
    SELECT f.finding_id
      FROM recon.finding t
      JOIN recon.finding f ON f.mchid = $1 AND f.leg = t.leg AND f.key = t.key
     WHERE t.mchid = $1 AND t.bill_day = $2 AND t.leg IN ('TRADE', 'REFUND')
       AND t.channel_fen IS NOT NULL AND t.books_fen IS NOT NULL AND t.resolution IS DISTINCT FROM 'booked'
       AND f.bill_day <> $2 AND f.code IN ('T03', 'R02') AND f.state <> 'RESOLVED'
), due AS (
    SELECT f.finding_id
      FROM recon.finding f
      LEFT JOIN recon.day d ON d.mchid = $1 AND d.bill_day = f.break_on
     WHERE f.mchid = $1 AND f.state = 'PENDING'
       AND (d.stage IN ('RECONCILED', 'SETTLED') OR f.break_on <= $2 - 7 OR (f.leg = 'EVIDENCE' AND f.break_on <= $2))
)
SELECT f.bill_day, f.leg, f.key, f.code, f.channel_fen, f.books_fen, f.break_on,
       (SELECT count(*) FROM recon.finding_event e
         WHERE e.mchid = f.mchid AND e.finding_id = f.finding_id) AS events,
       f.finding_id IN (SELECT finding_id FROM partner) AS partner
  FROM recon.finding f
 WHERE f.mchid = $1 AND f.finding_id IN (SELECT finding_id FROM partner UNION SELECT finding_id FROM due)
 ORDER BY f.bill_day, f.leg, f.key
