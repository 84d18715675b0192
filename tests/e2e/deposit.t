#!/usr/bin/env bash
# payrecon deposit prove: what is held of the deposits, against the account's balance of the fund-flow bill.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "${BASH_SOURCE[0]}")/night.sh"
# shellcheck source=tests/e2e/lib_scenario.sh
source tests/e2e/lib_scenario.sh

prove() { # more options
    run payrecon deposit prove "$@"
}

# payrecon takes its words before --now.
run() {
    if [ "${told:-}" != "$now" ]; then
        tell "now $now"
        told=$now
    fi
    if [ "$1" = payrecon ]; then
        "$BUILD/payrecon" "$2" "$3" --now "$now" "${@:4}" >"$work/out" 2>"$work/err"
    else
        "$BUILD/$1" --now "$now" "${@:2}" >"$work/out" 2>"$work/err"
    fi
    code=$?
    out=$(cat "$work/out")
    log=$(cat "$work/err")
}

# Lines of the text, their blanks made one.
lines() {
    sed -E 's/ +/ /g; s/ $//' <<<"$out"
}

# The base world of the scenarios: on each of three days a deposit of 199.00 that was given back, and one of 299.00 that is held.
first_day=$SCENARIO_FIRST_DAY
mkdir -p "$work/world"
cp tests/scenarios/base/world.jsonl tests/scenarios/base/books.sql "$work/world/"
now=2026-05-11T10:30:00+08:00
start_sim "$now"
fresh
sql_files sql/roles.sql
# The job logs in as itself: what it is not granted it cannot do.
sed -i 's/^database = .*/& user=payrecon_job/' "$work/payrecon.conf"

# ---- the books without a balance ----------------------------------------------------------------

prove --day 2026-05-10
is "$code" 1 'without a fund-flow bill nothing is proved'
is "$(tail -n 1 <<<"$out")" "$MCHID: deposits held at the end of 2026-05-10: 299.00; the account's balance is not known, so nothing is proved" 'and it says so'
prove --day 2026-05-11
is "$code $log" "64 2026-05-11T10:30:00+08:00 error payrecon deposit prove: option --day: 2026-05-11 is not over yet" 'a day has to be over'
prove
is "$code" 64 'a day has to be given'

# ---- night by night -----------------------------------------------------------------------------

run payrecon-nightly
is "$code $(sql 'SELECT bill_day, rows, opening_fen FROM recon.fund_balance')" '0 2026-05-10 16 1000000' 'the balance is kept when the day is reconciled'
closing=$(sql 'SELECT closing_fen FROM recon.fund_balance')
prove --day 2026-05-10
is "$code" 0 'every deposit could be refunded'
is "$(lines)" "MERCHANT STORE DEPOSITS PAID REFUNDED DEDUCTED FORFEITED HELD EXCEPTIONS
$MCHID S1 1 199.00 199.00 0.00 0.00 0.00 0
$MCHID S2 1 299.00 0.00 0.00 0.00 299.00 0
$MCHID TOTAL 2 498.00 199.00 0.00 0.00 299.00 0

$MCHID: deposits held at the end of 2026-05-10: 299.00; on the account at the end of 2026-05-10: ${closing%??}.${closing: -2}; every deposit could be refunded" 'a line a store, and the total'

now=2026-05-12T10:30:00+08:00
prove --day 2026-05-11
is "$code" 0 'the newest balance before the day is taken'
like "$out" 'held at the end of 2026-05-11: 598.00; on the account at the end of 2026-05-10, the newest that is known: ' 'and named'
run payrecon-nightly
prove --day 2026-05-11
like "$code $out" '^0 .*on the account at the end of 2026-05-11: ' 'until its own is there'
prove --day 2026-05-10
like "$code $out" '^0 .*held at the end of 2026-05-10: 299.00; on the account at the end of 2026-05-10: ' 'a day that is gone by is proved as it was'

# ---- too little on the account ------------------------------------------------------------------

sql "UPDATE recon.fund_balance SET closing_fen = 59799 WHERE bill_day = '2026-05-11'"
prove --day 2026-05-11
is "$code" 1 'a fen is missing'
like "$out" 'on the account at the end of 2026-05-11: 597.99; 0.01 is missing$' 'and it says how much'
sql "UPDATE recon.fund_balance SET closing_fen = 59800 WHERE bill_day = '2026-05-11'"
prove --day 2026-05-11
like "$code $out" '^0 .*598.00; every deposit could be refunded$' 'exactly enough is enough'

# ---- our own refunds ----------------------------------------------------------------------------

