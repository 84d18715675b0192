-- Stored findings of one merchant's bill day, with the number of their events.
-- params: mchid text, bill_day date
-- columns: leg text, key text, code text, state text, resolution text null, channel_fen int8 null, books_fen int8 null, break_on date null, events int8
SELECT f.leg, f.key, f.code, f.state, f.resolution, f.channel_fen, f.books_fen, f.break_on,
       (SELECT count(*) FROM recon.finding_event e
         WHERE e.mchid = f.mchid AND e.finding_id = f.finding_id) AS events
  FROM recon.finding f
 WHERE f.mchid = $1 AND f.bill_day = $2
