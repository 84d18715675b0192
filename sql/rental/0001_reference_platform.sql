-- The reference platform: the tables of the contract (DOMAIN §4) as real tables, for the demo, the tests and anyone who has no platform of
-- his own. A platform with other tables writes views of these names and columns instead. Run with psql in a new database:
--
--     psql --single-transaction --set ON_ERROR_STOP=1 --file sql/rental/0001_reference_platform.sql
--
-- Money is bigint fen, time is timestamptz, numbers are text exactly as sent to WeChat Pay, every key begins with mchid. No trigger, no
-- domain, no sequence: on Citus each table becomes create_distributed_table('rental.…', 'mchid', colocate_with => 'rental.payment').

CREATE SCHEMA rental;
COMMENT ON SCHEMA rental IS 'The rental platform''s books as payrecon reads them. Read only for payrecon.';

CREATE TABLE rental.contract_meta (
    mchid text NOT NULL,
    contract_version integer NOT NULL,
    watermark_at timestamptz NOT NULL,
    CONSTRAINT contract_meta_key PRIMARY KEY (mchid),
    CONSTRAINT contract_meta_version CHECK (contract_version > 0)
);
COMMENT ON TABLE rental.contract_meta IS 'How far the books of each merchant are complete';
COMMENT ON COLUMN rental.contract_meta.mchid IS 'Merchant';
COMMENT ON COLUMN rental.contract_meta.contract_version IS 'Version of the contract that these tables keep: 1';
COMMENT ON COLUMN rental.contract_meta.watermark_at IS 'Every payment and refund before this instant is in the books';

CREATE TABLE rental.payment (
    mchid text NOT NULL,
    out_trade_no text NOT NULL,
    sub_mchid text,
    appid text NOT NULL,
    transaction_id text,
    amount_fen bigint NOT NULL,
    status text NOT NULL,
    paid_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT payment_key PRIMARY KEY (mchid, out_trade_no),
    CONSTRAINT payment_status CHECK (status IN ('CREATED', 'PAID', 'CLOSED', 'UNKNOWN')),
    CONSTRAINT payment_amount CHECK (amount_fen > 0),
    CONSTRAINT payment_paid CHECK (status <> 'PAID' OR paid_at IS NOT NULL)
);
-- A day is read by the time of payment; what was never paid has none and is looked up by its number.
CREATE INDEX payment_paid_at ON rental.payment (mchid, paid_at) WHERE paid_at IS NOT NULL;
-- Not unique: two payments of one transaction are a difference that we must be able to hold (T08).
CREATE INDEX payment_transaction ON rental.payment (mchid, transaction_id) WHERE transaction_id IS NOT NULL;
COMMENT ON TABLE rental.payment IS 'Payments through WeChat Pay; one may cover several items';
COMMENT ON COLUMN rental.payment.mchid IS 'Merchant';
COMMENT ON COLUMN rental.payment.out_trade_no IS 'Order number as sent to WeChat Pay';
COMMENT ON COLUMN rental.payment.sub_mchid IS 'Sub-merchant when trading through a service provider';
COMMENT ON COLUMN rental.payment.appid IS 'Mini program in which it was paid';
COMMENT ON COLUMN rental.payment.transaction_id IS 'WeChat Pay''s number, once known';
COMMENT ON COLUMN rental.payment.amount_fen IS 'Order amount';
COMMENT ON COLUMN rental.payment.status IS 'CREATED, PAID, CLOSED or UNKNOWN';
COMMENT ON COLUMN rental.payment.paid_at IS 'Time of payment as the platform knows it';
COMMENT ON COLUMN rental.payment.created_at IS 'When the order was made';
COMMENT ON COLUMN rental.payment.updated_at IS 'When the row last changed';

