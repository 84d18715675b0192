#!/usr/bin/env bash
# Deposit refunds under kill -9 at every step: before and after each commit, connect, write, read, verification and parsing, without a fault
# and with those of the simulator that matter most. Then it is gone on with by two runs at once. Afterwards, from the simulator's own
# journal and log: no number with two bodies, nothing paid twice, nothing lost, and the database says the same.
# Takes minutes.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "${BASH_SOURCE[0]}")/night.sh"
# shellcheck source=tests/e2e/lib_refund.sh
source tests/e2e/lib_refund.sh

POINTS='commit-before commit-after request-before connect-before connect-after write-before read-before reply-after verify-before verify-after
        parse-before parse-after'
AT_ONCE=2 # refunds of a run
next=1    # deposit that nobody has asked for yet
deaths=0
stuck= # where it was not over after five tries

start_deposits 800
fresh_deposits

refund() {
    "$BUILD/payrecon-refund" --now "$now" >>"$work/out" 2>>"$work/err"
}

# Two hosts at once, as often as it takes. A minute passes between two tries: what is in doubt is asked for again.
go_on() {
    local first second _
    for _ in 1 2 3 4 5; do
        refund &
        first=$!
        refund &
        second=$!
        wait "$first" "$second"
        [ "$(sql "SELECT count(*) FROM recon.refund_request WHERE state IN ('APPROVED', 'SENDING', 'UNKNOWN', 'WAITING_FUNDS')")" -eq 0 ] && return 0
        now=$(date -u -d "$now + 1 minute" +%FT%TZ)
        tell "now $now"
    done
    return 1
}

# Dies at the n-th time that a point is reached; 1 when it is not.
dies() { # point, n, rules…
    local died
    approve_some "$next" $((next + AT_ONCE - 1))
    next=$((next + AT_ONCE))
    set_faults "${@:3}"
    PAYRECON_FAILPOINT=$1:$2 refund
    died=$?
    go_on || stuck+=" $1:$2"
    [ "$died" -eq 137 ]
}

# Every time of every point, until a run comes through.
die_everywhere() { # rules…
    local point n
    for point in $POINTS; do
        for ((n = 1; n <= 40; n++)); do
            dies "$point" "$n" "$@" || break
            deaths=$((deaths + 1))
        done
    done
}

look() { # name
    is "$(accepted)" "$(due_of 1 $((next - 1)))" "$1: each was accepted once, with its amount"
    is "$(proved)" "$(accepted)" "$1: the database says the same"
    is "$(two_bodies)" '' "$1: no number with two bodies"
    is "$stuck" '' "$1: it was over each time"
    is "$(sql "SELECT count(*) FROM recon.refund_request r WHERE r.calls <> (SELECT count(*) FROM recon.refund_call c WHERE c.refund_no = r.refund_no)
                   OR r.events <> (SELECT count(*) FROM recon.refund_event e WHERE e.refund_no = r.refund_no)")" 0 "$1: no call and no event is missing"
}

die_everywhere
look 'undisturbed'
is "$([ "$deaths" -ge 30 ] && echo enough)" enough "died often enough ($deaths)"

deaths=0
die_everywhere 'refund nth=1 after drop'
look 'a reply is lost'

die_everywhere 'refund nth=1 drop' 'refund-query nth=1 after drop'
look 'a request is lost'
is "$([ "$deaths" -ge 60 ] && echo enough)" enough "died often enough ($deaths)"
echo "# next $next deaths $deaths" >&2

done_testing
