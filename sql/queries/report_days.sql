-- Bill days of merchants with what is open.
-- params: mchids texts, from_day date, to_day date
-- columns: mchid text, bill_day date, verdict text null, stage text, rows int8, matched int8, open int8, pending int8, reason text null
SELECT d.mchid, d.bill_day, d.verdict, d.stage, d.rows, d.matched,
       count(f.finding_id) FILTER (WHERE f.state NOT IN ('PENDING', 'RESOLVED')) AS open,
       count(f.finding_id) FILTER (WHERE f.state = 'PENDING') AS pending, d.reason
  FROM recon.day d
  LEFT JOIN recon.finding f ON f.mchid = d.mchid AND f.bill_day = d.bill_day
 WHERE d.mchid = ANY ($1) AND d.bill_day BETWEEN $2 AND $3
 GROUP BY d.mchid, d.bill_day, d.verdict, d.stage, d.rows, d.matched, d.reason
 ORDER BY d.mchid, d.bill_day