CREATE TABLE rental.payment_item (
    mchid text NOT NULL,
    out_trade_no text NOT NULL,
    item_no integer NOT NULL,
    kind text NOT NULL,
    rental_no text,
    store_id text,
    amount_fen bigint NOT NULL,
    CONSTRAINT payment_item_key PRIMARY KEY (mchid, out_trade_no, item_no),
    CONSTRAINT payment_item_payment FOREIGN KEY (mchid, out_trade_no) REFERENCES rental.payment (mchid, out_trade_no),
    CONSTRAINT payment_item_kind CHECK (kind IN ('RENT', 'DEPOSIT', 'INSURANCE', 'SWAP', 'DAMAGE', 'PENALTY', 'OTHER'))
);
CREATE INDEX payment_item_rental ON rental.payment_item (mchid, rental_no) WHERE rental_no IS NOT NULL;
COMMENT ON TABLE rental.payment_item IS 'What a payment was for; the items of a payment add up to it';
COMMENT ON COLUMN rental.payment_item.mchid IS 'Merchant';
COMMENT ON COLUMN rental.payment_item.out_trade_no IS 'Payment';
COMMENT ON COLUMN rental.payment_item.item_no IS 'From 1';
COMMENT ON COLUMN rental.payment_item.kind IS 'RENT, DEPOSIT, INSURANCE, SWAP, DAMAGE, PENALTY or OTHER';
COMMENT ON COLUMN rental.payment_item.rental_no IS 'Rental that it belongs to';
COMMENT ON COLUMN rental.payment_item.store_id IS 'Store that it belongs to; NULL: unattributed';
COMMENT ON COLUMN rental.payment_item.amount_fen IS 'Amount';

CREATE TABLE rental.deposit (
    mchid text NOT NULL,
    deposit_id text NOT NULL,
    out_trade_no text,
    item_no integer,
    rental_no text,
    store_id text,
    amount_fen bigint NOT NULL,
    waived boolean NOT NULL,
    status text NOT NULL,
    due_at timestamptz,
    CONSTRAINT deposit_key PRIMARY KEY (mchid, deposit_id),
    CONSTRAINT deposit_item FOREIGN KEY (mchid, out_trade_no, item_no)
        REFERENCES rental.payment_item (mchid, out_trade_no, item_no),
    CONSTRAINT deposit_amount CHECK (amount_fen >= 0),
    CONSTRAINT deposit_status CHECK (status IN ('HELD', 'REFUND_DUE', 'REFUNDED', 'FORFEITED')),
    CONSTRAINT deposit_due CHECK (status <> 'REFUND_DUE' OR due_at IS NOT NULL),
    CONSTRAINT deposit_paid CHECK (waived OR (out_trade_no IS NOT NULL AND item_no IS NOT NULL))
);
CREATE INDEX deposit_payment ON rental.deposit (mchid, out_trade_no, item_no);
CREATE INDEX deposit_rental ON rental.deposit (mchid, rental_no) WHERE rental_no IS NOT NULL;
CREATE INDEX deposit_due_at ON rental.deposit (mchid, due_at) WHERE status = 'REFUND_DUE';
COMMENT ON TABLE rental.deposit IS 'Deposits of riders: the customer''s money until forfeited';
COMMENT ON COLUMN rental.deposit.mchid IS 'Merchant';
COMMENT ON COLUMN rental.deposit.deposit_id IS 'The platform''s number of the deposit';
COMMENT ON COLUMN rental.deposit.out_trade_no IS 'Payment that paid it; NULL only when waived';
COMMENT ON COLUMN rental.deposit.item_no IS 'Item of that payment; NULL only when waived';
COMMENT ON COLUMN rental.deposit.rental_no IS 'Rental that it secures';
COMMENT ON COLUMN rental.deposit.store_id IS 'Store of the rental';
COMMENT ON COLUMN rental.deposit.amount_fen IS 'Amount; what was waived when waived';
COMMENT ON COLUMN rental.deposit.waived IS 'Waived by pay score: no cash was taken';
COMMENT ON COLUMN rental.deposit.status IS 'HELD, REFUND_DUE, REFUNDED or FORFEITED';
COMMENT ON COLUMN rental.deposit.due_at IS 'Since when it is to be given back';

