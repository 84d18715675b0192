-- Merchants by number, all of them when no number is wanted. AppIDs are joined by commas; the store side's is also by itself.
-- params: wanted texts
-- columns: mchid text, name text, mode text, sp_mchid text null, rate_ppm int4, fund_account text null,
--     first_day date, suspended bool, appids text null, store_appid text null
SELECT m.mchid, m.name, m.mode, m.sp_mchid, m.rate_ppm, m.fund_account,
       m.first_day, m.suspended_at IS NOT NULL AS suspended,
       (SELECT string_agg(a.appid, ',' ORDER BY a.appid) FROM recon.merchant_app a WHERE a.mchid = m.mchid) AS appids,
       (SELECT min(a.appid) FROM recon.merchant_app a WHERE a.mchid = m.mchid AND a.side = 'STORE') AS store_appid
FROM recon.merchant m
WHERE cardinality($1) = 0 OR m.mchid = ANY ($1)
ORDER BY m.mchid
