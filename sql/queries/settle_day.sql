-- A day that is to be settled, and the merchant's name.
-- params: mchid text, bill_day date
-- columns: merchant_name text, stage text, verdict text null, updated_at instant, trade_version int4 null, fund_version int4 null, rows int8, fee_millifen int8 null
SELECT m.name AS merchant_name, d.stage, d.verdict, d.updated_at, d.trade_version, d.fund_version, d.rows,
       d.fee_millifen
  FROM recon.day d
  JOIN recon.merchant m ON m.mchid = d.mchid
 WHERE d.mchid = $1 AND d.bill_day = $2