CREATE TABLE rental.deposit_deduction (
    mchid text NOT NULL,
    deduction_id text NOT NULL,
    deposit_id text NOT NULL,
    amount_fen bigint NOT NULL,
    reason text NOT NULL,
    made_by text NOT NULL,
    approved_by text,
    approved_at timestamptz,
    voided_at timestamptz,
    CONSTRAINT deposit_deduction_key PRIMARY KEY (mchid, deduction_id),
    CONSTRAINT deposit_deduction_deposit FOREIGN KEY (mchid, deposit_id) REFERENCES rental.deposit (mchid, deposit_id),
    CONSTRAINT deposit_deduction_amount CHECK (amount_fen > 0),
    CONSTRAINT deposit_deduction_reason CHECK (reason IN ('DAMAGE', 'LOSS', 'OVERDUE_RENT', 'CLEANING', 'OTHER')),
    CONSTRAINT deposit_deduction_approved CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
    CONSTRAINT deposit_deduction_checker CHECK (approved_by <> made_by)
);
CREATE INDEX deposit_deduction_of ON rental.deposit_deduction (mchid, deposit_id);
COMMENT ON TABLE rental.deposit_deduction IS 'What is kept back from a deposit, and who agreed';
COMMENT ON COLUMN rental.deposit_deduction.mchid IS 'Merchant';
COMMENT ON COLUMN rental.deposit_deduction.deduction_id IS 'The platform''s number of the deduction';
COMMENT ON COLUMN rental.deposit_deduction.deposit_id IS 'Deposit';
COMMENT ON COLUMN rental.deposit_deduction.amount_fen IS 'Amount kept back';
COMMENT ON COLUMN rental.deposit_deduction.reason IS 'DAMAGE, LOSS, OVERDUE_RENT, CLEANING or OTHER';
COMMENT ON COLUMN rental.deposit_deduction.made_by IS 'Who made it';
COMMENT ON COLUMN rental.deposit_deduction.approved_by IS 'Who approved it, somebody else; NULL: not yet in force';
COMMENT ON COLUMN rental.deposit_deduction.approved_at IS 'When it was approved';
COMMENT ON COLUMN rental.deposit_deduction.voided_at IS 'When it was withdrawn; NULL: it stands';

CREATE TABLE rental.refund (
    mchid text NOT NULL,
    out_refund_no text NOT NULL,
    out_trade_no text NOT NULL,
    item_no integer,
    kind text NOT NULL,
    amount_fen bigint NOT NULL,
    status text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT refund_key PRIMARY KEY (mchid, out_refund_no),
    CONSTRAINT refund_payment FOREIGN KEY (mchid, out_trade_no) REFERENCES rental.payment (mchid, out_trade_no),
    CONSTRAINT refund_kind CHECK (kind IN ('RENT', 'DEPOSIT', 'INSURANCE', 'SWAP', 'DAMAGE', 'PENALTY', 'OTHER')),
    CONSTRAINT refund_amount CHECK (amount_fen > 0),
    CONSTRAINT refund_status CHECK (status IN ('PROCESSING', 'SUCCESS', 'CLOSED', 'ABNORMAL', 'UNKNOWN'))
);
CREATE INDEX refund_created_at ON rental.refund (mchid, created_at);
CREATE INDEX refund_of ON rental.refund (mchid, out_trade_no);
COMMENT ON TABLE rental.refund IS 'Refunds that the platform made itself';
COMMENT ON COLUMN rental.refund.mchid IS 'Merchant';
COMMENT ON COLUMN rental.refund.out_refund_no IS 'Refund number as sent to WeChat Pay';
COMMENT ON COLUMN rental.refund.out_trade_no IS 'Payment that is given back';
COMMENT ON COLUMN rental.refund.item_no IS 'Item of that payment; NULL: not known';
COMMENT ON COLUMN rental.refund.kind IS 'Kind of the item';
COMMENT ON COLUMN rental.refund.amount_fen IS 'Amount given back';
COMMENT ON COLUMN rental.refund.status IS 'WeChat Pay''s status as the platform knows it: PROCESSING, SUCCESS, CLOSED, ABNORMAL or UNKNOWN';
COMMENT ON COLUMN rental.refund.created_at IS 'When the refund was asked for';

CREATE TABLE rental.store (
    mchid text NOT NULL,
    store_id text NOT NULL,
    name text NOT NULL,
    contact text,
    opened_on date NOT NULL,
    closed_on date,
    CONSTRAINT store_key PRIMARY KEY (mchid, store_id),
    CONSTRAINT store_days CHECK (closed_on >= opened_on)
);
COMMENT ON TABLE rental.store IS 'Stores of a merchant';
COMMENT ON COLUMN rental.store.mchid IS 'Merchant';
COMMENT ON COLUMN rental.store.store_id IS 'The platform''s number of the store';
COMMENT ON COLUMN rental.store.name IS 'Name as printed on statements';
COMMENT ON COLUMN rental.store.contact IS 'Whom to ask; never printed on statements';
COMMENT ON COLUMN rental.store.opened_on IS 'First day';
COMMENT ON COLUMN rental.store.closed_on IS 'Last day; NULL: open';

