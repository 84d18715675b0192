#!/usr/bin/env bash
# tests/run.sh itself: what it counts, when it fails, what it leaves behind.
set -u

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
count=0

is() {
    count=$((count + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $count - $1"
    else
        echo "not ok $count - $1"
        printf '# expected: %s\n# seen:     %s\n' "$2" "$3"
    fi
}

# test_file NAME, with the test on standard input
test_file() {
    mkdir -p "$folder/tests"
    cat >"$folder/tests/$1.t"
}

# counts FILE…: last line and exit code of a run of these tests
counts() {
    local output code
    output=$(BUILD="$folder/build" bash tests/run.sh unit "$@" 2>&1)
    code=$?
    printf '%s, exit code %d' "$(tail -n 1 <<<"$output")" "$code"
}

test_file good <<'END'
echo 1..2; echo ok 1 - a; echo ok 2 - b
END
test_file more <<'END'
echo ok 1 - a; echo ok 2 - b; echo ok; echo 1..3
END
test_file bad <<'END'
echo 1..2; echo ok 1 - a; echo not ok 2 - b; exit 1
END
test_file short <<'END'
echo 1..5; echo ok 1 - a; echo ok 2 - b
END
test_file dies <<'END'
echo 1..1; echo ok 1 - a; kill -SEGV $$
END
test_file silent <<'END'
true
END
test_file unplanned <<'END'
echo ok 1 - a
END
test_file environment <<'END'
echo 1..1
if [ -z "${PGHOST:-}${http_proxy:-}${PAYRECON_FAILPOINT:-}" ] && [ "$CMOCKA_MESSAGE_OUTPUT" = TAP ] && touch "$TMPDIR/x"; then
    echo ok 1 - clean
else
    echo not ok 1 - clean
fi
END

is 'counts tests, not files' '5 passed, 0 failed, exit code 0' "$(counts "$folder/tests/good.t" "$folder/tests/more.t")"
is 'counts failures' '1 passed, 1 failed, exit code 1' "$(counts "$folder/tests/bad.t")"
is 'counts tests that were planned and not seen' '2 passed, 3 failed, exit code 1' "$(counts "$folder/tests/short.t")"
is 'counts a crash after the last test' '1 passed, 1 failed, exit code 1' "$(counts "$folder/tests/dies.t")"
is 'counts a program without tests' '0 passed, 1 failed, exit code 1' "$(counts "$folder/tests/silent.t")"
is 'counts a missing plan' '1 passed, 1 failed, exit code 1' "$(counts "$folder/tests/unplanned.t")"
is 'counts a file that is not there' '0 passed, 1 failed, exit code 1' "$(counts "$folder/tests/absent.t")"
is 'goes on after a failure' '3 passed, 1 failed, exit code 1' "$(counts "$folder/tests/bad.t" "$folder/tests/good.t")"
export PGHOST=elsewhere http_proxy=http://192.0.2.1 PAYRECON_FAILPOINT=x:1
is 'keeps the environment away' '1 passed, 0 failed, exit code 0' "$(counts "$folder/tests/environment.t")"
unset PGHOST http_proxy PAYRECON_FAILPOINT
is 'leaves only logs' 'test-logs' "$(ls "$folder/build")"

# An interrupted run ends what it started. The test tells its process through a file and then waits for ever.
test_file waits <<END
echo \$\$ >"$folder/pid.new"
mv "$folder/pid.new" "$folder/pid"
exec tail -f /dev/null
END
mkfifo "$folder/ready"
BUILD="$folder/build" bash tests/run.sh unit "$folder/tests/waits.t" >/dev/null 2>&1 &
run=$!
tries=0
until [ -e "$folder/pid" ] || [ $((tries += 1)) -gt 1000 ]; do
    read -r -t 0.01 <>"$folder/ready" || true
done
kill -TERM "$run"
wait "$run"
is 'an interrupted run says so' 143 $?
is 'and leaves no process' 'gone' "$(kill -0 "$(cat "$folder/pid")" 2>/dev/null && echo alive || echo gone)"
is 'and no file' 'test-logs' "$(ls "$folder/build")"

echo "1..$count"
