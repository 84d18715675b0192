# shellcheck shell=bash
# shellcheck disable=SC2034 # out, log and code are for the tests
# For end to end tests of the programs: TAP, a database, the simulator, a configured merchant. Sourced by tests/e2e/*.t; run under
# tests/run.sh, which starts the PostgreSQL of PAYRECON_TEST_PG.
#
#     start_world 2026-05-31 2 40     two bill days from that one on of about 40 payments each, and the books that fit
#     start_sim 2026-06-01T10:30:00+08:00
#     fresh                           a new database, the merchant added, no faults
#     run payrecon-fetch --day …      sets $out, $log, $code
#     is "$(sql 'SELECT …')" 7 "name"
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 69
BUILD=${BUILD:-build}
BUILD=$(cd "$BUILD" && pwd)
: "${PAYRECON_TEST_PG:?run under tests/run.sh}"

MCHID=1900000109
work=$(mktemp -d)
databases=()
pids=()
tests=0
now= # set it before run
# What the last program did.
out=
log=
code=

clean_up() {
    local pid name
    trap - EXIT INT TERM
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    for name in "${databases[@]}"; do
        admin "DROP DATABASE IF EXISTS $name WITH (FORCE)"
    done
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# ---- TAP ----------------------------------------------------------------------------------------

is() { # got, expected, name
    tests=$((tests + 1))
    if [ "$1" = "$2" ]; then
        echo "ok $tests - $3"
        return
    fi
    echo "not ok $tests - $3"
    printf 'got:      %s\nexpected: %s\n' "$1" "$2" | sed 's/^/# /'
    printf '%s\n' "$log" | tail -n 12 | sed 's/^/# log: /'
}

like() { # got, extended regular expression, name
    tests=$((tests + 1))
    if [[ $1 =~ $2 ]]; then
        echo "ok $tests - $3"
        return
    fi
    echo "not ok $tests - $3"
    printf 'got:  %s\nlike: %s\n' "$1" "$2" | sed 's/^/# /'
}

bail() {
    echo "Bail out! $*"
    exit 1
}

done_testing() {
    echo "1..$tests"
}

# ---- the database -------------------------------------------------------------------------------

admin() {
    PGOPTIONS='-c client_min_messages=warning' psql -X -q -v ON_ERROR_STOP=1 -d "$PAYRECON_TEST_PG" -c "$1"
}

sql() {
    PGOPTIONS='-c client_min_messages=warning' psql -X -q -A -t -F ' ' -v ON_ERROR_STOP=1 -d "$conninfo" -c "$1"
}

sql_files() {
    local file
    for file in "$@"; do
        PGOPTIONS='-c client_min_messages=warning' psql -X -q -v ON_ERROR_STOP=1 -d "$conninfo" -f "$file" || bail "$file"
    done
}

# A new database from a template with the reference platform, the books of the world, our schema and the merchant.
fresh() {
    local template=night_template_$$ name=night_$$_${#databases[@]}
    if [ ${#databases[@]} -eq 0 ]; then
        databases+=("$template")
        admin "CREATE DATABASE $template" || bail "no database"
        use_database "$template"
        sql_files sql/rental/*.sql "$work/world/books.sql"
        "$BUILD/payrecon" migrate >"$work/out" 2>&1 || bail "migrate: $(cat "$work/out")"
        add_merchant "$MCHID"
        name=night_$$_1
    fi
    databases+=("$name")
    admin "CREATE DATABASE $name TEMPLATE $template" || bail "no database"
    use_database "$name"
    rm -rf "$work/statements"
    mkdir "$work/statements"
    set_faults ''
}

use_database() {
    conninfo="$PAYRECON_TEST_PG dbname=$1"
    cat >"$work/payrecon.conf" <<END
database = $conninfo
keys_dir = sim/merchants
statements_dir = statements
wxpay_url = $url
wxpay_ca_file = sim/ca.pem
END
    export PAYRECON_CONFIG=$work/payrecon.conf
}

add_merchant() { # mchid, more options
    local appid arguments=()
    while read -r appid; do
        arguments+=(--appid "$appid")
    done <<<"$(grep -m 1 "^{\"merchant\":{\"mchid\":\"$1\"" "$work/world/world.jsonl" | grep -o 'wx[0-9a-f]\{16\}')"
    "$BUILD/payrecon" merchant add --mchid "$1" --name 测试出行 --rate 0.60% --first-day "$first_day" "${arguments[@]}" "${@:2}" >"$work/out" 2>&1 ||
        bail "merchant add: $(cat "$work/out")"
}

# Everything that a night leaves in the database, in an order of its own and without what differs between two runs: for comparing.
dump() {
    local table query=
    for table in bill_file bill_chunk day identity entry finding finding_event; do
        query+=${query:+ UNION ALL }"SELECT '$table ' || (to_jsonb(t) - 'request_id' - 'updated_at' - 'tries')::text FROM recon.$table t"
    done
    sql "$query" | LC_ALL=C sort || echo "no dump: $RANDOM"
}

# ---- the simulator ------------------------------------------------------------------------------

start_world() { # first bill day, days, payments a day, more options
    first_day=$1
    "$BUILD/wxpay-world" --seed 7 --from "$1" --days "$2" --payments "$3" --out "$work/world" "${@:4}" || bail "wxpay-world"
}

# As many requests as one likes, because a test's nights follow each other as no cron would have it; with SIM_LIMITS=yes as many as WeChat Pay allows.
start_sim() { # time, more options
    local _ limits=()
    : >"$work/faults"
    [ "${SIM_LIMITS:-no}" = no ] && limits=(--no-limits)
    "$BUILD/wxpay-sim" --state "$work/sim" --world "$work/world/world.jsonl" --faults "$work/faults" --now "$1" --ready "$work/ready" \
        --log "$work/requests" --admin "$work/admin" "${limits[@]}" "${@:2}" 2>"$work/sim.err" &
    pids+=($!)
    for _ in $(seq 600); do
        [ -s "$work/ready" ] && break
        kill -0 "${pids[-1]}" 2>/dev/null || bail "wxpay-sim: $(cat "$work/sim.err")"
        sleep 0.05
    done
    url=$(cat "$work/ready")
}

tell() {
    "$BUILD/wxpay-sim" --admin "$work/admin" --tell "$1" >/dev/null || bail "wxpay-sim does not do: $1"
}

set_faults() { # rules
    printf '%s\n' "$@" | grep . >"$work/faults"
    tell reload
}

# How many requests the simulator has had whose path begins so.
requests() {
    grep -c "\"path\":\"$1" "$work/requests"
}

# ---- programs -----------------------------------------------------------------------------------

# Runs a program at the time $now, the simulator's clock too.
run() {
    if [ "${told:-}" != "$now" ]; then
        tell "now $now"
        told=$now
    fi
    "$BUILD/$1" --now "$now" "${@:2}" >"$work/out" 2>"$work/err"
    code=$?
    out=$(cat "$work/out")
    log=$(cat "$work/err")
}

# Runs a command of payrecon: noun, verb or "", options.
payrecon() {
    local words=("$1")
    [ -n "${2:-}" ] && words+=("$2")
    "$BUILD/payrecon" "${words[@]}" "${@:3}" >"$work/out" 2>"$work/err"
    code=$?
    out=$(cat "$work/out")
    log=$(cat "$work/err")
}
