-- What each store is owed: statements, their lines and details, and where the money of a bill day went.

CREATE TABLE recon.settle_part (
    mchid text NOT NULL,
    bill_day date NOT NULL,
    part text NOT NULL,
    key text NOT NULL,
    payment_items bigint NOT NULL,
    payment_fen bigint NOT NULL,
    refund_items bigint NOT NULL,
    refund_fen bigint NOT NULL,
    fee_millifen bigint NOT NULL,
    CONSTRAINT settle_part_key PRIMARY KEY (mchid, bill_day, part, key),
    CONSTRAINT settle_part_part CHECK (part IN ('STORE', 'UNATTRIBUTED', 'HELD', 'OPERATOR'))
);
COMMENT ON TABLE recon.settle_part IS 'Where the money of a bill day went. The parts of a day add up to the totals of its trade bill, each amount for itself.';
COMMENT ON COLUMN recon.settle_part.mchid IS 'Merchant';
COMMENT ON COLUMN recon.settle_part.bill_day IS 'Bill day';
COMMENT ON COLUMN recon.settle_part.part IS 'STORE: income of a store; UNATTRIBUTED: matched money without a store (S01); HELD: rows with an open finding; OPERATOR: deposits, insurance, coupons';
COMMENT ON COLUMN recon.settle_part.key IS 'Store of STORE and UNATTRIBUTED (- for none), class of HELD, kind of OPERATOR';
COMMENT ON COLUMN recon.settle_part.payment_items IS 'Items of payments; of HELD rows of the bill';
COMMENT ON COLUMN recon.settle_part.payment_fen IS 'Their amount';
COMMENT ON COLUMN recon.settle_part.refund_items IS 'Items of refunds; of HELD rows of the bill';
COMMENT ON COLUMN recon.settle_part.refund_fen IS 'Their amount as requested, positive';
COMMENT ON COLUMN recon.settle_part.fee_millifen IS 'WeChat Pay''s fee on them in 1/1000 fen, less fees returned';

CREATE TABLE recon.statement (
    mchid text NOT NULL,
    store_id text NOT NULL,
    period_from date NOT NULL,
    version integer NOT NULL,
    period_to date NOT NULL,
    merchant_name text NOT NULL,
    store_name text NOT NULL,
    terms json NOT NULL,
    terms_sha256 text NOT NULL,
    bills json NOT NULL,
    content_sha256 text NOT NULL,
    differs text,
    previous_from date,
    previous_version integer,
    previous_sha256 text,
    item_count bigint NOT NULL,
    engine_version text NOT NULL,
    made_at timestamptz NOT NULL,
    CONSTRAINT statement_key PRIMARY KEY (mchid, store_id, period_from, version),
    CONSTRAINT statement_period CHECK (period_from <= period_to),
    CONSTRAINT statement_version CHECK (version >= 1),
    CONSTRAINT statement_differs CHECK ((version = 1) = (differs IS NULL)),
    CONSTRAINT statement_previous CHECK ((previous_from IS NULL) = (previous_sha256 IS NULL) AND (previous_from IS NULL) = (previous_version IS NULL))
);
CREATE INDEX statement_period ON recon.statement (mchid, period_from);
COMMENT ON TABLE recon.statement IS 'What one store is owed for one period. Nothing is overwritten: other numbers are another version. The files are made from this and the two tables below.';
COMMENT ON COLUMN recon.statement.mchid IS 'Merchant';
COMMENT ON COLUMN recon.statement.store_id IS 'Store';
COMMENT ON COLUMN recon.statement.period_from IS 'First bill day';
COMMENT ON COLUMN recon.statement.version IS 'From 1; the newest counts';
COMMENT ON COLUMN recon.statement.period_to IS 'Last bill day, included';
COMMENT ON COLUMN recon.statement.merchant_name IS 'Merchant''s name when it was made';
COMMENT ON COLUMN recon.statement.store_name IS 'Store''s name when it was made';
COMMENT ON COLUMN recon.statement.terms IS 'Terms that were in force, as read';
COMMENT ON COLUMN recon.statement.terms_sha256 IS 'SHA-256 of the text in terms';
COMMENT ON COLUMN recon.statement.bills IS 'Bills that it rests on: kind, day, version, SHA-256, rows';
COMMENT ON COLUMN recon.statement.content_sha256 IS 'SHA-256 over terms, lines and items: two versions with the same would be the same statement';
COMMENT ON COLUMN recon.statement.differs IS 'What differs from the version before, and by how much; NULL: first version';
COMMENT ON COLUMN recon.statement.previous_from IS 'Period of the store''s statement before this one; NULL: there was none';
COMMENT ON COLUMN recon.statement.previous_version IS 'Its version';
COMMENT ON COLUMN recon.statement.previous_sha256 IS 'Its content_sha256';
COMMENT ON COLUMN recon.statement.item_count IS 'Rows of statement_item';
COMMENT ON COLUMN recon.statement.engine_version IS 'Version of the program that made it';
COMMENT ON COLUMN recon.statement.made_at IS 'When it was made';

