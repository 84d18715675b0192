#!/usr/bin/env bash
# Speed and memory of a day of ROWS rows, as ratios of one run on one machine (make bench ROWS=N SEED=N ROUNDS=N):
#
#   reconcile     payrecon-reconcile of the day: bill and books both in PostgreSQL, entries and findings stored there
#   copy plain27  psql \copy of the same rows as plain CSV into a table of 27 texts of the same server
#   read bill     inflating, digesting, tokenising, decoding and checking the bill, without a database
#   zlib and sha1 inflating the same file with zlib and digesting it, nothing else
#   fetch 200     payrecon-fetch of a day of 200 merchants, 100 ms away, as ratio of fetch 1, which is one of them (fetch.sh)
#   refund 5000   payrecon-refund of so many approved refunds of a merchant, as ratio of the time that 150 a second allow (refund.sh)
#   refund 10 …   300 of each of ten merchants, as ratio of 300 of one; and 20 of each from far away, where replies take 3 s
#
# Each round has a fresh copy of one prepared database, and the cases take turns in being first. The server keeps what a server
# in use keeps: fsync, synchronous_commit and full_page_writes are on for both sides; autovacuum is off, so that it does not
# fall into one of them by chance. Prints medians and writes them to $BUILD/bench.tsv; everything else is removed.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${BUILD:=build}" "${ROWS:=1000000}" "${SEED:=1}" "${ROUNDS:=3}"
mkdir -p "$BUILD"
BUILD=$(cd "$BUILD" && pwd)
here=$PWD/tests/bench
work=$BUILD/bench
day=2026-05-31
now=2026-06-01T11:00:00+08:00
export LC_ALL=C.UTF-8 PAYRECON_PG_FSYNC=on
sim_pid=
relay_pid=
unset "${!PG@}"

say() { printf 'bench: %s\n' "$*" >&2; }
die() { say "$*"; exit 70; }
clean_up() {
    [ -z "$sim_pid" ] || kill "$sim_pid" 2>/dev/null || true
    [ -z "$relay_pid" ] || kill "$relay_pid" 2>/dev/null || true
    bash tests/support/pg_server.sh stop "$work/server" >/dev/null 2>&1 || true
    rm -rf "$work"
}
rm -rf "$work"
mkdir -p "$work/keys" "$work/statements"
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

expected() { awk -F '\t' -v key="$1" '$1 == key { print $2 }' "$work/expected.tsv"; }
run_sql() { psql -X -q -v ON_ERROR_STOP=1 -d "$admin dbname=$1" "${@:2}"; }

# <case> <round> <command…>: measured, and noted.
measure() {
    local case=$1 round=$2 code=0
    "$BUILD/bench-run" --out "$work/measure" ${server_pid:+--server "$server_pid"} -- "${@:3}" >"$work/output" 2>&1 || code=$?
    # 1 is "findings open", which is what the day holds
    if [ "$code" -ne 0 ] && ! { [ "$case" = reconcile ] && [ "$code" -eq 1 ]; }; then
        tail -n 20 "$work/output" >&2
        die "$case ended with $code"
    fi
    printf '%s\t%d\t%s\n' "$case" "$round" "$(cat "$work/measure")" >>"$work/measures"
}

write_files() {
    say "a bill of $ROWS rows and its books, seed $SEED"
    "$BUILD/bench-gen" --rows "$ROWS" --seed "$SEED" --day "$day" --out "$work"
    gzip -n -6 -c "$work/bill.csv" >"$work/bill.csv.gz"
    # header and summary have other columns, which a plain COPY cannot take
    tail -n +2 "$work/bill.csv" | head -n -2 >"$work/rows.csv"
}

# The database that every round begins with.
prepare_database() {
    local mchid
    mchid=$(expected mchid)
    say "loading the books"
    admin=$(bash tests/support/pg_server.sh start "$work/server")
    run_sql postgres -c 'ALTER SYSTEM SET autovacuum = off' -c 'SELECT pg_reload_conf()' >/dev/null
    server_pid=$(head -n 1 "$(run_sql postgres -At -c 'SHOW data_directory')/postmaster.pid")
    run_sql postgres -c 'CREATE DATABASE prepared'
    for file in sql/rental/*.sql; do
        run_sql prepared --single-transaction -f "$file"
    done
    (cd "$work" && run_sql prepared -v stores="$(expected stores)" -v day="$day" -v mchid="$mchid" -f "$here/books.sql")
    run_sql prepared -f "$here/plain27.sql"
    write_configuration prepared
    "$BUILD/payrecon" migrate --config "$work/payrecon.conf" >"$work/output" 2>&1 ||
        { cat "$work/output" >&2; die "payrecon migrate failed"; }
    run_sql prepared -v day="$day" -v mchid="$mchid" -f "$here/merchant.sql"
    "$BUILD/payrecon" bill import "$work/bill.csv.gz" --config "$work/payrecon.conf" --mchid "$mchid" --day "$day" \
        --kind TRADE_ALL --now "$now" >"$work/output" 2>&1 || { cat "$work/output" >&2; die "payrecon bill import failed"; }
    run_sql prepared -c 'VACUUM (ANALYZE)'
}

write_configuration() {
    printf 'database = %s\nkeys_dir = %s\nstatements_dir = %s\n' "$admin dbname=$1" "$work/keys" "$work/statements" \
        >"$work/payrecon.conf"
}

# The program itself: Debian's psql is a script in front of it that would count as time of the copy.
psql_program() {
    find /usr/lib/postgresql/*/bin/psql -maxdepth 0 2>/dev/null | sort -V | tail -n 1 | grep . || command -v psql
}

