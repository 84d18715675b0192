-- Merchants, evidence, days, entries and findings.

CREATE TABLE recon.merchant (
    mchid text NOT NULL,
    name text NOT NULL,
    mode text NOT NULL,
    sp_mchid text,
    rate_ppm integer NOT NULL,
    fund_account text,
    first_day date NOT NULL,
    suspended_at timestamptz,
    created_at timestamptz NOT NULL,
    CONSTRAINT merchant_key PRIMARY KEY (mchid),
    CONSTRAINT merchant_mode CHECK (mode IN ('DIRECT', 'PARTNER')),
    CONSTRAINT merchant_provider CHECK ((mode = 'PARTNER') = (sp_mchid IS NOT NULL)),
    CONSTRAINT merchant_rate CHECK (rate_ppm BETWEEN 0 AND 1000000),
    CONSTRAINT merchant_account CHECK (fund_account = 'BASIC')
);
COMMENT ON TABLE recon.merchant IS 'Rental companies that take WeChat Pay, one row a merchant number. Keys are files on the hosts, never here.';
COMMENT ON COLUMN recon.merchant.mchid IS 'The company''s own merchant number; the sub-merchant''s with a service provider';
COMMENT ON COLUMN recon.merchant.name IS 'Name as finance reads it';
COMMENT ON COLUMN recon.merchant.mode IS 'DIRECT, or PARTNER: through the service provider sp_mchid';
COMMENT ON COLUMN recon.merchant.sp_mchid IS 'Service provider''s merchant number, whose key signs; only in mode PARTNER';
COMMENT ON COLUMN recon.merchant.rate_ppm IS 'Contract fee rate in parts of a million: 0.60 % is 6000';
COMMENT ON COLUMN recon.merchant.fund_account IS 'Account whose fund-flow bill is reconciled; NULL: the merchant has none and no fund identity is proved';
COMMENT ON COLUMN recon.merchant.first_day IS 'First bill day to reconcile';
COMMENT ON COLUMN recon.merchant.suspended_at IS 'Since when nothing is done for this merchant';
COMMENT ON COLUMN recon.merchant.created_at IS 'When the merchant was added';

CREATE TABLE recon.merchant_app (
    mchid text NOT NULL,
    appid text NOT NULL,
    CONSTRAINT merchant_app_key PRIMARY KEY (mchid, appid)
);
COMMENT ON TABLE recon.merchant_app IS 'Mini programs whose payments belong to the merchant';
COMMENT ON COLUMN recon.merchant_app.mchid IS 'Merchant';
COMMENT ON COLUMN recon.merchant_app.appid IS 'AppID as printed in bills';

CREATE TABLE recon.bill_file (
    mchid text NOT NULL,
    bill_day date NOT NULL,
    kind text NOT NULL,
    version integer NOT NULL,
    state text NOT NULL,
    announced_sha1 text,
    plain_sha1 text,
    received_sha256 text,
    received_bytes bigint NOT NULL,
    plain_bytes bigint NOT NULL,
    request_id text,
    received_at timestamptz NOT NULL,
    CONSTRAINT bill_file_key PRIMARY KEY (mchid, bill_day, kind, version),
    CONSTRAINT bill_file_kind CHECK (kind IN ('TRADE_ALL', 'FUND_BASIC')),
    CONSTRAINT bill_file_state CHECK (state IN ('VALID', 'NO_STATEMENT', 'WRONG_DIGEST')),
    CONSTRAINT bill_file_content CHECK ((state = 'NO_STATEMENT') = (received_sha256 IS NULL)),
    CONSTRAINT bill_file_digest CHECK (state <> 'VALID' OR (plain_sha1 IS NOT NULL AND plain_sha1 = COALESCE(announced_sha1, plain_sha1)))
);
COMMENT ON TABLE recon.bill_file IS 'Bills as received. Nothing is overwritten: another content is another version.';
COMMENT ON COLUMN recon.bill_file.mchid IS 'Merchant';
COMMENT ON COLUMN recon.bill_file.bill_day IS 'Bill day (Beijing)';
COMMENT ON COLUMN recon.bill_file.kind IS 'TRADE_ALL or FUND_BASIC';
COMMENT ON COLUMN recon.bill_file.version IS 'From 1; the newest VALID or NO_STATEMENT one counts';
COMMENT ON COLUMN recon.bill_file.state IS 'VALID; NO_STATEMENT: WeChat Pay says that there was nothing that day; WRONG_DIGEST: kept, never used';
COMMENT ON COLUMN recon.bill_file.announced_sha1 IS 'Digest of the plain bytes that WeChat Pay announced; NULL for a file imported by hand';
COMMENT ON COLUMN recon.bill_file.plain_sha1 IS 'Digest of the plain bytes that we computed';
COMMENT ON COLUMN recon.bill_file.received_sha256 IS 'Our digest of the bytes as received';
COMMENT ON COLUMN recon.bill_file.received_bytes IS 'Bytes received, mostly gzip';
COMMENT ON COLUMN recon.bill_file.plain_bytes IS 'Bytes after inflating';
COMMENT ON COLUMN recon.bill_file.request_id IS 'Request-Id of the application, for WeChat Pay''s support';
COMMENT ON COLUMN recon.bill_file.received_at IS 'When it was received';