CREATE TABLE recon.statement_line (
    mchid text NOT NULL,
    store_id text NOT NULL,
    period_from date NOT NULL,
    version integer NOT NULL,
    line text NOT NULL,
    item_count bigint NOT NULL,
    amount_fen bigint NOT NULL,
    CONSTRAINT statement_line_key PRIMARY KEY (mchid, store_id, period_from, version, line),
    CONSTRAINT statement_line_statement FOREIGN KEY (mchid, store_id, period_from, version)
        REFERENCES recon.statement (mchid, store_id, period_from, version)
);
COMMENT ON TABLE recon.statement_line IS 'The lines of a statement''s summary';
COMMENT ON COLUMN recon.statement_line.mchid IS 'Merchant';
COMMENT ON COLUMN recon.statement_line.store_id IS 'As statement';
COMMENT ON COLUMN recon.statement_line.period_from IS 'As statement';
COMMENT ON COLUMN recon.statement_line.version IS 'As statement';
COMMENT ON COLUMN recon.statement_line.line IS 'RENT, SWAP, …, NET';
COMMENT ON COLUMN recon.statement_line.item_count IS 'Items in it; 0 for a sum of lines';
COMMENT ON COLUMN recon.statement_line.amount_fen IS 'Amount, signed as it enters the sum';

-- No key, for the same reason as recon.entry: a million rows may be loaded at once.
CREATE TABLE recon.statement_item (
    mchid text NOT NULL,
    store_id text NOT NULL,
    period_from date NOT NULL,
    version integer NOT NULL,
    seq integer NOT NULL,
    bill_day date NOT NULL,
    line_no integer NOT NULL,
    item_no bigint NOT NULL,
    entry_kind text NOT NULL,
    item_kind text NOT NULL,
    trade_at timestamptz NOT NULL,
    out_trade_no text NOT NULL,
    transaction_id text NOT NULL,
    out_refund_no text,
    rental_no text,
    code text,
    amount_fen bigint NOT NULL,
    fee_millifen bigint NOT NULL,
    borne_millifen bigint NOT NULL,
    share_fen bigint NOT NULL
) PARTITION BY RANGE (period_from);
CREATE INDEX statement_item_period ON recon.statement_item USING brin (mchid, period_from) WITH (pages_per_range = 32);
COMMENT ON TABLE recon.statement_item IS 'The items behind a statement. Those with a code are open: shown, and not in any sum.';
COMMENT ON COLUMN recon.statement_item.mchid IS 'Merchant';
COMMENT ON COLUMN recon.statement_item.store_id IS 'As statement';
COMMENT ON COLUMN recon.statement_item.period_from IS 'As statement';
COMMENT ON COLUMN recon.statement_item.version IS 'As statement';
COMMENT ON COLUMN recon.statement_item.seq IS 'Place in the statement, from 1: by time, then number';
COMMENT ON COLUMN recon.statement_item.bill_day IS 'Bill day of the entry';
COMMENT ON COLUMN recon.statement_item.line_no IS 'Line of the entry in the plain bill';
COMMENT ON COLUMN recon.statement_item.item_no IS 'Item of the payment in the books';
COMMENT ON COLUMN recon.statement_item.entry_kind IS 'PAYMENT or REFUND';
COMMENT ON COLUMN recon.statement_item.item_kind IS 'RENT, DEPOSIT, INSURANCE, SWAP, DAMAGE, PENALTY, OTHER';
COMMENT ON COLUMN recon.statement_item.trade_at IS 'Trade time as printed in the bill';
COMMENT ON COLUMN recon.statement_item.out_trade_no IS 'Order number of the platform';
COMMENT ON COLUMN recon.statement_item.transaction_id IS 'Order number of WeChat Pay';
COMMENT ON COLUMN recon.statement_item.out_refund_no IS 'Refund number of the platform, refunds only';
COMMENT ON COLUMN recon.statement_item.rental_no IS 'Rental it was for';
COMMENT ON COLUMN recon.statement_item.code IS 'Class of the open finding; NULL: settled';
COMMENT ON COLUMN recon.statement_item.amount_fen IS 'Amount; negative: refunded';
COMMENT ON COLUMN recon.statement_item.fee_millifen IS 'The item''s part of WeChat Pay''s fee in 1/1000 fen; negative: returned';
COMMENT ON COLUMN recon.statement_item.borne_millifen IS 'The part of it that the base bears';
COMMENT ON COLUMN recon.statement_item.share_fen IS 'Store''s share of the item';

CREATE FUNCTION recon.make_statement_partition(day date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $function$
DECLARE
    month date := date_trunc('month', day::timestamp)::date;
    partition text := 'statement_item_' || to_char(month, 'YYYY_MM');
BEGIN
    -- Two workers may meet at the first of a month.
    PERFORM pg_advisory_xact_lock(hashtextextended('recon.make_statement_partition', 0));
    IF to_regclass('recon.' || partition) IS NULL THEN
        EXECUTE format('CREATE TABLE recon.%I PARTITION OF recon.statement_item FOR VALUES FROM (%L) TO (%L)',
                       partition, month, (month + interval '1 month')::date);
    END IF;
END
$function$;
COMMENT ON FUNCTION recon.make_statement_partition(date) IS 'Makes the month''s partition of recon.statement_item when it is missing';
