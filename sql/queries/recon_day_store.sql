-- What reconciling a day came to. A day that failed keeps what an earlier run stored of it, but for stage, verdict and reason.
-- params: mchid text, bill_day date, stage text, verdict text, reason text, next_try_at instant, trade_version int4, fund_version int4, rows int8, matched int8, now instant
-- columns: none
INSERT INTO recon.day (mchid, bill_day, stage, verdict, reason, next_try_at, tries, trade_version,
                       fund_version, rows, matched, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, $10, $11)
ON CONFLICT (mchid, bill_day) DO UPDATE
   SET stage = EXCLUDED.stage, verdict = EXCLUDED.verdict, reason = EXCLUDED.reason,
       next_try_at = EXCLUDED.next_try_at, trade_version = EXCLUDED.trade_version,
       tries = CASE WHEN EXCLUDED.verdict = 'INCOMPLETE' THEN day.tries + 1 ELSE 0 END,
       fund_version = EXCLUDED.fund_version, rows = EXCLUDED.rows, matched = EXCLUDED.matched,
       updated_at = EXCLUDED.updated_at