CREATE TABLE recon.bill_chunk (
    mchid text NOT NULL,
    bill_day date NOT NULL,
    kind text NOT NULL,
    version integer NOT NULL,
    chunk_no integer NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT bill_chunk_key PRIMARY KEY (mchid, bill_day, kind, version, chunk_no),
    CONSTRAINT bill_chunk_file FOREIGN KEY (mchid, bill_day, kind, version)
        REFERENCES recon.bill_file (mchid, bill_day, kind, version)
);
ALTER TABLE recon.bill_chunk ALTER COLUMN content SET STORAGE EXTERNAL;
COMMENT ON TABLE recon.bill_chunk IS 'The bytes of bill_file as received, in pieces';
COMMENT ON COLUMN recon.bill_chunk.mchid IS 'Merchant';
COMMENT ON COLUMN recon.bill_chunk.bill_day IS 'Bill day';
COMMENT ON COLUMN recon.bill_chunk.kind IS 'As bill_file';
COMMENT ON COLUMN recon.bill_chunk.version IS 'As bill_file';
COMMENT ON COLUMN recon.bill_chunk.chunk_no IS 'From 0, without gaps';
COMMENT ON COLUMN recon.bill_chunk.content IS 'At most 1 MiB';

CREATE TABLE recon.day (
    mchid text NOT NULL,
    bill_day date NOT NULL,
    stage text NOT NULL,
    verdict text,
    reason text,
    next_try_at timestamptz,
    tries integer NOT NULL,
    trade_version integer,
    fund_version integer,
    rows bigint NOT NULL,
    matched bigint NOT NULL,
    fee_millifen bigint,
    updated_at timestamptz NOT NULL,
    CONSTRAINT day_key PRIMARY KEY (mchid, bill_day),
    CONSTRAINT day_stage CHECK (stage IN ('DUE', 'FETCHED', 'RECONCILED', 'SETTLED')),
    CONSTRAINT day_verdict CHECK (verdict IN ('INCOMPLETE', 'BROKEN', 'WARN', 'PENDING', 'BALANCED')),
    CONSTRAINT day_reason CHECK (verdict <> 'INCOMPLETE' OR reason IS NOT NULL),
    CONSTRAINT day_proved CHECK (verdict = 'INCOMPLETE' OR verdict IS NULL OR stage IN ('RECONCILED', 'SETTLED'))
);
COMMENT ON TABLE recon.day IS 'A unit: one merchant''s one bill day, how far it is and its verdict';
COMMENT ON COLUMN recon.day.mchid IS 'Merchant';
COMMENT ON COLUMN recon.day.bill_day IS 'Bill day';
COMMENT ON COLUMN recon.day.stage IS 'DUE, then FETCHED (all bills are evidence), RECONCILED, SETTLED';
COMMENT ON COLUMN recon.day.verdict IS 'First that applies: INCOMPLETE, BROKEN, WARN, PENDING, BALANCED';
COMMENT ON COLUMN recon.day.reason IS 'Why the verdict is INCOMPLETE';
COMMENT ON COLUMN recon.day.next_try_at IS 'Not to be tried before; NULL: any time';
COMMENT ON COLUMN recon.day.tries IS 'Tries that ended INCOMPLETE since the day became due';
COMMENT ON COLUMN recon.day.trade_version IS 'Version of the trade bill that was reconciled';
COMMENT ON COLUMN recon.day.fund_version IS 'Version of the fund-flow bill that was reconciled';
COMMENT ON COLUMN recon.day.rows IS 'Rows of the trade bill';
COMMENT ON COLUMN recon.day.matched IS 'Rows paired with the books and without a finding';
COMMENT ON COLUMN recon.day.fee_millifen IS 'Fees of the trade bill as its footer states them, in 1/1000 fen; NULL until the day was reconciled';
COMMENT ON COLUMN recon.day.updated_at IS 'When this row last changed';

