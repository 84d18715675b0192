#!/usr/bin/env bash
# payrecon-nightly: whole nights, missed nights, killed nights.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "$0")/night.sh"

start_world 2026-05-29 3 40 --clean
# What differs: a payment on the second day that the books do not know as paid, and one on the first day that only the books know.
cat >>"$work/world/books.sql" <<END
UPDATE rental.payment SET status = 'CREATED', paid_at = NULL WHERE mchid = '$MCHID' AND out_trade_no =
    (SELECT min(out_trade_no) FROM rental.payment WHERE mchid = '$MCHID' AND paid_at BETWEEN '2026-05-30T08:00+08:00' AND '2026-05-30T22:00+08:00');
INSERT INTO rental.payment (mchid, out_trade_no, appid, transaction_id, amount_fen, status, paid_at, created_at, updated_at)
    SELECT mchid, 'ZLONLYOURS', appid, '4200000000000000000000000001', 1990, 'PAID', '2026-05-29T12:00+08:00', '2026-05-29T12:00+08:00', '2026-05-29T12:00+08:00'
    FROM rental.payment WHERE mchid = '$MCHID' LIMIT 1;
INSERT INTO rental.payment_item (mchid, out_trade_no, item_no, kind, rental_no, store_id, amount_fen)
    VALUES ('$MCHID', 'ZLONLYOURS', 1, 'RENT', 'R1', 'S001', 1990);
END
now=2026-05-30T10:30:00+08:00
start_sim "$now"

verdicts() {
    sql 'SELECT bill_day, stage, verdict FROM recon.day ORDER BY mchid, bill_day' | paste -sd ,
}

# Names of all files of statements. Of a killed run one may be there under its temporary name.
statements() {
    (cd "$work/statements" && find . -type f ! -name '*.tmp.*' | LC_ALL=C sort)
}

# Names and bytes, as one digest.
bytes() {
    (cd "$work/statements" && statements | xargs -r -d '\n' sha256sum | sha256sum)
}

nights() { # times
    local time
    for time in "$@"; do
        now=$time
        run payrecon-nightly
    done
}

# ---- night by night -----------------------------------------------------------------------------

fresh
run payrecon-nightly
is "$code $(verdicts)" "0 2026-05-29 SETTLED PENDING" "the first night: a day that is settled, with something pending"
like "$(statements)" "settle_${MCHID}_S001_2026-05-29_v1.csv" "statements are there"
run payrecon-nightly
is "$code $out" "0 nothing is due" "the same night again: nothing is due"
nights 2026-05-31T10:30:00+08:00 2026-06-01T10:30:00+08:00
is "$(verdicts)" "2026-05-29 SETTLED BROKEN,2026-05-30 SETTLED BROKEN,2026-05-31 SETTLED BALANCED" "two nights later it is open"
is "$(sql 'SELECT bill_day, code, state FROM recon.finding ORDER BY bill_day' | paste -sd ,)" "2026-05-29 T03 OPEN,2026-05-30 T02 OPEN" "and these are the findings"
by_night=$(verdicts)
by_night_files=$(statements)
is "$(printf '%s\n' "$by_night_files" | wc -l)" 54 "three files of six stores on three days"

# ---- missed nights ------------------------------------------------------------------------------

fresh
nights 2026-06-01T10:30:00+08:00
is "$(verdicts)" "$by_night" "two nights were missed: one run does all, with the same verdicts"
is "$(printf '%s\n' "$out" | grep -c "^$MCHID")" 3 "a line for each day"
is "$(statements)" "$by_night_files" "and the same statements"
at_once_bytes=$(bytes)

# ---- files that are gone ------------------------------------------------------------------------

file=$(cd "$work/statements" && find . -name '*S001*_v1.csv' | LC_ALL=C sort | head -n 1)
rm "$work/statements/$file"
before=$(sql 'SELECT count(*) FROM recon.statement')
run payrecon-nightly
is "$code $out" "0 nothing is due" "a file of a statement is gone: nothing is due"
is "$(bytes)" "$at_once_bytes" "but the file is there again, with the same bytes"
is "$(sql 'SELECT count(*) FROM recon.statement')" "$before" "and it is no new version"

