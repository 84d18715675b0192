-- What was on the account at the end of a day, before it is made anew.
-- params: mchid text, bill_day date
-- columns: none
DELETE FROM recon.fund_balance WHERE mchid = $1 AND bill_day = $2
