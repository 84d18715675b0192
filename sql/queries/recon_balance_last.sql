-- The newest known balance of the account, up to and with a bill day.
-- params: mchid text, up_to date
-- columns: bill_day date, closing_fen int8
SELECT bill_day, closing_fen FROM recon.fund_balance WHERE mchid = $1 AND bill_day <= $2 ORDER BY bill_day DESC LIMIT 1