# ---- a bill that comes late ---------------------------------------------------------------------

fresh
now=2026-05-30T10:30:00+08:00
set_faults 'tradebill not-ready'
run payrecon-nightly
is "$code $(verdicts)" "75 2026-05-29 DUE INCOMPLETE" "a bill that is not ready"
set_faults ''
nights 2026-05-30T11:07:00+08:00
is "$(sql "SELECT stage FROM recon.day")" SETTLED "the next run does the day"
is "$(sql "SELECT code, state, resolution FROM recon.finding WHERE code = 'E01'")" "E01 RESOLVED auto_timing" "the finding about the bill is resolved"

# ---- books that lag -----------------------------------------------------------------------------

fresh
now=2026-05-30T10:30:00+08:00
sql "UPDATE rental.contract_meta SET watermark_at = '2026-05-29T20:00:00+08:00'"
run payrecon-nightly
is "$code $(verdicts)" "75 2026-05-29 FETCHED INCOMPLETE" "books that lag"
like "$out" "E09 " "are the reason"
before=$(requests /v3/bill)
sql "UPDATE rental.contract_meta SET watermark_at = '2026-06-02T00:00:00+08:00'"
nights 2026-05-30T11:07:00+08:00
is "$(sql "SELECT stage FROM recon.day")" SETTLED "when they have come the day is done"
is "$(requests /v3/bill)" "$before" "without asking WeChat Pay again"

# ---- a bill that was wrong ----------------------------------------------------------------------

fresh
now=2026-05-30T10:30:00+08:00
set_faults 'tradebill bill_date=2026-05-29 swap-day=2026-05-30'
run payrecon-nightly
is "$(sql "SELECT verdict FROM recon.day")" INCOMPLETE "another day's bill is no bill"
is "$code" 65 "and will not become one"
set_faults ''
run payrecon-fetch --day 2026-05-29
is "$code $(sql "SELECT stage, verdict FROM recon.day")" "0 FETCHED " "the right one, fetched by hand, makes the day due again"
is "$(sql "SELECT string_agg(version || ' ' || state, ',' ORDER BY version) FROM recon.bill_file WHERE kind = 'TRADE_ALL'")" "1 VALID,2 VALID" \
    "as another version"
run payrecon-nightly
is "$code $(verdicts)" "0 2026-05-29 SETTLED PENDING" "the next run reconciles it"
is "$(sql "SELECT code, state FROM recon.finding WHERE state <> 'RESOLVED'")" "T03 PENDING" "and what was found before is resolved"

# ---- one merchant's failure ---------------------------------------------------------------------

fresh
now=2026-05-30T10:30:00+08:00
sql "INSERT INTO recon.merchant (mchid, name, mode, rate_ppm, first_day, created_at) VALUES ('1000000001', 'x', 'DIRECT', 6000, '2026-05-29', now())"
sql "INSERT INTO recon.merchant (mchid, name, mode, rate_ppm, first_day, suspended_at, created_at) VALUES ('1000000002', 'x', 'DIRECT', 6000, '2026-05-29', now(), now())"
run payrecon-nightly
is "$code" 77 "a merchant without keys decides the exit code"
is "$(sql "SELECT mchid, stage, verdict = 'INCOMPLETE' FROM recon.day ORDER BY mchid" | paste -sd ,)" "1000000001 DUE t,$MCHID SETTLED f" \
    "and stops nobody; a suspended one is left alone"

# ---- statements_dir on a full disk --------------------------------------------------------------

fresh
now=2026-05-30T10:30:00+08:00
rmdir "$work/statements"
: >"$work/statements"
run payrecon-nightly
is "$code" 74 "a folder that takes no files"
like "$log" "$work/statements" "is named"
rm "$work/statements"
run payrecon-nightly
like "$(statements)" "settle_${MCHID}_S001_2026-05-29_v1.csv" "mended: the next run writes the files"

