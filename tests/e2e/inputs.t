#!/usr/bin/env bash
# Every input deleted, truncated, emptied and swapped in turn: a day that balances does so no longer, the run says what is wrong and where,
# nothing half is left, and once the input is right again the next run balances. Then what else can happen to a run.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "$0")/night.sh"
# shellcheck source=tests/e2e/lib_scenario.sh
source tests/e2e/lib_scenario.sh
# shellcheck source=tests/e2e/lib_contract.sh
source tests/e2e/lib_contract.sh

DAY=2026-05-11
NIGHT=2026-05-12T10:30:00+08:00

# ---- two templates: the night before the day, and the day balanced ------------------------------

copy_database() { # template, name
    databases+=("$2")
    admin "CREATE DATABASE $2 TEMPLATE $1" || bail "no database"
    use_database "$2"
    rm -rf "$work/statements"
    cp -R "$work/statements.$1" "$work/statements"
}

keep_as_template() { # name
    mkdir "$work/statements.$1"
    cp -R "$work/statements/." "$work/statements.$1/"
}

verdict() {
    sql "SELECT verdict FROM recon.day WHERE mchid = '$MCHID' AND bill_day = '$DAY'"
}

prepare_scenarios
before=inputs_before_$$
balanced=inputs_balanced_$$
mkdir "$work/statements.$scenario_template"
copy_database "$scenario_template" "$before"
make_contract_views
start_sim 2026-05-11T10:30:00+08:00
use_database "$before"
now=2026-05-11T10:30:00+08:00
run payrecon-nightly
is "$code" 0 "the first day balances"
keep_as_template "$before"
copy_database "$before" "$balanced"
now=$NIGHT
run payrecon-nightly
is "$code $(verdict)" "0 BALANCED" "the second day balances"
keep_as_template "$balanced"

# ---- what holds for every case ------------------------------------------------------------------

# Files of statements: names and bytes, and nothing unfinished.
files() {
    (cd "$work/statements" && find . -type f | LC_ALL=C sort | xargs -r sha256sum)
}

# Every statement of the database has its files, and there is no other file.
files_fit() {
    local stored
    stored=$(sql "SELECT format('settle_%s_%s_%s_v%s', mchid, store_id, period_from, version) FROM recon.statement" | LC_ALL=C sort)
    [ "$stored" = "$(cd "$work/statements" && find . -type f -printf '%f\n' | sed -E 's/(\.machine)?\.(csv|json)$//' | LC_ALL=C sort -u)" ] && echo fit
}

# Both programs over the day; what they said is in $said, how they ended in $codes.
judge_day() {
    run payrecon-reconcile -m "$MCHID" --day "$DAY"
    codes=$code
    said=$out$log
    run payrecon-settle -m "$MCHID" --day "$DAY"
    codes="$codes $code"
    said=$said$out$log
}

# Codes, verdict; and what names the cause: the programs, else the findings.
is_spoiled() { # codes, verdict, what names it, name
    judge_day
    is "$codes $(verdict)" "$1 $2" "$4: $2"
    [ "$2" = INCOMPLETE ] || said=$(sql "SELECT code, key FROM recon.finding WHERE bill_day = '$DAY' AND state IN ('OPEN', 'PENDING', 'REOPENED')")
    like "$said" "$3" "$4: is named"
    is "$(files_fit)" fit "$4: statements are whole or not there"
}

# What settling found stays until settling finds it no more, so only its code counts.
is_mended() { # name
    judge_day
    is "$code $(verdict) $(files_fit)" "0 BALANCED fit" "$1, and mended: balances again"
}

# ---- the books ----------------------------------------------------------------------------------