CREATE TABLE rental.store_terms (
    mchid text NOT NULL,
    store_id text NOT NULL,
    kind text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    share_ppm integer NOT NULL,
    fixed_fen bigint NOT NULL,
    fee_bearer text NOT NULL,
    cycle text NOT NULL,
    hold_days integer NOT NULL,
    min_payout_fen bigint NOT NULL,
    CONSTRAINT store_terms_key PRIMARY KEY (mchid, store_id, kind, valid_from),
    CONSTRAINT store_terms_store FOREIGN KEY (mchid, store_id) REFERENCES rental.store (mchid, store_id),
    CONSTRAINT store_terms_kind CHECK (kind IN ('RENT', 'DEPOSIT', 'INSURANCE', 'SWAP', 'DAMAGE', 'PENALTY', 'OTHER')),
    CONSTRAINT store_terms_days CHECK (valid_to >= valid_from),
    CONSTRAINT store_terms_share CHECK (share_ppm BETWEEN 0 AND 1000000),
    CONSTRAINT store_terms_fixed CHECK (fixed_fen >= 0),
    CONSTRAINT store_terms_bearer CHECK (fee_bearer IN ('STORE', 'OPERATOR', 'PRO_RATA')),
    CONSTRAINT store_terms_cycle CHECK (cycle IN ('DAY', 'WEEK', 'MONTH')),
    CONSTRAINT store_terms_hold CHECK (hold_days >= 0),
    CONSTRAINT store_terms_payout CHECK (min_payout_fen >= 0)
);
COMMENT ON TABLE rental.store_terms IS 'What a store gets of each kind of income, by days. Overlapping terms are a finding (S02), so nothing here forbids them.';
COMMENT ON COLUMN rental.store_terms.mchid IS 'Merchant';
COMMENT ON COLUMN rental.store_terms.store_id IS 'Store';
COMMENT ON COLUMN rental.store_terms.kind IS 'Kind of income';
COMMENT ON COLUMN rental.store_terms.valid_from IS 'First day';
COMMENT ON COLUMN rental.store_terms.valid_to IS 'Last day; NULL: until further notice';
COMMENT ON COLUMN rental.store_terms.share_ppm IS 'The store''s share in parts of a million';
COMMENT ON COLUMN rental.store_terms.fixed_fen IS 'Fixed amount a cycle beside the share';
COMMENT ON COLUMN rental.store_terms.fee_bearer IS 'Who bears WeChat Pay''s fee: STORE, OPERATOR or PRO_RATA';
COMMENT ON COLUMN rental.store_terms.cycle IS 'Period of the statements: DAY, WEEK or MONTH';
COMMENT ON COLUMN rental.store_terms.hold_days IS 'Days that income is held back';
COMMENT ON COLUMN rental.store_terms.min_payout_fen IS 'Below this the net is carried forward';

CREATE TABLE rental.store_adjustment (
    mchid text NOT NULL,
    adjustment_id text NOT NULL,
    store_id text NOT NULL,
    on_day date NOT NULL,
    amount_fen bigint NOT NULL,
    kind text NOT NULL,
    note text NOT NULL,
    made_by text NOT NULL,
    approved_by text,
    CONSTRAINT store_adjustment_key PRIMARY KEY (mchid, adjustment_id),
    CONSTRAINT store_adjustment_store FOREIGN KEY (mchid, store_id) REFERENCES rental.store (mchid, store_id),
    CONSTRAINT store_adjustment_amount CHECK (amount_fen <> 0),
    CONSTRAINT store_adjustment_checker CHECK (approved_by <> made_by)
);
CREATE INDEX store_adjustment_day ON rental.store_adjustment (mchid, on_day);
COMMENT ON TABLE rental.store_adjustment IS 'Amounts that the operator adds to or takes from a statement';
COMMENT ON COLUMN rental.store_adjustment.mchid IS 'Merchant';
COMMENT ON COLUMN rental.store_adjustment.adjustment_id IS 'The platform''s number of the adjustment';
COMMENT ON COLUMN rental.store_adjustment.store_id IS 'Store';
COMMENT ON COLUMN rental.store_adjustment.on_day IS 'Day whose statement carries it';
COMMENT ON COLUMN rental.store_adjustment.amount_fen IS 'Signed: positive for the store';
COMMENT ON COLUMN rental.store_adjustment.kind IS 'What it is, in the operator''s own words';
COMMENT ON COLUMN rental.store_adjustment.note IS 'Why';
COMMENT ON COLUMN rental.store_adjustment.made_by IS 'Who made it';
COMMENT ON COLUMN rental.store_adjustment.approved_by IS 'Who approved it, somebody else; NULL: not yet in force';
