-- Items of some statements of a period, each in its order. A statement is named by its store, a TAB and its version.
-- params: mchid text, period_from date, names texts
-- columns: store_id text, version int4, bill_day date, line_no int4, item_no int8, entry_kind text, item_kind text, trade_at instant, out_trade_no text, transaction_id text, out_refund_no text null, rental_no text null, code text null, amount_fen int8, fee_millifen int8, borne_millifen int8, share_fen int8
SELECT store_id, version, bill_day, line_no, item_no, entry_kind, item_kind, trade_at, out_trade_no, transaction_id,
       out_refund_no, rental_no, code, amount_fen, fee_millifen, borne_millifen, share_fen
  FROM recon.statement_item
 WHERE mchid = $1 AND period_from = $2 AND store_id || E'\t' || version = ANY ($3)
 ORDER BY store_id, version, seq