# view, way, exit codes of reconcile and settle, verdict, what is named
books_cases() {
    cat <<'END'
contract_meta deleted       75 75 INCOMPLETE E09 rental\.contract_meta is missing
contract_meta emptied       75 75 INCOMPLETE E09 rental\.contract_meta has no row for merchant 1900000109
contract_meta truncated     75 75 INCOMPLETE E09 rental\.contract_meta has no row for merchant 1900000109
contract_meta other-company 75 75 INCOMPLETE E09 books are complete up to 2026-05-10T06:00:00\+08:00 only
contract_meta other-day     75 75 INCOMPLETE E09 books are complete up to 2026-05-11T06:00:00\+08:00 only
payment       deleted       75 75 INCOMPLETE E09 rental\.payment is missing
payment       emptied       75 75 INCOMPLETE E09 the books have no payment of 2026-05-11
payment       truncated     1  1  BROKEN     T01 P05110[135]
payment       other-company 1  1  BROKEN     T01 P051101
payment       other-day     1  1  BROKEN     T01 P051101
payment_item  deleted       75 75 INCOMPLETE E09 rental\.payment_item is missing
payment_item  emptied       1  1  BROKEN     T12 P051101
payment_item  truncated     1  1  BROKEN     T12 P05110[0-9]
payment_item  other-company 1  1  BROKEN     T12 P051101
payment_item  other-day     1  1  BROKEN     T12 P051101
deposit       deleted       75 75 INCOMPLETE E09 rental\.deposit is missing
deposit       emptied       1  1  BROKEN     T12 deposit/P051102
deposit       truncated     1  1  BROKEN     T12 deposit/P05110[23]
deposit       other-company 1  1  BROKEN     T12 deposit/P051102
deposit       other-day     1  1  BROKEN     T12 deposit/P051102
refund        deleted       75 75 INCOMPLETE E09 rental\.refund is missing
refund        emptied       1  1  BROKEN     R01 PR051101
refund        truncated     1  1  BROKEN     R01 PR051101
refund        other-company 1  1  BROKEN     R01 PR051101
refund        other-day     1  1  BROKEN     R01 PR051101
store         deleted       75 75 INCOMPLETE E09 rental\.store is missing
store         emptied       0  1  BROKEN     S01 S1
store         truncated     0  1  BROKEN     S01 S[13]
store         other-company 0  1  BROKEN     S01 S1
store         other-day     0  1  BROKEN     S01 S1
store_terms   deleted       75 75 INCOMPLETE E09 rental\.store_terms is missing
store_terms   emptied       0  1  BROKEN     S02 S1
store_terms   truncated     0  1  BROKEN     S02 S[123]
store_terms   other-company 0  1  BROKEN     S02 S1
store_terms   other-day     0  1  BROKEN     S02 S1
END
}

copy_database "$balanced" "inputs_books_$$"
while read -r view way codes_reconcile codes_settle expected names; do
    spoil_view "$view" "$way"
    is_spoiled "$codes_reconcile $codes_settle" "$expected" "$names" "$view $way"
    mend_view "$view"
    is_mended "$view $way"
done < <(books_cases)

# Nobody needs to know which day it was: the night finds it.
is_healed_by_night() { # name, what it comes to
    now=2026-05-12T11:30:00+08:00
    run payrecon-nightly
    now=$NIGHT
    is "$code $(verdict) $(files_fit)" "${2:-0 BALANCED} fit" "$1: the next night finds the day and heals it"
}

spoil_view payment deleted
judge_day
mend_view payment
is_healed_by_night "payment deleted"

# ---- bills in evidence --------------------------------------------------------------------------

# Another company's bills of the day, as WeChat Pay would have served them.
add_other_bills() {
    "$BUILD/payrecon" merchant add --mchid "$OTHER_MCHID" --name 邻家换电 --appid wx50a1b2c3d4e5f607 --rate 0.60% --first-day "$DAY" >"$work/out" 2>&1 ||
        bail "merchant add: $(cat "$work/out")"
    run payrecon-fetch -m "$OTHER_MCHID"
    is "$code" 0 "the other company's bills are there"
}

