#!/usr/bin/env bash
# make demo: what it says, that it repeats itself byte for byte, that it leaves no process behind.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 69
BUILD=${BUILD:-build}
BUILD=$(cd "$BUILD" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tests=0

is() { # got, expected, name
    tests=$((tests + 1))
    if [ "$1" = "$2" ]; then
        echo "ok $tests - $3"
        return
    fi
    echo "not ok $tests - $3"
    printf 'got:      %s\nexpected: %s\n' "$1" "$2" | sed 's/^/# /'
}

demo() { # seed, name
    SEED=$1 DEMO_FOLDER=$work/$2 bash tests/demo/demo.sh >"$work/$2.out" 2>"$work/$2.err"
}

# All statements' names and bytes.
digest() {
    (cd "$1/statements" && find . -type f | LC_ALL=C sort | xargs -r -d '\n' sha256sum | sha256sum)
}

# Lines of the demo's days: day, verdict, findings open and pending.
days() {
    sed -nE 's/^  (2026-[0-9-]+) +[0-9]+ rows +[0-9]+ matched +findings: ([0-9]+) open, ([0-9]+) pending +([A-Z]+).*/\1 \4 \2 \3/p' "$1"
}

# Day and class of each finding.
findings() {
    sed -nE 's/^1900000109 +(2026-[0-9-]+) +([A-Z][0-9]{2}) .*/\1 \2/p' "$1"
}

# Those that work in our folder: simulator and database do.
processes() {
    local folder
    for folder in /proc/[0-9]*/cwd; do
        case $(readlink "$folder" 2>/dev/null) in "$work"/*) echo "$folder" ;; esac
    done
}

begun=$SECONDS
demo 1 first
is "$? $(cat "$work/first.err")" "0 " "the demo runs"
took=$((SECONDS - begun))
is "$((took < 60))" 1 "in less than a minute ($took s)"
is "$(days "$work/first.out")" "2026-05-25 BALANCED 0 0
2026-05-26 BROKEN 1 0
2026-05-27 BROKEN 1 0
2026-05-28 BALANCED 0 0
2026-05-29 BROKEN 1 0
2026-05-30 BROKEN 2 0
2026-05-31 BROKEN 1 0" "seven days with their verdicts"
is "$(findings "$work/first.out")" "2026-05-26 T02
2026-05-27 T04
2026-05-28 T09
2026-05-29 R01
2026-05-29 T09
2026-05-30 S02
2026-05-30 T06
2026-05-31 S02" "every fault that was put in is found, and nothing else"
is "$(grep -c '^nothing is due$' "$work/first.out")" 1 "the second run of the last night has nothing to do"
is "$(find "$work/first" -name PG_VERSION | wc -l)" 0 "the database is gone"
is "$(processes)" "" "no process is left"

demo 1 second
is "$?" 0 "the same seed again"
is "$(digest "$work/second")" "$(digest "$work/first")" "gives the same bytes"
demo 2 third
is "$?" 0 "another seed"
is "$([ "$(digest "$work/third")" = "$(digest "$work/first")" ] && echo same)" "" "gives others"
is "$(findings "$work/third.out" | cut -d' ' -f2 | sort -u | paste -sd ' ')" "R01 S02 T02 T04 T06 T09" "with the same kinds of faults"

echo "1..$tests"
