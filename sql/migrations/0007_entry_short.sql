-- Shorter lines of entries: what another value of the line or the block says stands there once. The server's work follows the bytes.

-- Old lines are read by the old view before it changes, and written anew; no dead rows stay behind.
CREATE TABLE recon.entry_carried AS
SELECT b.mchid, b.bill_day, b.block_no, b.rows, first.appid, written.lines
  FROM recon.entry_block AS b,
       LATERAL (SELECT split_part(b.lines, E'\t', 5) AS appid) AS first,
       LATERAL (SELECT string_agg(
                    concat_ws(E'\t', e.line_no,
                              CASE e.kind WHEN 'PAYMENT' THEN 'P' WHEN 'REFUND' THEN 'R' WHEN 'REVOKED' THEN 'V' ELSE 'O' END || COALESCE(e.code, ''),
                              trim_scale(extract(epoch FROM e.trade_at) - ((b.bill_day - date '1970-01-01') * 86400::bigint - 28800)),
                              CASE WHEN e.appid <> first.appid THEN '=' || e.appid ELSE '' END,
                              e.out_trade_no, e.transaction_id, COALESCE(e.out_refund_no, ''), COALESCE(e.refund_id, ''), e.order_fen,
                              CASE WHEN e.settlement_fen <> e.order_fen THEN e.settlement_fen::text ELSE '' END, e.fee_millifen,
                              CASE WHEN e.books_fen = e.order_fen THEN '=' ELSE COALESCE(e.books_fen::text, '') END,
                              COALESCE(trim_scale(extract(epoch FROM e.books_at - e.trade_at))::text, ''),
                              (SELECT string_agg(CASE (place - 1) % 5
                                                 WHEN 1 THEN CASE cell WHEN 'RENT' THEN 'R' WHEN 'DEPOSIT' THEN 'D' WHEN 'INSURANCE' THEN 'I'
                                                                       WHEN 'SWAP' THEN 'S' WHEN 'DAMAGE' THEN 'A' WHEN 'PENALTY' THEN 'P'
                                                                       ELSE 'O' END
                                                 WHEN 4 THEN CASE WHEN cell = e.books_fen::text THEN '' ELSE cell END
                                                 ELSE cell END, E'\t' ORDER BY place)
                                 FROM unnest(e.items) WITH ORDINALITY AS items (cell, place))),
                    E'\n' ORDER BY e.line_no) AS lines
                  FROM recon.entry_lines(b.lines) AS e) AS written;

TRUNCATE recon.entry_block;
ALTER TABLE recon.entry_block ADD COLUMN appid text NOT NULL;
INSERT INTO recon.entry_block (mchid, bill_day, block_no, rows, appid, lines)
SELECT mchid, bill_day, block_no, rows, appid, lines FROM recon.entry_carried;
DROP TABLE recon.entry_carried;
COMMENT ON TABLE recon.entry_block IS 'Entries of a bill day, some sixty a row. recon.entry shows them one by one.';
COMMENT ON COLUMN recon.entry_block.appid IS 'The AppID of the entries that name none of their own';
COMMENT ON COLUMN recon.entry_block.lines IS 'An entry a line, its values between tabs: line; kind (P, R, V: REVOKED, O) and code; trade time in seconds since the day''s start in Beijing; AppID with = before it, empty: the block''s; out_trade_no; transaction_id; out_refund_no; refund_id; order_fen; settlement_fen, empty: order_fen; fee_millifen; books_fen, =: order_fen, empty: not paired; books'' time in seconds since the trade time, empty: none; then five values an item: item_no; kind (R, D, I, S, A: DAMAGE, P, O); store_id; rental_no; amount_fen, empty: books_fen. No value holds a tab or a line end.';

CREATE FUNCTION recon.entry_item_kind(letter text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $function$
    SELECT CASE letter WHEN 'R' THEN 'RENT' WHEN 'D' THEN 'DEPOSIT' WHEN 'I' THEN 'INSURANCE' WHEN 'S' THEN 'SWAP' WHEN 'A' THEN 'DAMAGE'
                       WHEN 'P' THEN 'PENALTY' WHEN 'O' THEN 'OTHER' END
$function$;
COMMENT ON FUNCTION recon.entry_item_kind(text) IS 'The kind of an item from its letter in a line';

CREATE FUNCTION recon.entry_lines(day date, block_appid text, lines text)
    RETURNS TABLE (line_no integer, kind text, code text, trade_at timestamptz, appid text, out_trade_no text, transaction_id text,
                   out_refund_no text, refund_id text, order_fen bigint, settlement_fen bigint, fee_millifen bigint, books_fen bigint,
                   books_at timestamptz, items text[])
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 60
AS $function$
    SELECT cell[1]::integer,
           CASE left(cell[2], 1) WHEN 'P' THEN 'PAYMENT' WHEN 'R' THEN 'REFUND' WHEN 'V' THEN 'REVOKED' WHEN 'O' THEN 'OTHER' END,
           NULLIF(substr(cell[2], 2), ''), start + make_interval(secs => cell[3]::double precision),
           CASE cell[4] WHEN '' THEN block_appid ELSE substr(cell[4], 2) END, cell[5], cell[6], NULLIF(cell[7], ''), NULLIF(cell[8], ''),
           cell[9]::bigint, COALESCE(NULLIF(cell[10], ''), cell[9])::bigint, cell[11]::bigint, NULLIF(books, '')::bigint,
           start + make_interval(secs => cell[3]::double precision + NULLIF(cell[13], '')::double precision),
           -- most entries have one item, which needs no subquery
           CASE WHEN cardinality(cell) = 18
                THEN ARRAY[cell[14], recon.entry_item_kind(cell[15]), cell[16], cell[17], COALESCE(NULLIF(cell[18], ''), books)]
                WHEN cardinality(cell) > 18
                THEN ARRAY(SELECT CASE place % 5
                                  WHEN 0 THEN recon.entry_item_kind(cell[place])
                                  WHEN 3 THEN COALESCE(NULLIF(cell[place], ''), books)
                                  ELSE cell[place] END
                             FROM generate_series(14, cardinality(cell)) AS place)
           END
      FROM (SELECT cell, CASE cell[12] WHEN '=' THEN cell[9] ELSE cell[12] END AS books,
                   'epoch'::timestamptz + make_interval(secs => (day - date '1970-01-01') * 86400::double precision - 28800) AS start
              FROM (SELECT string_to_array(line, E'\t') AS cell FROM string_to_table(lines, E'\n') AS line OFFSET 0) AS split) AS cells
$function$;
COMMENT ON FUNCTION recon.entry_lines(date, text, text) IS 'The entries of one block of a bill day';

CREATE OR REPLACE VIEW recon.entry AS
SELECT b.mchid, b.bill_day, e.line_no, e.kind, e.code, e.trade_at, e.appid, e.out_trade_no, e.transaction_id, e.out_refund_no, e.refund_id,
       e.order_fen, e.settlement_fen, e.fee_millifen, e.books_fen, e.books_at, e.items
  FROM recon.entry_block AS b, LATERAL recon.entry_lines(b.bill_day, b.appid, b.lines) AS e;
DROP FUNCTION recon.entry_lines(text);