# A file in evidence becomes another one, digests and all.
swap_evidence() { # kind, mchid and day of the other
    sql "UPDATE recon.bill_chunk c SET content = o.content FROM recon.bill_chunk o
          WHERE c.mchid = '$MCHID' AND c.bill_day = '$DAY' AND c.kind = '$1' AND o.kind = '$1' AND o.mchid = '$2' AND o.bill_day = '$3';
         UPDATE recon.bill_file f SET announced_sha1 = o.announced_sha1, plain_sha1 = o.plain_sha1, received_sha256 = o.received_sha256,
                received_bytes = o.received_bytes, plain_bytes = o.plain_bytes
           FROM recon.bill_file o
          WHERE f.mchid = '$MCHID' AND f.bill_day = '$DAY' AND f.kind = '$1' AND o.kind = '$1' AND o.mchid = '$2' AND o.bill_day = '$3'"
}

spoil_evidence() { # kind, way
    local ours="mchid = '$MCHID' AND bill_day = '$DAY' AND kind = '$1'"
    case $2 in
    deleted) sql "DELETE FROM recon.bill_chunk WHERE $ours; DELETE FROM recon.bill_file WHERE $ours" ;;
    bytes-deleted) sql "DELETE FROM recon.bill_chunk WHERE $ours" ;;
    truncated) sql "UPDATE recon.bill_chunk SET content = substr(content, 1, length(content) / 2) WHERE $ours" ;;
    emptied) sql "UPDATE recon.bill_chunk SET content = '' WHERE $ours" ;;
    one-bit) sql "UPDATE recon.bill_chunk SET content = set_bit(content, 1000, 1 - get_bit(content, 1000)) WHERE $ours" ;;
    bytes-of-other-day) sql "UPDATE recon.bill_chunk SET content = (SELECT content FROM recon.bill_chunk WHERE mchid = '$MCHID' AND kind = '$1' AND bill_day = '2026-05-10') WHERE $ours" ;;
    other-day) swap_evidence "$1" "$MCHID" 2026-05-10 ;;
    other-company) swap_evidence "$1" "$OTHER_MCHID" "$DAY" ;;
    no-statement) sql "DELETE FROM recon.bill_chunk WHERE $ours; UPDATE recon.bill_file SET state = 'NO_STATEMENT', announced_sha1 = NULL, plain_sha1 = NULL, received_sha256 = NULL, received_bytes = 0, plain_bytes = 0 WHERE $ours" ;;
    esac
}

keep_evidence() {
    sql 'CREATE SCHEMA kept; CREATE TABLE kept.bill_file AS TABLE recon.bill_file; CREATE TABLE kept.bill_chunk AS TABLE recon.bill_chunk'
}

mend_evidence() {
    sql 'DELETE FROM recon.bill_chunk; DELETE FROM recon.bill_file;
         INSERT INTO recon.bill_file TABLE kept.bill_file; INSERT INTO recon.bill_chunk TABLE kept.bill_chunk'
}

