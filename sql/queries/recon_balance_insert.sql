-- What was on the account at the end of a day.
-- params: mchid text, bill_day date, rows int8, opening_fen int8, closing_fen int8
-- columns: none
INSERT INTO recon.fund_balance (mchid, bill_day, rows, opening_fen, closing_fen) VALUES ($1, $2, $3, $4, $5)
