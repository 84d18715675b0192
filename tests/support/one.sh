#!/usr/bin/env bash
# Runs one test for prove and keeps its output for tests/run.sh: one.sh PROGRAM|SCRIPT.t
# What it printed is in $PAYRECON_TEST_LOGS/<name>.tap and .err, its exit code in .exit.
set -u

test=$1
name=$(printf '%s' "${test#"$BUILD"/}" | tr / _)
logs=$PAYRECON_TEST_LOGS/$name

# A file of its own for each test's temporary things, so that nobody trips over a neighbour's.
TMPDIR=$(mktemp -d "$TMPDIR/XXXXXX")
export TMPDIR
case $test in
*.t) command=(bash "$test") ;;
/*) command=("$test") ;;
*) command=("./$test") ;;
esac
limit=600
case $test in
tests/soak/*) limit=86400 ;; # ends by itself, at its LIMIT
esac
timeout --kill-after=10 "$limit" "${command[@]}" </dev/null 2>"$logs.err" | tee "$logs.tap"
code=${PIPESTATUS[0]}
echo "$code" >"$logs.exit"
if [ "$code" -eq 124 ]; then
    echo "# ended after $limit s" >>"$logs.err"
fi
exit "$code"