CREATE TABLE recon.identity (
    mchid text NOT NULL,
    bill_day date NOT NULL,
    name text NOT NULL,
    left_name text NOT NULL,
    left_count bigint NOT NULL,
    left_fen bigint NOT NULL,
    right_name text NOT NULL,
    right_count bigint NOT NULL,
    right_fen bigint NOT NULL,
    holds boolean NOT NULL,
    CONSTRAINT identity_key PRIMARY KEY (mchid, bill_day, name),
    CONSTRAINT identity_holds CHECK (holds = (left_count = right_count AND left_fen = right_fen))
);
COMMENT ON TABLE recon.identity IS 'The closed list of identities behind a verdict, both sides as computed. BALANCED needs every one to hold.';
COMMENT ON COLUMN recon.identity.mchid IS 'Merchant';
COMMENT ON COLUMN recon.identity.bill_day IS 'Bill day';
COMMENT ON COLUMN recon.identity.name IS 'Name of the identity';
COMMENT ON COLUMN recon.identity.left_name IS 'What the left side is';
COMMENT ON COLUMN recon.identity.left_count IS 'Left side, count';
COMMENT ON COLUMN recon.identity.left_fen IS 'Left side, money';
COMMENT ON COLUMN recon.identity.right_name IS 'What the right side is';
COMMENT ON COLUMN recon.identity.right_count IS 'Right side, count';
COMMENT ON COLUMN recon.identity.right_fen IS 'Right side, money';
COMMENT ON COLUMN recon.identity.holds IS 'Whether both sides are equal, in count and in fen';

-- No key: an index kept while a million rows are loaded costs more than the load. A day's rows lie together, so BRIN finds them.
CREATE TABLE recon.entry (
    mchid text NOT NULL,
    bill_day date NOT NULL,
    line_no integer NOT NULL,
    kind text NOT NULL,
    code text,
    trade_at timestamptz NOT NULL,
    appid text NOT NULL,
    out_trade_no text NOT NULL,
    transaction_id text NOT NULL,
    out_refund_no text,
    refund_id text,
    order_fen bigint NOT NULL,
    settlement_fen bigint NOT NULL,
    fee_millifen bigint NOT NULL,
    books_fen bigint,
    books_at timestamptz,
    split text
) PARTITION BY RANGE (bill_day);
CREATE INDEX entry_day ON recon.entry USING brin (mchid, bill_day) WITH (pages_per_range = 32);
COMMENT ON TABLE recon.entry IS 'One row of a trade bill with the platform''s record it was paired with, or without. Holds both sides as they were read.';
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
COMMENT ON COLUMN recon.entry.split IS 'The items as read, as JSON: [[item_no, kind, store_id or null, rental_no or null, amount_fen], …]. Text, because checking a million of them again costs a tenth of the load';