# kind, way, exit codes, verdict, what is named
evidence_cases() {
    cat <<'END'
TRADE_ALL  deleted            75 75 INCOMPLETE E01 trade bill of 2026-05-11
TRADE_ALL  bytes-deleted      65 75 INCOMPLETE E03 trade bill of 2026-05-11
TRADE_ALL  truncated          65 75 INCOMPLETE E03 trade bill of 2026-05-11
TRADE_ALL  emptied            65 75 INCOMPLETE E03 trade bill of 2026-05-11
TRADE_ALL  one-bit            65 75 INCOMPLETE E03 trade bill of 2026-05-11
TRADE_ALL  bytes-of-other-day 65 75 INCOMPLETE E03 trade bill of 2026-05-11
TRADE_ALL  other-day          65 75 INCOMPLETE E07 every payment of the trade bill of 2026-05-11
TRADE_ALL  other-company      65 75 INCOMPLETE E07 every row of the trade bill of 2026-05-11
TRADE_ALL  no-statement       75 75 INCOMPLETE E02 the trade bill of 2026-05-11 is empty
FUND_BASIC deleted            75 75 INCOMPLETE E01 fund-flow bill of 2026-05-11
FUND_BASIC bytes-deleted      65 75 INCOMPLETE E03 fund-flow bill of 2026-05-11
FUND_BASIC truncated          65 75 INCOMPLETE E03 fund-flow bill of 2026-05-11
FUND_BASIC emptied            65 75 INCOMPLETE E03 fund-flow bill of 2026-05-11
FUND_BASIC one-bit            65 75 INCOMPLETE E03 fund-flow bill of 2026-05-11
FUND_BASIC bytes-of-other-day 65 75 INCOMPLETE E03 fund-flow bill of 2026-05-11
FUND_BASIC other-day          65 75 INCOMPLETE E07 16 of 16 rows of the fund-flow bill of 2026-05-11
FUND_BASIC other-company      65 75 INCOMPLETE E07 no row of the fund-flow bill of 2026-05-11
FUND_BASIC no-statement       75 75 INCOMPLETE E02 the fund-flow bill of 2026-05-11 is empty
END
}

copy_database "$balanced" "inputs_evidence_$$"
add_other_bills
keep_evidence
while read -r kind way codes_reconcile codes_settle expected names; do
    spoil_evidence "$kind" "$way"
    is_spoiled "$codes_reconcile $codes_settle" "$expected" "$names" "$kind $way"
    mend_evidence
    is_mended "$kind $way"
done < <(evidence_cases)

for kind in TRADE_ALL FUND_BASIC; do
    for way in bytes-deleted one-bit deleted; do
        spoil_evidence "$kind" "$way"
        judge_day
        sql "UPDATE recon.merchant SET suspended_at = '$NIGHT' WHERE mchid = '$OTHER_MCHID'"
        is_healed_by_night "$kind $way"
        mend_evidence
        judge_day
    done
    # Bytes and digests were exchanged together: what comes from WeChat Pay is not what the first verdict is said to have rested on.
    spoil_evidence "$kind" other-day
    judge_day
    is_healed_by_night "$kind other-day" '1 BROKEN'
    is "$(sql "SELECT code FROM recon.finding WHERE bill_day = '$DAY' AND key = '$kind' AND state IN ('OPEN', 'REOPENED')")" E06 "$kind other-day: and says that it is another bill"
    mend_evidence
    judge_day
done

# ---- bills on their way -------------------------------------------------------------------------

# request, fault, exit code of the night, what is named
fetch_cases() {
    cat <<'END'
tradebill    not-ready                75 E01 trade bill of 2026-05-11
tradebill    no-bill                  75 E02 the trade bill of 2026-05-11 is empty
tradebill    wrong-digest             75 E03 trade bill of 2026-05-11: SHA-1 is
tradebill    swap-day=2026-05-10      65 E07 every payment of the trade bill of 2026-05-11
tradebill    swap-merchant=1900000110 65 E07 every row of the trade bill of 2026-05-11
fundflowbill not-ready                75 E01 fund-flow bill of 2026-05-11
fundflowbill no-bill                  75 E02 the fund-flow bill of 2026-05-11 is empty
fundflowbill wrong-digest             75 E03 fund-flow bill of 2026-05-11: SHA-1 is
fundflowbill swap-day=2026-05-10      65 E07 16 of 16 rows of the fund-flow bill of 2026-05-11
fundflowbill swap-merchant=1900000110 65 E07 no row of the fund-flow bill of 2026-05-11
download     truncate=100             75 E04 trade bill of 2026-05-11
download     empty-body               75 E04 trade bill of 2026-05-11
END
}

