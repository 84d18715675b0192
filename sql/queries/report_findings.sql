-- Findings of merchants, bill days and states.
-- params: mchids texts, from_day date, to_day date, states texts
-- columns: mchid text, bill_day date, code text, state text, resolution text null, leg text, key text, channel_fen int8 null, books_fen int8 null, diff_fen int8, owner text, first_seen instant
SELECT mchid, bill_day, code, state, resolution, leg, key, channel_fen, books_fen, diff_fen, owner, first_seen
  FROM recon.finding
 WHERE mchid = ANY ($1) AND bill_day BETWEEN $2 AND $3 AND state = ANY ($4)
 ORDER BY mchid, bill_day, code, leg, key
