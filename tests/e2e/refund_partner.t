#!/usr/bin/env bash
# Deposit refunds of merchants behind a service provider, from the request to the night whose bill confirms them: two sub-merchants with keys of
# their provider's only, the trade bill of each alone, its fund flow sealed. One refund arrives, one does not.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "${BASH_SOURCE[0]}")/night.sh"
# shellcheck source=tests/e2e/lib_refund.sh
source tests/e2e/lib_refund.sh

PROVIDER=1900000200
ARRIVES=1900000201
FAILS=1900000202
APPID=wx0123456789abcdec
first_day=2026-05-31
mkdir -p "$work/world"

# A payment of deposit and rent; the same numbers for both, which WeChat Pay does not mind.
write_merchant() { # mchid, third digit of its transaction, more of the payment
    printf '{"merchant":{"mchid":"%s","name":"特约","appids":["%s"],"rate":"0.60%%","provider":"%s","opening_balance_fen":1000000}}\n' "$1" $APPID $PROVIDER
    printf '{"payment":{"mchid":"%s","appid":"%s","out_trade_no":"P000001","transaction_id":"43%s00001","time":"2026-05-31T08:12:30+08:00","total_fen":23000%s}}\n' \
        "$1" $APPID "$2" "${3:-}"
}

write_books() { # mchid, third digit of its transaction
    cat <<END
INSERT INTO rental.contract_meta VALUES ('$1', 1, '2027-01-01 00:00+08');
INSERT INTO rental.store VALUES ('$1', 'S1', '一店', NULL, '2026-01-01', NULL);
INSERT INTO rental.store_terms VALUES ('$1', 'S1', 'RENT', '2026-01-01', NULL, 700000, 0, 'STORE', 'DAY', 0, 0);
INSERT INTO rental.payment VALUES ('$1', 'P000001', '$1', '$APPID', '43${2}00001', 23000, 'PAID', '2026-05-31 08:12:31+08', '2026-05-31 08:12:00+08', '2026-05-31 08:12:31+08');
INSERT INTO rental.payment_item VALUES ('$1', 'P000001', 1, 'DEPOSIT', 'L1', 'S1', 20000), ('$1', 'P000001', 2, 'RENT', 'L1', 'S1', 3000);
INSERT INTO rental.deposit VALUES ('$1', 'D1', 'P000001', 1, 'L1', 'S1', 20000, false, 'REFUND_DUE', '2026-06-01 00:00+08');
END
}

{
    printf '{"merchant":{"mchid":"%s","name":"服务商","appids":["%s"],"rate":"0.60%%"}}\n' $PROVIDER $APPID
    write_merchant $ARRIVES 1
    write_merchant $FAILS 2 ',"refund_ends":"ABNORMAL","refund_after_s":3600'
} >"$work/world/world.jsonl"
{
    write_books $ARRIVES 1
    write_books $FAILS 2
} >"$work/world/books.sql"

# Merchants are added through their provider.
add_merchant() { # mchid
    "$BUILD/payrecon" merchant add --mchid "$1" --sp-mchid $PROVIDER --fund-account BASIC --name 特约 --rate 0.60% --first-day $first_day --appid $APPID \
        >"$work/out" 2>&1 || bail "merchant add: $(cat "$work/out")"
}

days() {
    sql "SELECT mchid, bill_day, verdict, rows, matched FROM recon.day WHERE verdict IS NOT NULL ORDER BY bill_day, mchid"
}

refunds() {
    sql "SELECT mchid, state, confirmed_day FROM recon.refund_request ORDER BY mchid" | sed 's/ $//'
}

findings() {
    sql "SELECT mchid, bill_day, leg, code, state FROM recon.finding ORDER BY mchid, bill_day, code"
}

MCHID=$ARRIVES
now=2026-06-01T10:30:00+08:00
start_sim "$now"
fresh
add_merchant $FAILS
sql_files sql/roles.sql
sed -i "s/^database = .*/& user=payrecon_job/" "$work/payrecon.conf"

run payrecon-nightly
is "$code $(days | paste -sd ,)" "0 $ARRIVES 2026-05-31 BALANCED 1 1,$FAILS 2026-05-31 BALANCED 1 1" 'the day of the payments balances for both'

now=2026-06-01T12:00:00+08:00
approve_some 1 1
MCHID=$FAILS approve_some 1 1
run payrecon-refund
is "$code $(refunds | paste -sd ,)" "0 $ARRIVES PROCESSING,$FAILS PROCESSING" 'both refunds are accepted'
is "$(accepted)" '2 2 40000' 'each under a number of its own'

now=2026-06-02T10:30:00+08:00
run payrecon-nightly
is "$(refunds | paste -sd ,)" "$ARRIVES CONFIRMED 2026-06-01,$FAILS ABNORMAL" "the next day's bill confirms the one that arrived"
is "$code $(findings)" "1 $FAILS 2026-06-01 REFUND R05 OPEN" 'and the other is R05, of its own merchant'
is "$(days | tail -n 2 | paste -sd ,)" "$ARRIVES 2026-06-01 BALANCED 1 1,$FAILS 2026-06-01 BROKEN 1 0" 'the days of the refunds'
is "$(sql "SELECT mchid, refund_no = (SELECT q.refund_no FROM recon.refund_request q WHERE q.mchid = b.mchid), amount_fen, status
             FROM recon.refund_bill_row b ORDER BY mchid" | paste -sd ,)" "$ARRIVES t 20000 SUCCESS,$FAILS t 20000 CHANGE" 'each bill has the row of its own merchant only'
is "$(grep '"method":"GET"' "$work/requests" | grep "$REFUNDS" | grep -vc "sub_mchid=19000002")" 0 'queries name the sub-merchant'
is "$(sql "SELECT count(*) FROM recon.identity WHERE NOT holds AND mchid = '$ARRIVES'")" 0 'every sum of the first one holds'

run payrecon-nightly
is "$out $(refunds | head -n 1)" "nothing is due $ARRIVES CONFIRMED 2026-06-01" 'the same night again changes nothing'

done_testing