number=0
while read -r request fault expected names; do
    number=$((number + 1))
    copy_database "$before" "inputs_fetch_$$_$number"
    earlier=$(files)
    set_faults "$request bill_date=$DAY $fault"
    now=$NIGHT
    run payrecon-nightly
    is "$code $(verdict)" "$expected INCOMPLETE" "$request $fault: INCOMPLETE"
    like "$out" "$names" "$request $fault: is named"
    is "$(files)" "$earlier" "$request $fault: no statement"
    set_faults ''
    now=2026-05-12T11:30:00+08:00
    run payrecon-nightly
    is "$code $(verdict) $(files_fit)" "0 BALANCED fit" "$request $fault, and mended: balances"
done < <(fetch_cases)
now=$NIGHT

# ---- the database goes away ---------------------------------------------------------------------

# Waits until a statement in the run's database waits for a lock, and ends its connection.
terminate_waiting() {
    local _ ended
    for _ in $(seq 400); do
        ended=$(admin "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                        WHERE datname = '${databases[-1]}' AND wait_event_type = 'Lock'" | grep -o '[0-9]\+' | head -n 1)
        [ "${ended:-0}" -gt 0 ] && return
        sleep 0.05
    done
    bail "nothing waits for a lock"
}

# A session that holds a lock on a table until its input ends.
hold_lock() { # table
    coproc locker { PGOPTIONS='-c client_min_messages=warning' psql -X -q -A -t -d "$conninfo" 2>&1; }
    locker_in=${locker[1]}
    # shellcheck disable=SC2154 # bash sets it
    locker_process=$locker_PID
    echo "BEGIN; LOCK TABLE $1 IN ACCESS EXCLUSIVE MODE; SELECT 'locked';" >&"$locker_in"
    read -r _ <&"${locker[0]}"
}

drop_lock() {
    echo 'ROLLBACK; \q' >&"$locker_in"
    wait "$locker_process" 2>/dev/null
}

# What the run waits for, and so where it is cut off.
for table in recon.bill_file recon.day platform.payment recon.bill_chunk recon.entry_block recon.finding platform.store recon.statement; do
    number=$((number + 1))
    copy_database "$before" "inputs_away_$$_$number"
    earlier=$(files)
    hold_lock "$table"
    "$BUILD/payrecon-nightly" --now "$now" >"$work/out" 2>"$work/err" &
    pid=$!
    terminate_waiting
    drop_lock
    wait "$pid"
    code=$?
    log=$(cat "$work/out" "$work/err")
    is "$code" 69 "the database goes away at $table"
    like "$log" "database: |terminating connection|connection" "at $table: the connection is named"
    is "$(sql "SELECT count(*) FROM recon.day WHERE bill_day = '$DAY' AND stage = 'SETTLED'")" 0 "at $table: the day is not done"
    is "$(files)" "$earlier" "at $table: no statement"
    run payrecon-nightly
    is "$code $(verdict) $(files_fit)" "0 BALANCED fit" "at $table: the next run balances"
done

sed "s,^database = .*,database = host=$work/nowhere dbname=x," "$work/payrecon.conf" >"$work/nowhere.conf"
for program in payrecon-nightly payrecon-fetch payrecon-reconcile payrecon-settle; do
    run "$program" --config "$work/nowhere.conf"
    is "$code" 69 "$program without a database"
    like "$log" "$work/nowhere" "$program names it"
done

# ---- a full disk --------------------------------------------------------------------------------

# Where nothing can be mounted a folder of no room is one that takes no files.
full=$work/full
mkdir "$full"
number=$((number + 1))
copy_database "$before" "inputs_full_$$_$number"
sed -i "s,^statements_dir = .*,statements_dir = $full," "$work/payrecon.conf"
mounted=
if mount -t tmpfs -o size=16k,mode=0755 tmpfs "$full" 2>/dev/null; then
    mounted=yes
    head -c 12288 /dev/zero >"$full/ballast"
else
    rmdir "$full"
    : >"$full"
