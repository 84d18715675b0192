-- Rows of a day's trade bill under numbers of the form of our refunds.
-- params: mchid text, bill_day date, line_no int8, refund_no text, refund_id text, amount_fen int8, status text
-- columns: none
COPY recon.refund_bill_row (mchid, bill_day, line_no, refund_no, refund_id, amount_fen, status) FROM STDIN (FORMAT binary)
