-- From which day on refunds are looked at: the earliest of one day and the days that were reconciled lately.
-- params: mchid text, bill_day date, lately instant
-- columns: since date
SELECT COALESCE(LEAST(min(bill_day), $2), $2) AS since
  FROM recon.day
 WHERE mchid = $1 AND updated_at >= $3
