#!/usr/bin/env bash
# Runs tests under prove: run.sh all|unit|integration|e2e [FILE…]
#
# all builds everything first and runs every test; the others run the given files, without files all of their kind that are built. Tests
# of C are $BUILD/tests/<kind>/<room>/test_*, of shell tests/**/*.t. There is one private PostgreSQL for the run (PAYRECON_TEST_PG), gone
# afterwards. Output of tests that failed is printed; all of it stays in $BUILD/test-logs. The last line is "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.." || exit 69

BUILD=${BUILD:-build}
mkdir -p "$BUILD"
BUILD=$(cd "$BUILD" && pwd)
export BUILD
export CMOCKA_MESSAGE_OUTPUT=TAP LC_ALL=C.UTF-8 TZ=America/New_York
# Nothing of the machine or the user decides about a test.
unset "${!PG@}" "${!PAYRECON_@}" http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY

usage() {
    echo "usage: run.sh all|unit|integration|e2e [FILE...]" >&2
    exit 64
}

# Built programs of the sources that match a pattern.
programs_of() {
    local source
    for source in $1; do
        if [ -e "$source" ]; then
            echo "$BUILD/${source%.c}"
        fi
    done
}

# Scripts that match a pattern.
scripts_of() {
    local script
    for script in $1; do
        if [ -e "$script" ]; then
            echo "$script"
        fi
    done
}

# Everything of one kind; of all kinds the longest first, so that two processors end together.
list_tests() {
    case $1 in
    unit)
        programs_of 'tests/unit/*/test_*.c'
        programs_of 'tests/sim/test_*.c'
        scripts_of 'tests/unit/*/*.t'
        scripts_of 'tests/support/*.t'
        ;;
    integration)
        programs_of 'tests/integration/*/test_*.c'
        scripts_of 'tests/integration/*/*.t'
        ;;
    e2e)
        # a script says of itself that it is long
        scripts_of 'tests/e2e/*.t' | xargs -r grep -l '^# Takes minutes'
        scripts_of 'tests/e2e/*.t' | xargs -r grep -L '^# Takes minutes'
        ;;
    all)
        list_tests e2e
        scripts_of 'tests/lint/*.t'
        list_tests integration
        list_tests unit
        ;;
    esac
}

# Ends every process of a session. Process groups are not enough: timeout makes one for each test.
end_session() {
    local stat line fields
    for stat in /proc/[0-9]*/stat; do
        line=$(cat "$stat" 2>/dev/null) || continue
        read -r -a fields <<<"${line##*) }"
        if [ "${fields[3]}" = "$1" ]; then
            kill -TERM "${line%% *}" 2>/dev/null
        fi
    done
}

clean_up() {
    trap - EXIT INT TERM HUP
    if [ -n "$prove_pid" ]; then
        end_session "$prove_pid"
        wait "$prove_pid" 2>/dev/null
    fi
    bash tests/support/pg_server.sh stop "$work/postgres"
    cp "$work/postgres/server.log" "$logs/postgres.log" 2>/dev/null
    chmod -R u+rwX "$work" 2>/dev/null
    rm -rf "$work"
}

# One line for each test that failed and what it had printed.
print_failure() {
    echo
    echo "==== $1 (exit code $2) ===="
    grep -v '^ok ' "$logs/$1.tap" | tail -n 60
    tail -n 60 "$logs/$1.err"
}

count_all() {
    local passed=0 failed=0 base name code counts
    for base in "$logs"/*.tap; do
        [ -e "$base" ] || continue
        name=$(basename "$base" .tap)
        code=$(cat "$logs/$name.exit" 2>/dev/null || echo none)
        counts=$(awk -v code="$code" -f tests/support/count.awk "$base")
        passed=$((passed + ${counts% *}))
        failed=$((failed + ${counts#* }))
        if [ "${counts#* }" -gt 0 ]; then
            print_failure "$name" "$code"
        fi
    done
    echo
    if [ $((passed + failed)) -eq 0 ]; then
        echo "no test ran"
        result=1
    fi
    if [ "$failed" -gt 0 ]; then
        result=1
    fi
    echo "$passed passed, $failed failed"
}

[ $# -ge 1 ] || usage
mode=$1
shift
case $mode in
all | unit | integration | e2e) ;;
*) usage ;;
esac

if [ "$mode" = all ]; then
    make --silent --no-print-directory -j"$(nproc)" all tests >"$BUILD/make.log" 2>&1 || {
        tail -n 40 "$BUILD/make.log"
        echo "the build failed, see $BUILD/make.log"
        echo "0 passed, 1 failed"
        exit 1
    }
fi
if [ $# -gt 0 ]; then
    files=("$@")
else
    mapfile -t files < <(list_tests "$mode")
fi
if [ ${#files[@]} -eq 0 ]; then
    echo "no test ran"
    echo "0 passed, 0 failed"
    exit 1
fi

logs=$BUILD/test-logs
rm -rf "$logs"
mkdir -p "$logs"
work=$(mktemp -d "$BUILD/test-XXXXXX")
chmod 711 "$work" # PostgreSQL's user goes through it
prove_pid=
trap clean_up EXIT
trap 'clean_up; exit 130' INT
trap 'clean_up; exit 143' TERM HUP

mkdir "$work/tmp"
if [ "$mode" != unit ]; then
    PAYRECON_TEST_PG=$(bash tests/support/pg_server.sh start "$work/postgres") || exit 69
    export PAYRECON_TEST_PG
fi

# In a session of its own, so that everything below it can be ended at once.
result=0
PAYRECON_TEST_LOGS=$logs TMPDIR=$work/tmp setsid \
    prove --jobs "$(nproc)" --exec "bash tests/support/one.sh" "${files[@]}" </dev/null >"$logs/prove.log" 2>&1 &
prove_pid=$!
wait "$prove_pid" || result=1
prove_pid=
clean_up
grep -E '^(All tests|Files=|Result:)' "$logs/prove.log"
count_all
exit "$result"
