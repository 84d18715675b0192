#!/usr/bin/env bash
# Seven days of an invented rental company, reconciled as cron would do it (make demo).
#
# SEED chooses the company; the same seed gives the same bytes. Everything is in $BUILD/demo (or DEMO_FOLDER), which is made anew: a private
# PostgreSQL and wxpay-sim run while this script runs and are gone afterwards; statements, log and configuration stay.
set -euo pipefail
cd "$(dirname "$0")/../.."

SEED=${SEED:-1}
BUILD=${BUILD:-build}
mkdir -p "$BUILD"
BUILD=$(cd "$BUILD" && pwd)
folder=${DEMO_FOLDER:-$BUILD/demo}
project=$PWD

FIRST_DAY=2026-05-25
DAYS=7
PAYMENTS=2000
MCHID=1900000109

# Nothing of the machine or the user decides about the demo.
unset "${!PG@}" "${!PAYRECON_@}"
export LC_ALL=C.UTF-8

die() {
    echo "demo: $*" >&2
    exit 70
}

clean_up() {
    trap - EXIT INT TERM HUP
    if [ -n "$sim" ]; then
        kill "$sim" 2>/dev/null || true
        wait "$sim" 2>/dev/null || true
    fi
    bash "$project/tests/support/pg_server.sh" stop "$folder/postgres"
    rm -f "$folder/admin.sock" "$folder/ready"
}

# The day so many days after the first one.
day_after() {
    date -u -d "$FIRST_DAY + $1 days" +%F
}

find_psql() {
    local program
    for program in $(printf '%s\n' /usr/lib/postgresql/*/bin/psql | sort -V -r) "$(command -v psql || true)"; do
        if [ -x "$program" ]; then
            echo "$program"
            return
        fi
    done
    die "no psql found: install postgresql-client-15"
}

sql() {
    PGOPTIONS='-c client_min_messages=warning' "$psql" --no-psqlrc --quiet --set ON_ERROR_STOP=1 "$conninfo" "$@"
}

start_simulator() {
    local tries
    "$BUILD/wxpay-sim" --state state --world world/world.jsonl --seed "$SEED" --now "$(day_after 1)T10:30:00+08:00" \
        --no-limits --ready ready --log requests.log --admin admin.sock &
    sim=$!
    for ((tries = 0; tries < 600; tries++)); do
        if [ -e ready ]; then
            return
        fi
        kill -0 "$sim" 2>/dev/null || die "wxpay-sim ended"
        sleep 0.05
    done
    die "wxpay-sim is not ready after 30 s"
}

# The merchant as an operator would set it up.
set_up() {
    local appids appid arguments=()
    cat >payrecon.conf <<END
database = $conninfo
keys_dir = state/merchants
statements_dir = statements
wxpay_url = $(cat ready)
wxpay_ca_file = state/ca.pem
END
    export PAYRECON_CONFIG=$folder/payrecon.conf
    mkdir statements
    for file in "$project"/sql/rental/*.sql world/books.sql; do
        sql --file "$file"
    done
    appids=$(grep -m 1 '^{"merchant"' world/world.jsonl | grep -o 'wx[0-9a-f]\{16\}')
    for appid in $appids; do
        arguments+=(--appid "$appid")
    done
    "$BUILD/payrecon" migrate >>payrecon.log 2>&1
    "$BUILD/payrecon" merchant add --mchid "$MCHID" --name 电骑士换电 --rate 0.60% --first-day "$FIRST_DAY" "${arguments[@]}" >>payrecon.log 2>&1
}

# One night: the clock of both sides is set, then what cron would start. Findings (1) are expected, anything else is not.
night() { # time, more options
    local now=$1 code=0
    "$BUILD/wxpay-sim" --admin admin.sock --tell "now $now" >/dev/null
    "$BUILD/payrecon-nightly" --now "$now" "${@:2}" 2>>payrecon.log || code=$?
    if [ "$code" -gt 1 ]; then
        tail -n 20 payrecon.log >&2
        die "payrecon-nightly --now $now ended with $code"
    fi
}

# All nights, a line for each day they reconciled.
all_nights() {
    local i
    for ((i = 1; i <= DAYS; i++)); do
        night "$(day_after "$i")T10:30:00+08:00" --format csv | tr -d '"' | awk -F, 'NR > 1 {
            printf "  %s  %5d rows  %5d matched  findings: %d open, %d pending  %s%s\n", $2, $4, $5, $6, $7, $3, $8 == "" ? "" : ": " $8 }'
    done
}

# What the statements' bytes are, in one line; compared with the last demo of this seed.
compare() {
    local digest last=$BUILD/demo-seed-$SEED.sha256
    digest=$(cd statements && find . -type f | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum)
    if [ ! -e "$last" ]; then
        echo "${digest%% *}" >"$last"
    elif [ "$(cat "$last")" = "${digest%% *}" ]; then
        echo "(the same bytes as in the last demo with seed $SEED)"
    else
        echo "(other bytes than in the last demo with seed $SEED)"
        echo "${digest%% *}" >"$last"
    fi
}

for program in payrecon payrecon-nightly wxpay-sim wxpay-world; do
    [ -x "$BUILD/$program" ] || die "no $BUILD/$program: run make"
done
psql=$(find_psql)
sim=
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

if [ -d "$folder/postgres" ]; then
    bash tests/support/pg_server.sh stop "$folder/postgres"
fi
rm -rf "$folder"
mkdir -p "$folder"
conninfo=$(bash tests/support/pg_server.sh start "$folder/postgres")
cd "$folder"

echo "An invented rental company: $DAYS bill days of about $PAYMENTS payments from $FIRST_DAY on, seed $SEED."
"$BUILD/wxpay-world" --seed "$SEED" --from "$FIRST_DAY" --days "$DAYS" --payments "$PAYMENTS" --out world
start_simulator
set_up

echo
echo "Each day at 10:30, payrecon-nightly:"
all_nights

last=$(day_after "$DAYS")T10:30:00+08:00
echo
echo "The same once more:"
night "$last"

echo
echo "Days, as they stand now:"
"$BUILD/payrecon" day list --now "$last"
echo
echo "Findings (differences put in on purpose are in ${folder#"$project"/}/world/README.txt):"
"$BUILD/payrecon" finding list --state ALL --now "$last"
echo
echo "Statements: $(find statements -name '*.csv' ! -name '*.machine.csv' | wc -l) files in ${folder#"$project"/}/statements"
compare