# ---- SIGTERM ------------------------------------------------------------------------------------

fresh
set_faults 'tradebill bill_date=2026-05-30 status=500'
now=2026-06-01T10:30:00+08:00
tell "now $now"
told=$now
before=$(requests /v3/bill/tradebill)
"$BUILD/payrecon-nightly" --now "$now" >"$work/out" 2>"$work/err" &
pid=$!
while [ "$(requests /v3/bill/tradebill)" -lt $((before + 2)) ] && kill -0 "$pid" 2>/dev/null; do
    sleep 0.02
done
kill -TERM "$pid"
wait "$pid"
is "$?" 75 "SIGTERM in the second day"
is "$(sql "SELECT stage FROM recon.day ORDER BY bill_day" | paste -sd ,)" "DUE,DUE,DUE" "all are due: bills come first"
is "$(sql "SELECT DISTINCT bill_day FROM recon.bill_file")" 2026-05-29 "those of the first day are evidence"
set_faults ''
before=$(grep '"path":"/v3/bill/' "$work/requests" | grep -c '"bill_date":"2026-05-29"')
run payrecon-nightly
is "$(grep '"path":"/v3/bill/' "$work/requests" | grep -c '"bill_date":"2026-05-29"')" "$before" "and are not asked for again"
is "$(verdicts)" "$by_night" "the next run goes on from there"

# ---- the database goes away ---------------------------------------------------------------------

fresh
set_faults 'tradebill bill_date=2026-05-30 status=500'
tell "now $now"
before=$(requests /v3/bill/tradebill)
"$BUILD/payrecon-nightly" --now "$now" >"$work/out" 2>"$work/err" &
pid=$!
while [ "$(requests /v3/bill/tradebill)" -lt $((before + 2)) ] && kill -0 "$pid" 2>/dev/null; do
    sleep 0.02
done
is "$(sql "SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity WHERE application_name = 'payrecon' AND datname = current_database()")" t \
    "the server ends the program's connection in the second day"
wait "$pid"
is "$?" 69 "that is not available"
is "$(sql "SELECT stage FROM recon.day ORDER BY bill_day" | paste -sd ,)" "DUE,DUE,DUE" "all are due: bills come first"
is "$(sql "SELECT DISTINCT bill_day FROM recon.bill_file")" 2026-05-29 "those of the first day are evidence"
set_faults ''
run payrecon-nightly
is "$(verdicts)" "$by_night" "the next run goes on from there"

# ---- killed -------------------------------------------------------------------------------------

fresh
now=2026-05-31T10:30:00+08:00
run payrecon-nightly
two_verdicts=$(verdicts)
two_bytes=$(bytes)
two_dump=$(dump | sha256sum)

# Dies at the n-th such place; false when there is no n-th.
dies_at() {
    fresh
    (
        PAYRECON_FAILPOINT=$1:$2 "$BUILD/payrecon-nightly" --now "$now"
        exit $?
    ) >/dev/null 2>&1
    [ $? -eq 137 ]
}

is_healed() { # where it died
    run payrecon-nightly
    is "$(verdicts)" "$two_verdicts" "killed at $1: the next run ends with the same verdicts"
    is "$(bytes)" "$two_bytes" "killed at $1: the same files"
    is "$(dump | sha256sum)" "$two_dump" "killed at $1: the same rows"
}

killed=0
for point in commit-before commit-after; do
    for n in $(seq 300); do
        dies_at "$point" "$n" || break
        is_healed "$point $n"
        killed=$((killed + 1))
    done
done
like "$killed" "^[1-9][0-9]+\$" "killed at $killed commits"

# Of requests and files, which are many and alike, some.
for point in request-before:1 request-before:2 request-before:6 reply-after:1 reply-after:3 reply-after:5 \
    rename-before:1 rename-before:20 rename-after:2 rename-after:36; do
    if dies_at "${point%:*}" "${point#*:}"; then
        is_healed "$point"
    else
        is "$point" "" "killed at $point"
    fi
done

done_testing
