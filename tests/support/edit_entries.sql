-- public.edit_entries(change): entries as a test wants them. `change` is SQL on a temporary table "entry" with the columns of recon.entry;
-- what it leaves there becomes the day's only block, its lines with every value written out.
CREATE OR REPLACE FUNCTION public.edit_entries(change text) RETURNS void LANGUAGE plpgsql AS $function$
DECLARE
    kinds CONSTANT jsonb := '{"PAYMENT": "P", "REFUND": "R", "REVOKED": "V", "OTHER": "O"}';
    item_kinds CONSTANT jsonb := '{"RENT": "R", "DEPOSIT": "D", "INSURANCE": "I", "SWAP": "S", "DAMAGE": "A", "PENALTY": "P", "OTHER": "O"}';
BEGIN
    CREATE TEMPORARY TABLE entry AS SELECT * FROM recon.entry;
    EXECUTE change;
    DELETE FROM recon.entry_block;
    INSERT INTO recon.entry_block (mchid, bill_day, block_no, rows, appid, lines)
    SELECT mchid, bill_day, 0, count(*), '',
           string_agg(concat_ws(E'\t', line_no, (kinds ->> kind) || COALESCE(code, ''),
                                extract(epoch FROM trade_at - (bill_day::timestamp AT TIME ZONE 'Asia/Shanghai')), '=' || appid, out_trade_no,
                                transaction_id, COALESCE(out_refund_no, ''), COALESCE(refund_id, ''), order_fen, settlement_fen,
                                fee_millifen, COALESCE(books_fen::text, ''), COALESCE(extract(epoch FROM books_at - trade_at)::text, ''),
                                (SELECT string_agg(CASE WHEN place % 5 = 2 THEN item_kinds ->> cell ELSE COALESCE(cell, '') END, E'\t' ORDER BY place)
                                   FROM unnest(items) WITH ORDINALITY AS cells (cell, place))), E'\n' ORDER BY line_no)
      FROM entry
     GROUP BY mchid, bill_day;
    DROP TABLE entry;
END
$function$;
