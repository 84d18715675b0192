-- Entries of a day.
-- params: mchid text, bill_day date, line_no int4, kind text, code text, trade_at instant, appid text, out_trade_no text, transaction_id text, out_refund_no text, refund_id text, order_fen int8, settlement_fen int8, fee_millifen int8, books_fen int8, books_at instant, split text
-- columns: none
COPY recon.entry (mchid, bill_day, line_no, kind, code, trade_at, appid, out_trade_no,
                  transaction_id, out_refund_no, refund_id, order_fen, settlement_fen, fee_millifen,
                  books_fen, books_at, split)
FROM STDIN (FORMAT binary)