fi
run payrecon-nightly
is "$code" 74 "a disk that is full"
like "$log" "$full" "the folder is named"
is "$(find "$full" -type f -name 'settle_*' | wc -l)" "$(find "$full" -type f -name 'settle_*' -size +0 | wc -l)" "no file is empty"
if [ "$mounted" ]; then
    rm "$full/ballast"
    mount -o remount,size=4m "$full"
else
    rm "$full"
fi
run payrecon-nightly
is "$code $(verdict)" "0 BALANCED" "with room the next run goes on"
rm -rf "$work/statements"
cp -R "$full" "$work/statements"
[ "$mounted" ] && umount "$full"
is "$(files_fit)" fit "and writes what was missing, whole"
is "$(files | cut -d' ' -f1 | LC_ALL=C sort)" "$(cd "$work/statements.$balanced" && find . -type f -print0 | xargs -0 sha256sum | cut -d' ' -f1 | LC_ALL=C sort)" \
    "the same bytes as without the trouble"

# ---- keys and configuration ---------------------------------------------------------------------

keys=$work/sim/merchants/$MCHID
for key in apiclient_key.pem apiclient_cert.pem apiv3.key; do
    for way in readable missing; do
        number=$((number + 1))
        copy_database "$before" "inputs_keys_$$_$number"
        cp -p "$keys/$key" "$work/key"
        chmod 0644 "$keys/$key"
        [ "$way" = missing ] && rm "$keys/$key"
        run payrecon-nightly
        cp -p "$work/key" "$keys/$key"
        if [ "$key $way" = "apiclient_cert.pem readable" ]; then
            is "$code $(verdict)" "0 BALANCED" "a certificate is no secret"
            continue
        fi
        is "$code $(verdict)" "77 INCOMPLETE" "$key $way: no access"
        like "$out$log" "$keys/$key" "$key $way: is named"
        run payrecon-nightly
        is "$code $(verdict) $(files_fit)" "0 BALANCED fit" "$key $way, and mended: balances"
    done
done

echo 'statement_dir = x' >>"$work/payrecon.conf"
for program in payrecon-nightly payrecon-fetch payrecon-reconcile payrecon-settle; do
    run "$program"
    is "$code" 78 "$program with a key of the configuration that nobody knows"
    like "$log" "payrecon\.conf:6: .*statement_dir" "$program names file, line and key"
done

# ---- everything once more -----------------------------------------------------------------------

dump_all() {
    # Newer versions begin and end with a word of their own that is never the same.
    pg_dump --data-only --schema=recon -d "$conninfo" | grep -v '^\\\(un\)\?restrict ' | LC_ALL=C sort
}

copy_database "$balanced" "inputs_again_$$"
sql "UPDATE platform.payment SET amount_fen = 1900 WHERE out_trade_no = 'P051101'"
sql "UPDATE platform.store_terms SET valid_to = '2026-05-10' WHERE store_id = 'S3'"
sql "INSERT INTO platform.payment SELECT mchid, 'X051101', sub_mchid, appid, '4200002026051100000000000091', amount_fen, status, paid_at, created_at, updated_at
       FROM platform.payment WHERE out_trade_no = 'P051105'"
sql "INSERT INTO platform.payment_item SELECT mchid, 'X051101', item_no, kind, rental_no, store_id, amount_fen FROM platform.payment_item WHERE out_trade_no = 'P051105'"
judge_day
is "$codes $(verdict)" "1 1 BROKEN" "a day with findings of several kinds"
stored=$(dump_all)
earlier=$(files)
run payrecon-nightly
is "$out" "nothing is due" "again: nothing is due"
run payrecon-fetch --day "$DAY"
is "$code" 0 "fetched again"
judge_day
is "$codes $(verdict)" "1 1 BROKEN" "reconciled and settled again"
run payrecon-fetch --from 2026-05-10 --to "$DAY"
is "$code" 0 "fetched once more"
is "$(diff <(printf '%s\n' "$stored") <(dump_all))" "" "nothing in the database has changed"
is "$(files)" "$earlier" "nor any file"

done_testing