CREATE TABLE recon.finding (
    mchid text NOT NULL,
    finding_id text NOT NULL,
    bill_day date NOT NULL,
    leg text NOT NULL,
    key text NOT NULL,
    code text NOT NULL,
    state text NOT NULL,
    resolution text,
    channel_fen bigint,
    books_fen bigint,
    diff_fen bigint NOT NULL,
    first_seen timestamptz NOT NULL,
    break_on date,
    owner text NOT NULL,
    evidence json NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT finding_key PRIMARY KEY (mchid, finding_id),
    CONSTRAINT finding_identity UNIQUE (mchid, leg, key, bill_day),
    CONSTRAINT finding_state CHECK (state IN ('PENDING', 'OPEN', 'IN_REVIEW', 'RESOLVED', 'REOPENED')),
    CONSTRAINT finding_resolution CHECK (resolution IN ('auto_timing', 'auto_query', 'booked', 'refunded', 'accepted', 'explained')),
    CONSTRAINT finding_resolved CHECK ((state = 'RESOLVED') = (resolution IS NOT NULL)),
    CONSTRAINT finding_diff CHECK (diff_fen = COALESCE(channel_fen, 0) - COALESCE(books_fen, 0)),
    CONSTRAINT finding_owner CHECK (owner IN ('finance', 'ops', 'operator'))
);
CREATE INDEX finding_day ON recon.finding (mchid, bill_day);
CREATE INDEX finding_open ON recon.finding (mchid, state, break_on) WHERE state <> 'RESOLVED';
COMMENT ON TABLE recon.finding IS 'A difference. It lives across days, is scoped to its bill day, may change class, and is never deleted.';
COMMENT ON COLUMN recon.finding.mchid IS 'Merchant';
COMMENT ON COLUMN recon.finding.finding_id IS 'First 32 hex digits of SHA-256 over merchant, leg, key and bill day; the class is not part of it';
COMMENT ON COLUMN recon.finding.bill_day IS 'Bill day it belongs to';
COMMENT ON COLUMN recon.finding.leg IS 'TRADE, REFUND, FUND, EVIDENCE, BOOKS or SETTLE';
COMMENT ON COLUMN recon.finding.key IS 'What it is about within its leg: order number, refund number, name of a bill, store';
COMMENT ON COLUMN recon.finding.code IS 'Class (E01 … S05)';
COMMENT ON COLUMN recon.finding.state IS 'PENDING: may be timing until break_on; OPEN, IN_REVIEW, RESOLVED, REOPENED';
COMMENT ON COLUMN recon.finding.resolution IS 'How it was resolved';
COMMENT ON COLUMN recon.finding.channel_fen IS 'Amount at WeChat Pay; NULL: not there';
COMMENT ON COLUMN recon.finding.books_fen IS 'Amount in the books; NULL: not there';
COMMENT ON COLUMN recon.finding.diff_fen IS 'Channel less books';
COMMENT ON COLUMN recon.finding.first_seen IS 'When it was first found';
COMMENT ON COLUMN recon.finding.break_on IS 'Bill day whose reconciling turns PENDING into OPEN';
COMMENT ON COLUMN recon.finding.owner IS 'Who has to look at it';
COMMENT ON COLUMN recon.finding.evidence IS 'Bill, its digest and line; the platform''s row as read';
COMMENT ON COLUMN recon.finding.updated_at IS 'When state, class or amounts last changed';

CREATE TABLE recon.finding_event (
    mchid text NOT NULL,
    finding_id text NOT NULL,
    event_no integer NOT NULL,
    at timestamptz NOT NULL,
    who text NOT NULL,
    code text NOT NULL,
    state text NOT NULL,
    resolution text,
    diff_fen bigint NOT NULL,
    reason text NOT NULL,
    CONSTRAINT finding_event_key PRIMARY KEY (mchid, finding_id, event_no),
    CONSTRAINT finding_event_finding FOREIGN KEY (mchid, finding_id) REFERENCES recon.finding (mchid, finding_id)
);
COMMENT ON TABLE recon.finding_event IS 'Every change of a finding: what it became, when, by whom, why';
COMMENT ON COLUMN recon.finding_event.mchid IS 'Merchant';
COMMENT ON COLUMN recon.finding_event.finding_id IS 'Finding';
COMMENT ON COLUMN recon.finding_event.event_no IS 'From 1';
COMMENT ON COLUMN recon.finding_event.at IS 'When';
COMMENT ON COLUMN recon.finding_event.who IS 'Database login that made the change';
COMMENT ON COLUMN recon.finding_event.code IS 'Class after the change';
COMMENT ON COLUMN recon.finding_event.state IS 'State after the change';
COMMENT ON COLUMN recon.finding_event.resolution IS 'Resolution after the change';
COMMENT ON COLUMN recon.finding_event.diff_fen IS 'Channel less books after the change';
COMMENT ON COLUMN recon.finding_event.reason IS 'Why';
