-- Days with a record that was paired in the bill of the day given and is in no bill any more: they are due again.
-- params: mchid text, bill_day date, now instant
-- columns: none
UPDATE recon.day d
   SET stage = 'FETCHED', verdict = NULL, reason = NULL, next_try_at = NULL, updated_at = $3
 WHERE d.mchid = $1 AND d.bill_day <> $2 AND d.stage IN ('RECONCILED', 'SETTLED')
   AND d.bill_day IN (
       SELECT b.bill_day
         FROM recon.finding s
         JOIN recon.finding b ON b.mchid = $1 AND b.leg = s.leg AND b.key = s.key
        WHERE s.mchid = $1 AND s.bill_day = $2 AND s.leg IN ('TRADE', 'REFUND')
          AND (s.channel_fen IS NULL OR s.books_fen IS NULL OR s.resolution IS NOT DISTINCT FROM 'booked')
          AND b.code = 'T09' AND b.channel_fen IS NULL AND b.resolution = 'auto_timing'
          AND NOT EXISTS (SELECT FROM recon.finding t
                           WHERE t.mchid = $1 AND t.leg = b.leg AND t.key = b.key AND t.bill_day <> b.bill_day
                             AND t.channel_fen IS NOT NULL AND t.books_fen IS NOT NULL
                             AND t.resolution IS DISTINCT FROM 'booked'))
