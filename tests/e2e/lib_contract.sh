# shellcheck shell=bash
# The platform's tables out of the way in schema platform, and in schema rental one view for each, as a platform with other tables would have
# it: so a test can spoil a view and put it right again. Sourced after night.sh; the books are those of tests/scenarios/base.

OTHER_MCHID=1900000110
CONTRACT_VIEWS='contract_meta payment payment_item deposit deposit_deduction refund store store_terms store_adjustment'

# Another company beside ours: the same amounts under other numbers, other stores, books that are not complete.
add_other_company() {
    sql "INSERT INTO platform.contract_meta VALUES ('$OTHER_MCHID', 1, '2026-05-10 06:00+08');
         INSERT INTO platform.payment
         SELECT '$OTHER_MCHID', 'Q' || substr(out_trade_no, 2), sub_mchid, 'wx50a1b2c3d4e5f607', '4299' || substr(transaction_id, 5), amount_fen,
                status, paid_at, created_at, updated_at FROM platform.payment;
         INSERT INTO platform.payment_item
         SELECT '$OTHER_MCHID', 'Q' || substr(out_trade_no, 2), item_no, kind, 'Q' || rental_no, 'T' || substr(store_id, 2), amount_fen
           FROM platform.payment_item;
         INSERT INTO platform.deposit
         SELECT '$OTHER_MCHID', 'Q' || deposit_id, 'Q' || substr(out_trade_no, 2), item_no, 'Q' || rental_no, 'T' || substr(store_id, 2),
                amount_fen, waived, status, due_at FROM platform.deposit;
         INSERT INTO platform.refund
         SELECT '$OTHER_MCHID', 'Q' || out_refund_no, 'Q' || substr(out_trade_no, 2), item_no, kind, amount_fen, status, created_at
           FROM platform.refund;
         INSERT INTO platform.store
         SELECT '$OTHER_MCHID', 'T' || substr(store_id, 2), name, contact, opened_on, closed_on FROM platform.store;
         INSERT INTO platform.store_terms
         SELECT '$OTHER_MCHID', 'T' || substr(store_id, 2), kind, valid_from, valid_to, share_ppm, fixed_fen, fee_bearer, cycle, hold_days,
                min_payout_fen FROM platform.store_terms"
}

make_contract_views() {
    local view
    sql 'CREATE SCHEMA platform'
    for view in $CONTRACT_VIEWS; do
        sql "ALTER TABLE rental.$view SET SCHEMA platform; CREATE VIEW rental.$view AS TABLE platform.$view"
    done
    add_other_company
}

mend_view() { # view
    sql "DROP VIEW IF EXISTS rental.$1; CREATE VIEW rental.$1 AS TABLE platform.$1"
}

# The columns of a table, some of them replaced: columns_of store 'opened_on = opened_on + 2'
columns_of() { # table, column = expression
    local name=${2%% = *} expression=${2#* = }
    sql "SELECT string_agg(CASE WHEN attname = '$name' THEN '$(printf %s "$expression" | sed "s/'/''/g") AS ' ELSE '' END || attname, ', ' ORDER BY attnum)
           FROM pg_attribute WHERE attrelid = 'platform.$1'::regclass AND attnum > 0 AND NOT attisdropped"
}

# The view gives something else from now on.
show_instead() { # view, select list, rest of the query
    sql "CREATE OR REPLACE VIEW rental.$1 AS SELECT $2 FROM platform.$1 $3"
}

# Our rows are the other company's and theirs ours.
show_other_company() { # view
    show_instead "$1" "$(columns_of "$1" "mchid = CASE mchid WHEN '$MCHID' THEN '$OTHER_MCHID' ELSE '$MCHID' END")" ''
}

# Another day's rows stand where those of 2026-05-11 should be.
show_other_day() { # view
    local move="CASE WHEN x BETWEEN '2026-05-12 00:00+08' AND '2026-05-13 00:00+08' THEN x - interval '1 day' ELSE x END"
    case $1 in
    contract_meta) show_instead "$1" "$(columns_of "$1" "watermark_at = watermark_at - interval '9 days'")" '' ;;
    payment) show_instead "$1" "$(columns_of "$1" "paid_at = ${move//x/paid_at}")" "WHERE out_trade_no !~ '^.0511'" ;;
    refund) show_instead "$1" "$(columns_of "$1" "created_at = ${move//x/created_at}")" "WHERE out_trade_no !~ '^.0511'" ;;
    payment_item) show_instead "$1" "$(columns_of "$1" "out_trade_no = regexp_replace(out_trade_no, '0([1-6])\$', '7\\1')")" "WHERE out_trade_no !~ '^.0512'" ;;
    deposit) show_instead "$1" "$(columns_of "$1" "out_trade_no = regexp_replace(out_trade_no, '0511', '0510')")" '' ;;
    store) show_instead "$1" "$(columns_of "$1" "opened_on = DATE '2026-05-12'")" '' ;;
    store_terms) show_instead "$1" "$(columns_of "$1" "valid_from = DATE '2026-05-12'")" '' ;;
    esac
}

spoil_view() { # view, way
    case $2 in
    deleted) sql "DROP VIEW rental.$1" ;;
    emptied) show_instead "$1" '*' 'WHERE false' ;;
    truncated) show_instead "$1" '*' "WHERE ctid IN (SELECT ctid FROM (SELECT ctid, row_number() OVER (ORDER BY ctid) AS n FROM platform.$1 WHERE mchid = '$MCHID') r WHERE n % 2 = 0)" ;;
    other-company) show_other_company "$1" ;;
    other-day) show_other_day "$1" ;;
    esac
}
