-- Makes the units of the days from … to that are missing.
-- params: mchid text, from_day date, to_day date, updated_at instant
-- columns: none
INSERT INTO recon.day (mchid, bill_day, stage, tries, rows, matched, updated_at)
SELECT $1, $2::date + n, 'DUE', 0, 0, 0, $4
FROM generate_series(0, $3::date - $2::date) AS n
ON CONFLICT (mchid, bill_day) DO NOTHING
