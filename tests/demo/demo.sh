#!/usr/bin/env bash
# Seven days of an invented rental company, reconciled as cron would do it, and the deposits that it then gives back (make demo).
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
    : >faults
    "$BUILD/wxpay-sim" --state state --world world/world.jsonl --seed "$SEED" --now "$(day_after 1)T10:30:00+08:00" \
        --no-limits --ready ready --log requests.log --admin admin.sock --faults faults 2>>simulator.log &
    sim=$!
    for ((tries = 0; tries < 600; tries++)); do
        if [ -e ready ]; then
            return
        fi
        kill -0 "$sim" 2>/dev/null || die "wxpay-sim ended: $(cat simulator.log)"
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

tell() {
    "$BUILD/wxpay-sim" --admin admin.sock --tell "$1" >/dev/null || die "wxpay-sim does not do: $1"
}

# One night: the clock of both sides is set, then what cron would start. Findings (1) are expected, anything else is not.
night() { # time, more options
    local now=$1 code=0
    tell "now $now"
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

# What the statements' bytes are, in one line; compared with the last demo of this seed. Those of the refunds' day are not in it: WeChat Pay numbers
# refunds as they arrive, which is another order each time.
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

# ---- deposits are given back --------------------------------------------------------------------

# Who asks, who approves and who sends are three logins, each with a configuration of its own.
set_up_people() {
    local login
    sql --file "$project/sql/roles.sql"
    for login in payrecon_ops_maker payrecon_ops_checker payrecon_job; do
        sed "s/^database = .*/& user=$login/" payrecon.conf >"$login.conf"
    done
}

value() { # query
    sql --no-align --tuples-only --command "$1"
}

as() { # login, command of payrecon with its options
    PAYRECON_CONFIG=$folder/$1.conf "$BUILD/payrecon" "${@:2}" --now "$now" 2>>payrecon.log || {
        tail -n 20 payrecon.log >&2
        die "payrecon ${*:2} failed as $1"
    }
}

typed() { # login, what is typed
    echo "  $1\$ ${*:2}"
}

# The first lines and the last two.
shorten() { # how many
    awk -v most="$1" '{ lines[NR] = $0 } END { for (i = 1; i <= NR; i++) if (i <= most || i > NR - 2) print "  " lines[i]; else if (i == most + 1) print "  …" }'
}

# The list of those who brought their batteries back; a batch of it; approval of exactly what was seen by somebody else.
ask_and_approve() {
    local hash count total
    typed payrecon_ops_maker 'payrecon refund due --ready --format csv > due.csv'
    as payrecon_ops_maker refund due --ready --format csv >due.csv
    typed payrecon_ops_maker payrecon refund import due.csv
    as payrecon_ops_maker refund import due.csv | shorten 4
    typed payrecon_ops_maker payrecon refund batch
    as payrecon_ops_maker refund batch >batch.txt
    sed -n '/^$/q;s/^/  /p' batch.txt
    read -r hash count total < <(sed -n 's/^payrecon refund approve .*--hash \([^ ]*\) --count \([^ ]*\) --total \([^ ]*\)$/\1 \2 \3/p' batch.txt)
    typed payrecon_ops_checker 'payrecon refund batch show 1'
    as payrecon_ops_checker refund batch show 1 | sed -n -e '/^REFUND /s/.*/  …/p' -e '/^[0-9]* refunds,/s/^/  /p' -e '/^hash /s/^/  /p'
    typed payrecon_ops_checker "payrecon refund approve 1 --hash ${hash:0:12}… --count $count --total $total"
    as payrecon_ops_checker refund approve 1 --hash "$hash" --count "$count" --total "$total" | sed 's/^/  /'
}

send() { # time, more options
    local code=0
    now=$1
    tell "now $now"
    PAYRECON_CONFIG=$folder/payrecon_job.conf "$BUILD/payrecon-refund" --now "$now" "${@:2}" >refund.txt 2>>payrecon.log || code=$?
    sed 's/^/  /' refund.txt
    [ "$code" -eq 0 ] || die "payrecon-refund ended with $code"
}

# The platform's books go on to this day; then a night that does every day before it, and how far the refunds are.
refund_night() { # days after the first one
    now=$(day_after "$1")T10:30:00+08:00
    sql --command "UPDATE rental.contract_meta SET watermark_at = '$now'"
    PAYRECON_CONFIG=$folder/payrecon_job.conf night "$now" --format csv | tr -d '"' |
        awk -F, 'NR > 1 { printf "  %s  %5d rows  %5d matched  %s\n", $2, $4, $5, $3 }'
    echo "  refunds: $(refund_states)"
}

refund_states() {
    value "SELECT string_agg(n || ' ' || state, ', ' ORDER BY state) FROM (SELECT state, count(*) AS n FROM recon.refund_request GROUP BY state) AS s"
}

# What `payrecon refund show` says, the longest lines cut.
story() { # number
    typed payrecon_ops_checker "payrecon refund show $1"
    as payrecon_ops_checker refund show "$1" |
        sed -n -E '/^(deposit_id|amount|maker|checker|sends|refund_id|bill_day|event|call) /{s/: refund DR.*: no complete reply.*/: no complete reply/;s/, (Request-Id|ended) .*//;s/^/  /p}'
}

refunds() {
    local lost failed
    now=$(day_after "$DAYS")T14:00:00+08:00
    set_up_people
    echo
    echo "Riders have brought back their batteries. $(day_after "$DAYS"), 14:00: one login asks for their deposits, another one approves:"
    ask_and_approve

    lost=$(value "SELECT refund_no FROM recon.refund_request ORDER BY refund_no OFFSET 2 LIMIT 1")
    failed=$(value "SELECT refund_no FROM recon.refund_request ORDER BY refund_no OFFSET 4 LIMIT 1")
    printf 'refund out_refund_no=%s nth=1 %s\n' "$lost" 'after drop' "$failed" status=500 >faults
    tell reload
    echo
    echo "payrecon-refund sends them. WeChat Pay takes one and its reply is lost; it answers another one with 500 and has not taken it:"
    send "$now"
    echo
    echo "Twenty minutes later (a wallet has its money at once, a bank card after one to three working days):"
    send "$(day_after "$DAYS")T14:20:00+08:00" --follow
    echo
    echo "The next night; the bill confirms what has arrived:"
    refund_night "$((DAYS + 1))"
    echo
    echo "Then the machine is off for two nights:"
    refund_night "$((DAYS + 4))"
    echo
    echo "The one whose reply was lost, shortened: asked for by its number before anything else, and so sent once:"
    story "$lost"
    rm -f batch.txt refund.txt
}

for program in payrecon payrecon-nightly payrecon-refund wxpay-sim wxpay-world; do
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
refunds
