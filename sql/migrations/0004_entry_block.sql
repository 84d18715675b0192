-- Entries in blocks of lines: a million rows of seventeen columns cost the server more than all else of a day.

CREATE TABLE recon.entry_block (
    mchid text NOT NULL,
    bill_day date NOT NULL,
    block_no integer NOT NULL,
    rows integer NOT NULL,
    lines text NOT NULL,
    CONSTRAINT entry_block_key PRIMARY KEY (mchid, bill_day, block_no),
    CONSTRAINT entry_block_rows CHECK (rows > 0)
) PARTITION BY RANGE (bill_day);
-- A block fits a page as it is; compressing or moving it would cost more than it saves.
ALTER TABLE recon.entry_block ALTER COLUMN lines SET STORAGE EXTERNAL;
COMMENT ON TABLE recon.entry_block IS 'Entries of a bill day, some forty a row. recon.entry shows them one by one.';
COMMENT ON COLUMN recon.entry_block.mchid IS 'Merchant';
COMMENT ON COLUMN recon.entry_block.bill_day IS 'Bill day';
COMMENT ON COLUMN recon.entry_block.block_no IS 'From 0, without gaps';
COMMENT ON COLUMN recon.entry_block.rows IS 'How many entries';
COMMENT ON COLUMN recon.entry_block.lines IS 'An entry a line, its values between tabs in the order of the columns of recon.entry, an empty one for NULL, times in seconds since 1970. No value holds a tab or a line end.';

CREATE OR REPLACE FUNCTION recon.make_entry_partition(day date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $function$
DECLARE
    month date := date_trunc('month', day::timestamp)::date;
    partition text := 'entry_block_' || to_char(month, 'YYYY_MM');
BEGIN
    -- Two workers may meet at the first of a month.
    PERFORM pg_advisory_xact_lock(hashtextextended('recon.make_entry_partition', 0));
    IF to_regclass('recon.' || partition) IS NULL THEN
        EXECUTE format('CREATE TABLE recon.%I PARTITION OF recon.entry_block FOR VALUES FROM (%L) TO (%L)'
                       ' WITH (toast_tuple_target = 8160)',
                       partition, month, (month + interval '1 month')::date);
    END IF;
END
$function$;
COMMENT ON FUNCTION recon.make_entry_partition(date) IS 'Makes the month''s partition of recon.entry_block when it is missing';

SELECT recon.make_entry_partition(month)
  FROM (SELECT DISTINCT date_trunc('month', bill_day::timestamp)::date AS month FROM recon.entry) AS months;

INSERT INTO recon.entry_block (mchid, bill_day, block_no, rows, lines)
SELECT mchid, bill_day, block_no, count(*), string_agg(line, E'\n' ORDER BY line_no)
  FROM (SELECT mchid, bill_day, line_no,
               (row_number() OVER (PARTITION BY mchid, bill_day ORDER BY line_no) - 1) / 30 AS block_no,
               concat_ws(E'\t', line_no, kind, COALESCE(code, ''), extract(epoch FROM trade_at), appid, out_trade_no, transaction_id,
                         COALESCE(out_refund_no, ''), COALESCE(refund_id, ''), order_fen, settlement_fen, fee_millifen,
                         COALESCE(books_fen::text, ''), COALESCE(extract(epoch FROM books_at)::text, ''),
                         (SELECT string_agg(concat_ws(E'\t', item ->> 0, item ->> 1, COALESCE(item ->> 2, ''), COALESCE(item ->> 3, ''),
                                                      item ->> 4), E'\t' ORDER BY place)
                            FROM json_array_elements(split::json) WITH ORDINALITY AS items (item, place))) AS line
          FROM recon.entry) AS numbered
 GROUP BY mchid, bill_day, block_no;

DROP TABLE recon.entry;

CREATE FUNCTION recon.entry_lines(lines text)
    RETURNS TABLE (line_no integer, kind text, code text, trade_at timestamptz, appid text, out_trade_no text, transaction_id text,
                   out_refund_no text, refund_id text, order_fen bigint, settlement_fen bigint, fee_millifen bigint, books_fen bigint,
                   books_at timestamptz, items text[])
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 40
AS $function$
    SELECT cell[1]::integer, cell[2], NULLIF(cell[3], ''), 'epoch'::timestamptz + make_interval(secs => cell[4]::double precision), cell[5], cell[6], cell[7],
           NULLIF(cell[8], ''), NULLIF(cell[9], ''), cell[10]::bigint, cell[11]::bigint, cell[12]::bigint,
           NULLIF(cell[13], '')::bigint, 'epoch'::timestamptz + make_interval(secs => NULLIF(cell[14], '')::double precision), NULLIF(cell[15:], '{}')
      FROM (SELECT string_to_array(line, E'\t') AS cell FROM string_to_table(lines, E'\n') AS line OFFSET 0) AS cells
$function$;
COMMENT ON FUNCTION recon.entry_lines(text) IS 'The entries of one block';

CREATE VIEW recon.entry AS
SELECT b.mchid, b.bill_day, e.line_no, e.kind, e.code, e.trade_at, e.appid, e.out_trade_no, e.transaction_id, e.out_refund_no, e.refund_id,
       e.order_fen, e.settlement_fen, e.fee_millifen, e.books_fen, e.books_at, e.items
  FROM recon.entry_block AS b, LATERAL recon.entry_lines(b.lines) AS e;
COMMENT ON VIEW recon.entry IS 'One row of a trade bill with the platform''s record it was paired with, or without. Holds both sides as they were read.';
COMMENT ON COLUMN recon.entry.mchid IS 'Merchant';
COMMENT ON COLUMN recon.entry.bill_day IS 'Bill day';
COMMENT ON COLUMN recon.entry.line_no IS 'Line in the plain bill, from 1';
COMMENT ON COLUMN recon.entry.kind IS 'PAYMENT, REFUND, REVOKED, or OTHER: a state nobody has classified';
COMMENT ON COLUMN recon.entry.code IS 'Class of the row''s finding; NULL: paired and equal';
COMMENT ON COLUMN recon.entry.trade_at IS 'Trade time as printed';
COMMENT ON COLUMN recon.entry.appid IS 'AppID as printed';
COMMENT ON COLUMN recon.entry.out_trade_no IS 'Order number of the platform';
COMMENT ON COLUMN recon.entry.transaction_id IS 'Order number of WeChat Pay';
COMMENT ON COLUMN recon.entry.out_refund_no IS 'Refund number of the platform, refunds only';
COMMENT ON COLUMN recon.entry.refund_id IS 'Refund number of WeChat Pay, refunds only';
COMMENT ON COLUMN recon.entry.order_fen IS 'Order amount; of a refund the amount requested';
COMMENT ON COLUMN recon.entry.settlement_fen IS 'Settlement amount; of a refund the settlement amount returned';
COMMENT ON COLUMN recon.entry.fee_millifen IS 'Fee in 1/1000 fen as printed; negative: returned';
COMMENT ON COLUMN recon.entry.books_fen IS 'Amount in the books; NULL: not paired';
COMMENT ON COLUMN recon.entry.books_at IS 'Time of payment, or of the refund''s making, in the books';
COMMENT ON COLUMN recon.entry.items IS 'The items as read, five values each: item_no, kind, store_id, rental_no (empty: none), amount_fen';
