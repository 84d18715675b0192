#!/usr/bin/env bash
# make demo: what it says, that it repeats itself byte for byte, that deposits are given back once, that it leaves no process behind.
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

# All statements' names and bytes. In those of the refunds' day the order of rows, and what rests on the bill's digest, follow the order in which
# WeChat Pay was asked: of these, the lines for people in an order of their own.
digest() {
    (
        cd "$1/statements" && {
            find . -type f ! -name '*_2026-06-01_*' | LC_ALL=C sort | xargs -r -d '\n' sha256sum
            find . -name '*_2026-06-01_*.csv' ! -name '*.machine.csv' | LC_ALL=C sort | xargs -r -d '\n' cat | LC_ALL=C sort
        } | sha256sum
    )
}

# Lines of the demo's days: day, verdict, findings open and pending.
days() {
    sed -nE 's/^  (2026-[0-9-]+) +[0-9]+ rows +[0-9]+ matched +findings: ([0-9]+) open, ([0-9]+) pending +([A-Z]+).*/\1 \4 \2 \3/p' "$1"
}

# Day and class of each finding.
findings() {
    sed -nE 's/^1900000109 +(2026-[0-9-]+) +([A-Z][0-9]{2}) .*/\1 \2/p' "$1"
}

# What is said below a line that begins so, up to the next empty line.
part() { # file, beginning
    awk -v begin="$2" 'index($0, begin) == 1 { said = 1; next } said && /^$/ { exit } said' "$1"
}

# The request log's applications for refunds: number, status, body.
posts() { # demo
    grep '"method":"POST"' "$work/$1/requests.log" | sed -E 's/.*"status":([0-9]+),.*"out_refund_no":"([^"]*)".*"body":(".*")}$/\2 \1 \3/'
}

# What the simulator's journal has accepted, a number each.
accepted() { # demo
    grep -h '^{"refund"' "$work/$1/state/journal.jsonl" | sed -E 's/.*"out_refund_no":"([^"]*)".*/\1/'
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

is "$(sed -nE 's/^  (requested|approved batch 1:) //p' "$work/first.out")" "10 refunds, 2390.00 yuan
10 refunds, 2390.00 yuan" "ten deposits are asked for, and approved as they were asked for"
is "$(part "$work/first.out" 'payrecon-refund sends them' | sed -n 's/ \+/ /g;2p')" " 1900000109 10 2390.00 0 10 0 0 0" "sent, and accepted in spite of both faults"
is "$(part "$work/first.out" 'Twenty minutes later' | sed -n 's/ \+/ /g;2p')" " 1900000109 0 0.00 4 6 0 0 0" "nothing is sent again, some have arrived"
is "$(part "$work/first.out" 'The next night' | sed 's/ \+/ /g')" " 2026-06-01 10 rows 10 matched BALANCED
 refunds: 4 CONFIRMED, 6 PROCESSING" "a day of refunds only is balanced and confirms what has arrived"
is "$(part "$work/first.out" 'Then the machine' | sed 's/ \+/ /g')" " 2026-06-02 0 rows 0 matched BALANCED
 2026-06-03 0 rows 0 matched BALANCED
 2026-06-04 0 rows 0 matched BALANCED
 refunds: 10 CONFIRMED" "and later the rest"
is "$(grep -c 'findings about deposits and refunds: 0 new' "$work/first/payrecon.log") $(grep -c 'findings about deposits and refunds: [1-9]' "$work/first/payrecon.log")" \
    "2 0" "no night has a finding about them"

lost=$(sed -n 's/.*payrecon refund show //p' "$work/first.out")
failed=$(sed -nE 's/^refund out_refund_no=([^ ]*) nth=1 status=500$/\1/p' "$work/first/faults")
is "$(posts first | grep "^$lost " | cut -d ' ' -f 2)" 0 "the one whose reply was lost was sent once"
is "$(posts first | grep "^$failed " | cut -d ' ' -f 2 | paste -sd ' ')" "500 200" "the one that was answered with 500 was sent again"
is "$(posts first | cut -d ' ' -f 1 | sort | uniq -c | sed -E 's/ *([0-9]+) .*/\1/' | sort | uniq -c | sed 's/ \+/ /g')" " 9 1
 1 2" "the others once"
is "$(posts first | cut -d ' ' -f 1,3- | sort -u | wc -l)" 10 "each number with one body"
is "$(accepted first | sort -u | wc -l) $(accepted first | wc -l)" "10 10" "each accepted once"
is "$(sed -nE 's/^  event +[-0-9]+ [:0-9]+ ([A-Z]+ to )?([A-Z]+) by ([a-z_]+).*/\2 \3/p' "$work/first.out")" "REQUESTED payrecon_ops_maker
APPROVED payrecon_ops_checker
SENDING payrecon_job
UNKNOWN payrecon_job
PROCESSING payrecon_job
SUCCESS payrecon_job
CONFIRMED payrecon_job" "its story: who did what"
is "$(sed -nE 's/^  call .* ([A-Z]+): .*, ([A-Z_]+)$/\1 \2/p' "$work/first.out" | sed 3q)" "ORDER FOUND
CREATE SENT_DOUBTFUL
QUERY ASKED_PROCESSING" "and what was said"

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