sql "UPDATE rental.deposit SET status = 'REFUND_DUE', due_at = '2026-05-12 09:00+08' WHERE deposit_id = 'D051003'"
send_refunds D051003
now=2026-05-13T10:30:00+08:00
run payrecon-refund --follow
run payrecon-nightly
is "$code $(sql 'SELECT state, confirmed_day FROM recon.refund_request')" '0 CONFIRMED 2026-05-12' 'our refund is confirmed by the bill'
prove --day 2026-05-12
like "$code $(lines)" "^0 .*TOTAL 6 1494.00 896.00 0.00 0.00 598.00 0" 'and is not held any more'
prove --day 2026-05-11
like "$code $(lines)" "^0 .*TOTAL 4 996.00 398.00 0.00 0.00 598.00 0" 'but it was the day before'
sql "INSERT INTO rental.refund SELECT mchid, refund_no, out_trade_no, item_no, 'DEPOSIT', amount_fen, 'SUCCESS', accepted_at FROM recon.refund_request"
prove --day 2026-05-12
like "$code $(lines)" "^0 .*TOTAL 6 1494.00 896.00 0.00 0.00 598.00 0" 'a copy of the platform does not count twice'
sql "DELETE FROM rental.refund WHERE out_refund_no LIKE 'DR%'"

# ---- for machines -------------------------------------------------------------------------------

prove --day 2026-05-11 --format csv
is "$code $(wc -l <<<"$out")" '0 5' 'csv has a line a deposit'
is "$(grep D051103 <<<"$out")" "\"$MCHID\",\"D051103\",\"S2\",\"P051103\",\"HELD\",\"29900\",\"0\",\"0\",\"0\",\"29900\",\"yes\",\"\"" 'with its identity'
like "$log" 'held at the end of 2026-05-11: 598.00' 'the sum is in the log'
prove --day 2026-05-11 --format json
is "$code $(grep -c '"held_fen":29900' <<<"$out")" '0 2' 'json, too'

# ---- what does not hold -------------------------------------------------------------------------

while IFS='|' read -r change wanted; do
    sql "BEGIN; $change; COMMIT"
    prove --day 2026-05-11
    is "$code $(grep -E '(deposit|payment) [DP0-9]+:' <<<"$out")" "1 $MCHID $wanted" "$wanted"
    sql_files "$work/undo.sql"
done < <(
    cat >"$work/undo.sql" <<'END'
DELETE FROM rental.refund WHERE out_refund_no = 'XX';
INSERT INTO rental.deposit SELECT mchid, 'D051103', out_trade_no, 1, 'R051103', 'S2', 29900, false, 'HELD', NULL FROM rental.payment WHERE out_trade_no = 'P051103'
    ON CONFLICT (mchid, deposit_id) DO UPDATE SET status = 'HELD', amount_fen = 29900;
DELETE FROM rental.deposit WHERE deposit_id = 'DX';
UPDATE rental.payment SET status = 'PAID' WHERE out_trade_no = 'P051103';
END
    cat <<END
UPDATE rental.deposit SET status = 'REFUNDED' WHERE deposit_id = 'D051103'|deposit D051103: REFUNDED in the books, but 299.00 was neither refunded nor deducted
UPDATE rental.deposit SET amount_fen = 30000 WHERE deposit_id = 'D051103'|deposit D051103: its payment item is of 299.00
DELETE FROM rental.deposit WHERE deposit_id = 'D051103'|payment P051103: 299.00 was paid, and no deposit is recorded for it
UPDATE rental.payment SET status = 'UNKNOWN' WHERE out_trade_no = 'P051103'|deposit D051103: its payment is not paid in the books
INSERT INTO rental.refund VALUES ('$MCHID', 'XX', 'P051103', 1, 'DEPOSIT', 30000, 'SUCCESS', '2026-05-11 20:00+08')|deposit D051103: refunds and deductions exceed it by 1.00
END
)

# ---- who may ------------------------------------------------------------------------------------

sql "UPDATE rental.contract_meta SET watermark_at = '2026-05-11 12:00+08'"
prove --day 2026-05-11
is "$code" 75 'books that are not complete up to the end of the day prove nothing'
sql "UPDATE rental.contract_meta SET watermark_at = '2026-05-20 12:00+08'"
for role in payrecon_finance payrecon_auditor payrecon_ops_maker; do
    sed -i -E "s/^(database = .*) dbname=([^ ]+).*/\1 dbname=\2 user=$role/" "$work/payrecon.conf"
    prove --day 2026-05-11
    is "$code" 0 "$role may prove it"
done

# ---- what the platform sees ---------------------------------------------------------------------

is "$(sql 'SET SESSION AUTHORIZATION payrecon_platform; SELECT deposit_id, amount_fen, status, confirmed_day FROM recon_out.deposit_refund')" \
    'D051003 29900 CONFIRMED 2026-05-12' 'the platform reads what became of its request'

done_testing
