-- Everything after the two days that this is about was done.
INSERT INTO recon.day (mchid, bill_day, stage, verdict, tries, rows, matched, updated_at, checked_at)
SELECT '1900000109', '2026-05-12'::date + n, 'SETTLED', 'BALANCED', 0, 0, 0, '2026-08-11 10:00+08', '2026-08-11 10:00+08'
  FROM generate_series(0, 90) AS n;
