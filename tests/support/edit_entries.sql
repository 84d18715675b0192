-- public.edit_entries(change): entries as a test wants them. `change` is SQL on a temporary table "entry" with the columns of recon.entry;
-- what it leaves there becomes the day's only block.
CREATE OR REPLACE FUNCTION public.edit_entries(change text) RETURNS void LANGUAGE plpgsql AS $function$
BEGIN
    CREATE TEMPORARY TABLE entry AS SELECT * FROM recon.entry;
    EXECUTE change;
    DELETE FROM recon.entry_block;
    INSERT INTO recon.entry_block (mchid, bill_day, block_no, rows, lines)
    SELECT mchid, bill_day, 0, count(*),
           string_agg(concat_ws(E'\t', line_no, kind, COALESCE(code, ''), extract(epoch FROM trade_at), appid, out_trade_no,
                                transaction_id, COALESCE(out_refund_no, ''), COALESCE(refund_id, ''), order_fen, settlement_fen,
                                fee_millifen, COALESCE(books_fen::text, ''), COALESCE(extract(epoch FROM books_at)::text, ''),
                                array_to_string(NULLIF(items, '{}'), E'\t', '')), E'\n' ORDER BY line_no)
      FROM entry
     GROUP BY mchid, bill_day;
    DROP TABLE entry;
END
$function$;
