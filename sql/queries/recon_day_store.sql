-- What reconciling a day came to; the verdict follows from what is stored by then.
-- params: mchid text, bill_day date, trade_version int4, fund_version int4, rows int8, matched int8, fee_millifen int8, now instant
-- columns: none
INSERT INTO recon.day (mchid, bill_day, stage, tries, trade_version, fund_version, trade_first, fund_first,
                       rows, matched, fee_millifen, updated_at)
VALUES ($1, $2, 'RECONCILED', 0, $3, $4, $3, $4, $5, $6, $7, $8)
ON CONFLICT (mchid, bill_day) DO UPDATE
   SET stage = EXCLUDED.stage, verdict = NULL, reason = NULL, next_try_at = NULL, tries = 0,
       trade_version = EXCLUDED.trade_version, fund_version = EXCLUDED.fund_version,
       trade_first = COALESCE(day.trade_first, EXCLUDED.trade_first),
       fund_first = COALESCE(day.fund_first, EXCLUDED.fund_first),
       rows = EXCLUDED.rows, matched = EXCLUDED.matched, fee_millifen = EXCLUDED.fee_millifen,
       updated_at = EXCLUDED.updated_at
