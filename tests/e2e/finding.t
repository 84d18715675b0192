#!/usr/bin/env bash
# payrecon finding accept: a bill that WeChat Pay issued again leaves its day BROKEN until two people have accepted the difference.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "$0")/night.sh"
# shellcheck source=tests/e2e/lib_scenario.sh
source tests/e2e/lib_scenario.sh

# The first two nights of a scenario whose second one changes an amount of a day that is settled.
prepare_scenarios
cp -R "$SCENARIOS/e06_amount_changed" "$work/scenario"
make_scenario_world "$work/scenario" "$work/world/world.jsonl"
start_sim 2026-05-11T10:30:00+08:00
name=finding_$$
databases+=("$name")
admin "CREATE DATABASE $name TEMPLATE $scenario_template" || bail "no database"
use_database "$name"
sql_files sql/roles.sql
now=2026-05-11T10:30:00+08:00
run payrecon-nightly
# shellcheck source=/dev/null
source "$work/scenario/night2.sh"
now=2026-05-12T10:30:00+08:00
run payrecon-nightly

verdict() {
    sql "SELECT stage, verdict, (SELECT count(*) FROM recon.finding f WHERE f.bill_day = d.bill_day AND state <> 'RESOLVED') FROM recon.day d WHERE bill_day = '2026-05-10'"
}
is "$code $(verdict)" "1 SETTLED BROKEN 3" "a bill that was issued again: its day is BROKEN by E06 of both bills and by the row"
run payrecon-nightly
is "$(verdict)" "SETTLED BROKEN 3" "and stays so"

# People with logins of their own.
people=()
remove_people() {
    local person
    for person in "${people[@]}"; do
        admin "DROP ROLE IF EXISTS $person"
    done
    clean_up
}
trap remove_people EXIT
as() { # login, words of payrecon…
    sed "s|^database = .*|& user=$1|" "$work/payrecon.conf" >"$work/person.conf"
    PAYRECON_CONFIG=$work/person.conf "$BUILD/payrecon" "${@:2}" --now "$now" >"$work/out" 2>"$work/err"
    code=$?
    out=$(cat "$work/out")
    log=$(cat "$work/err")
}
anna=anna_$$
bert=bert_$$
for person in "$anna" "$bert"; do
    admin "CREATE ROLE $person LOGIN IN ROLE payrecon_finance" || bail "no role"
    people+=("$person")
done
id_of() { # key
    sql "SELECT finding_id FROM recon.finding WHERE bill_day = '2026-05-10' AND key = '$1'"
}
trade=$(id_of TRADE_ALL)

# ---- what is refused ----------------------------------------------------------------------------

as "$anna" finding accept
is "$code" 64 "accept needs an id"
as "$anna" finding accept xyz --note x
is "$code" 64 "that is one"
as "$anna" finding accept 0123456789abcdef0123456789abcdef --note x
is "$code" 64 "of a finding that is known"
like "$log" "finding 0123456789abcdef0123456789abcdef is not known" "and names it"
as "$anna" finding accept "$trade"
is "$code" 64 "and a note"
as "$anna" finding accept "$trade" --note ' '
is "$code" 64 "that says something"
as "$anna" finding accept "$trade" --note x --confirm 1
is "$code" 64 "nobody proposes and confirms at once"
as "$anna" finding accept "$trade" --confirm 1
is "$code" 65 "or confirms what nobody proposed"
for role in payrecon_job payrecon_ops_maker payrecon_ops_checker payrecon_auditor; do
    as $role finding accept "$trade" --note x
    is "$code $(verdict)" "77 SETTLED BROKEN 3" "$role may not"
done

# ---- two people ---------------------------------------------------------------------------------

