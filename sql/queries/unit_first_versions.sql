-- Which versions of its bills a day's first verdict rested on.
-- params: mchid text, bill_day date
-- columns: trade_first int4 null, fund_first int4 null
SELECT trade_first, fund_first
FROM recon.day
WHERE mchid = $1 AND bill_day = $2
