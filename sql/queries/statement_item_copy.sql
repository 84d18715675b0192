-- Items of statements.
-- params: mchid text, store_id text, period_from date, version int4, seq int4, bill_day date, line_no int4, item_no int8, entry_kind text, item_kind text, trade_at instant, out_trade_no text, transaction_id text, out_refund_no text, rental_no text, code text, amount_fen int8, fee_millifen int8, borne_millifen int8, share_fen int8
-- columns: none
COPY recon.statement_item (mchid, store_id, period_from, version, seq, bill_day, line_no, item_no,
                           entry_kind, item_kind, trade_at, out_trade_no, transaction_id,
                           out_refund_no, rental_no, code, amount_fen, fee_millifen,
                           borne_millifen, share_fen)
FROM STDIN (FORMAT binary)
