-- One bill day.
-- params: mchid text, bill_day date
-- columns: verdict text null, stage text, rows int8, matched int8, tries int4, next_try_at instant null, reason text null
SELECT verdict, stage, rows, matched, tries, next_try_at, reason
  FROM recon.day
 WHERE mchid = $1 AND bill_day = $2