as "$anna" finding accept "$trade" --note '微信更正，差额已核对'
is "$code" 0 "anna proposes"
is "$out" "proposed to accept finding $trade: $MCHID 2026-05-10 E06 TRADE_ALL, difference -5.00
next: somebody else with a login of finance: payrecon finding accept $trade --confirm 1" "and reads what comes next"
as "$anna" finding list --state IN_REVIEW --format csv
like "$out" "\"E06\",\"账单重出\",\"IN_REVIEW\",.*\"$trade\",\"proposal 1 of $anna: 微信更正，差额已核对\"" "it is shown"
run payrecon-nightly
is "$(verdict)" "SETTLED BROKEN 3" "the day is as BROKEN as before"
as "$anna" finding accept "$trade" --confirm 1
is "$code" 65 "anna does not confirm herself"
like "$log" "was proposed by $anna: another login has to confirm it" "and is told"
as "$bert" finding accept "$trade" --confirm 2
is "$code" 65 "bert does not confirm another proposal"
as "$bert" finding accept "$trade" --confirm 1
is "$code" 0 "bert confirms"
is "$out" "accepted finding $trade: $MCHID 2026-05-10 E06 TRADE_ALL, difference -5.00
as $anna proposed: 微信更正，差额已核对
next: payrecon-nightly or payrecon-reconcile makes the verdict of 2026-05-10 anew" "and reads what he confirmed"
as "$bert" finding accept "$trade" --confirm 1
is "$code" 65 "once"
is "$(sql "SELECT who, state, resolution FROM recon.finding_event WHERE finding_id = '$trade' ORDER BY event_no DESC LIMIT 2" | paste -sd ,)" \
    "$bert RESOLVED accepted,$anna IN_REVIEW " "both have their event"
run payrecon-nightly
is "$code $(verdict)" "1 SETTLED BROKEN 2" "the other findings keep the day BROKEN"

# Somebody has the merchant: nothing is half done.
mkfifo "$work/hold"
PGOPTIONS='' psql -X -q -A -t -d "$conninfo" <"$work/hold" >"$work/held" &
pids+=($!)
exec 9>"$work/hold"
echo "SELECT pg_advisory_lock(hashtextextended('payrecon merchant $MCHID', 0)), 'held';" >&9
while ! grep -q held "$work/held"; do
    sleep 0.02
done
as "$anna" finding accept "$(id_of FUND_BASIC)" --note x
is "$code" 75 "while a run works on the merchant it is for later"
like "$log" "another worker has merchant $MCHID" "and it says so"
exec 9>&-
wait "${pids[-1]}"
unset 'pids[-1]'

for key in FUND_BASIC P051005; do
    as "$bert" finding accept "$(id_of $key)" --note '同上'
    as "$anna" finding accept "$(id_of $key)" --confirm 1
    is "$code" 0 "$key, the other way round"
done
is "$(verdict)" "FETCHED  0" "the day is to be reconciled again"
run payrecon-nightly
is "$code $(verdict)" "0 SETTLED BALANCED 0" "and is BALANCED"
is "$(sql "SELECT holds, left_fen - right_fen FROM recon.identity WHERE name = 'payments' AND bill_day = '2026-05-10'")" "f -500" "its payments are off by what was accepted"
payrecon day show -m $MCHID --day 2026-05-10
like "$out" "payments +off by what was accepted: .*E06 账单重出 +RESOLVED accepted" "which is shown"
payrecon finding list --day 2026-05-10 --state RESOLVED --format csv
is "$(grep -c "\"accepted by \(anna\|bert\)_$$ and \(anna\|bert\)_$$: " <<<"$out")" 3 "with both names"
before=$(dump)
run payrecon-nightly
run payrecon-reconcile --day 2026-05-10
is "$code $(verdict)" "0 RECONCILED BALANCED 0" "it stays so when it is reconciled once more"
run payrecon-nightly
is "$(dump)" "$before" "and nothing changed"

# ---- another version ----------------------------------------------------------------------------

sed -i '/P051005/s/"total_fen":4000/"total_fen":3900/' "$work/world/world.jsonl"
tell reload
now=2026-05-13T10:30:00+08:00
run payrecon-nightly
is "$(verdict)" "SETTLED BROKEN 3" "another difference than the one that was accepted"
is "$(sql "SELECT DISTINCT state FROM recon.finding WHERE bill_day = '2026-05-10'")" "REOPENED" "is open again"

done_testing