reconcile_case() {
    run_sql postgres -c CHECKPOINT
    measure reconcile "$1" "$BUILD/payrecon-reconcile" --config "$work/payrecon.conf" --day "$day" --now "$now"
}

copy_case() {
    run_sql postgres -c CHECKPOINT
    measure 'copy plain27' "$1" "$(psql_program)" -X -q -v ON_ERROR_STOP=1 -d "$admin dbname=round" \
        -c "\\copy public.plain27 FROM '$work/rows.csv' WITH (FORMAT csv)"
}

# A measured program that did nothing, or something else, is no measure.
check_round() {
    local rows found code
    rows=$(run_sql round -At -c 'SELECT count(*) FROM recon.entry')
    [ "$rows" = "$(expected rows)" ] || die "reconcile stored $rows entries of $(expected rows)"
    rows=$(run_sql round -At -c 'SELECT count(*) FROM public.plain27')
    [ "$rows" = "$(expected rows)" ] || die "the copy has $rows rows of $(expected rows)"
    found=$(run_sql round -At -F ' ' -c 'SELECT code, count(*) FROM recon.finding GROUP BY code ORDER BY code' | tr '\n' ';')
    code=$(awk -F '\t' '$1 ~ /^[A-Z][0-9][0-9]$/ { print $1, $2 }' "$work/expected.tsv" | sort | tr '\n' ';')
    [ "$found" = "$code" ] || die "reconcile found \"$found\", the day holds \"$code\""
}

database_rounds() {
    local round
    write_configuration round
    for ((round = 1; round <= ROUNDS; round++)); do
        say "round $round of $ROUNDS"
        run_sql postgres -c 'CREATE DATABASE round TEMPLATE prepared STRATEGY file_copy'
        if ((round % 2)); then
            copy_case "$round"
            reconcile_case "$round"
        else
            reconcile_case "$round"
            copy_case "$round"
        fi
        check_round
        run_sql postgres -c 'DROP DATABASE round'
    done
}

reading_rounds() {
    local round
    for ((round = 1; round <= ROUNDS; round++)); do
        measure 'zlib and sha1' "$round" "$BUILD/bench-parse" zlib "$work/bill.csv.gz"
        cp "$work/output" "$work/digest"
        measure 'read bill' "$round" "$BUILD/bench-parse" read "$work/bill.csv.gz"
        [ "$(sed 's/.*sha1 //' "$work/digest")" = "$(sed 's/.*sha1 //' "$work/output")" ] || die "the two digests differ"
        grep -qF ", $(expected rows) rows, " "$work/output" || die "not all rows were read: $(cat "$work/output")"
    done
}

# shellcheck source=tests/bench/fetch.sh
source "$here/fetch.sh"
# shellcheck source=tests/bench/refund.sh
source "$here/refund.sh"

read -r load _ </proc/loadavg
if awk -v load="$load" -v cores="$(nproc)" 'BEGIN { exit !(load > cores / 2) }'; then
    say "the machine is busy (load $load): only the CPU columns are worth anything"
fi
write_files
server_pid=
reading_rounds
if [ "${CASES:-all}" = all ]; then
    prepare_database
    database_rounds
    fetch_rounds
    refund_rounds
    printf '%s, %s processors, Linux %s, %s; fsync on, autovacuum off; medians of %d rounds\n' \
        "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -r)" \
        "$(postgres_version=$(run_sql postgres -At -c 'SHOW server_version'); echo "PostgreSQL ${postgres_version%% *}")" "$ROUNDS"
fi
awk -v ROWS="$ROWS" -v REFUNDS_EACH="$REFUNDS_EACH" -v FAR_EACH="$FAR_EACH" -v TSV="$BUILD/bench.tsv" -v RATIO_MOST=0.80 -f "$here/report.awk" "$work/measures"
