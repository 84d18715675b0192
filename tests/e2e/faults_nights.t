#!/usr/bin/env bash
# Faults that take more than one night, or more than one day of a night: bills that come late or again, keys that change, faults by chance.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "$0")/night.sh"
# shellcheck source=tests/e2e/lib_scenario.sh
source tests/e2e/lib_scenario.sh
# shellcheck source=tests/e2e/lib_fault.sh
source tests/e2e/lib_fault.sh

prepare_scenarios
start_sim "$FAULT_NIGHT"
databases+=("faults_$$")
admin "CREATE DATABASE faults_$$ TEMPLATE $scenario_template" || bail "no database"
use_database "faults_$$"

begin() { # rules
    forget_nights
    set_faults "$@"
}

# Runs a night at a time of 2026-05-11 or at another instant; exit code and requests since `begin` are as expected.
night() { # time, expected, name
    now=$1
    [[ $1 == ??:?? ]] && now=2026-05-11T$1:00+08:00
    run payrecon-nightly
    is "$code $(count_requests)" "$2" "$3"
}

days() {
    sql "SELECT bill_day, stage, verdict, reason FROM recon.day ORDER BY 1" | sed 's/^2026-05-//' | paste -sd ,
}

bills() {
    sql "SELECT kind, version, state FROM recon.bill_file ORDER BY 1, 2" | paste -sd ,
}

# ---- late ---------------------------------------------------------------------------------------

begin 'tradebill bill_date=2026-05-10 nth=1-2 not-ready'
night 10:30 '75 c1 t1 f1 d1' 'not ready: for later'
night 10:45 '0 c1 t1 f1 d1' 'and not asked again for half an hour'
night 11:00 '75 c2 t2 f1 d1' 'not ready again: only that bill was asked for'
night 11:30 '0 c3 t3 f1 d2' 'ready at the third time'
is "$(days)" '10 SETTLED BALANCED ' 'and the day is settled'
is "$(sql "SELECT code, state, resolution FROM recon.finding")" 'E01 RESOLVED auto_timing' 'what was missing has come'

begin 'fundflowbill late=2026-05-11T11:15:00+08:00'
night 10:30 '75 c1 t1 f1 d1' 'published late: for later'
night 11:00 '75 c2 t1 f2 d1' 'still not there'
night 11:30 '0 c3 t1 f3 d2' 'then it is'
is "$(days)" '10 SETTLED BALANCED ' 'and the day is settled'

begin 'tradebill status=500'
night 10:30 '69 c1 t5 f1 d1' 'a server in trouble is asked five times'
night 10:59 '0 c1 t5 f1 d1' 'and then left alone for half an hour'

# ---- again, and different -----------------------------------------------------------------------

begin 'tradebill nth=1 reissue' 'fundflowbill nth=1 reissue'
night 10:30 '0 c1 t1 f1 d2' 'bills that lack a payment'
is "$(days)" '10 SETTLED PENDING ' 'it may be in the next one'
run payrecon-fetch --day 2026-05-10
is "$code $(bills)" '1 FUND_BASIC 1 VALID,FUND_BASIC 2 VALID,TRADE_ALL 1 VALID,TRADE_ALL 2 VALID' 'the bills were made again: new versions, the old ones stay'
is "$(days)" '10 FETCHED  ' 'and the day has no verdict any more'
night 11:30 '1 c2 t2 f2 d4' 'the next night asks for nothing more'
is "$(days)" '10 SETTLED BROKEN ' 'and the day says that its bills changed'
is "$(sql "SELECT DISTINCT code FROM recon.finding WHERE state = 'OPEN'")" 'E06' 'which is all that is open'
run payrecon-fetch --day 2026-05-10
is "$code $(bills)" '0 FUND_BASIC 1 VALID,FUND_BASIC 2 VALID,TRADE_ALL 1 VALID,TRADE_ALL 2 VALID' 'the same again is no third version'

# ---- keys ---------------------------------------------------------------------------------------

begin 'tradebill nth=2-* rotated-key' 'fundflowbill nth=2-* rotated-key'
night 2026-05-13T10:30:00+08:00 '0 c2 t3 f3 d6' 'the key changes in the middle of a run: certificates are fetched once more'
is "$(days)" '10 SETTLED BALANCED ,11 SETTLED BALANCED ,12 SETTLED BALANCED ' 'and no day is lost'

begin 'tradebill bill_date=2026-05-11 unknown-key'
night 2026-05-13T10:30:00+08:00 '77 c2 t2 f1 d2' 'a key that nobody knows: certificates are fetched once more, then nothing'
like "$(days)" '^10 SETTLED BALANCED ,11 DUE INCOMPLETE E01 .* unknown key "[0-9A-F]{40}" \(Request-Id [0-9A-F]+-[0-9]+\),12 DUE INCOMPLETE E01 .*not asked for: ' \
    'the day before it is settled, the day after it not asked for'

# ---- by chance ----------------------------------------------------------------------------------

# What the requests met, one after the other.
met() {
    sed -E 's/.*"path":"([^"]*)".*"status":([0-9]+).*"fault":"([^"]*)".*/\1 \2 \3/' "$work/requests"
}

by_chance=('tradebill chance=400 status=503' 'fundflowbill chance=400 probe-signature' 'download chance=300 reset=100')
begin "${by_chance[@]}"
run payrecon-nightly
first="$code $(count_requests)"
met >"$work/met"
is "$(days)" '10 SETTLED BALANCED ,11 SETTLED BALANCED ,12 SETTLED BALANCED ' 'faults by chance: every day is settled'
is "$(grep -oE 'status|probe-signature|reset' "$work/met" | sort -u | paste -sd ' ')" 'probe-signature reset status' 'every rule had its turn'
begin "${by_chance[@]}"
night 2026-05-13T10:30:00+08:00 "$first" 'the same requests again'
is "$(met)" "$(cat "$work/met")" 'meet the same faults'

done_testing
