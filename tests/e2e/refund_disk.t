#!/usr/bin/env bash
# The database server's disk is full while deposit refunds are sent. A server of this test's own has files that cannot grow beyond a size
# (RLIMIT_FSIZE of its processes, set while it runs), first those of tables, then those of its log, which ends it. What was sent before is
# in the database, nothing is sent that is not, and with room again the next runs bring all to an end.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "${BASH_SOURCE[0]}")/night.sh"
# shellcheck source=tests/e2e/lib_refund.sh
source tests/e2e/lib_refund.sh

# A call takes some 1.6 kB of its table: two thirds of the refunds fit.
SEGMENT_BYTES=1048576
REFUND_COUNT=900
LOG_COUNT=600

server=$work/postgres
PAYRECON_TEST_PG=$(PAYRECON_PG_WAL_MB=1 bash tests/support/pg_server.sh start "$server") || bail 'no server'

stop_server() {
    bash tests/support/pg_server.sh stop "$server"
}
trap 'databases=(); stop_server; clean_up' EXIT

# Of all the server's processes.
limit_files() { # bytes or "unlimited"
    bash tests/support/pg_server.sh limit "$server" "$1" || bail 'no limit'
}

later() { # minutes
    now=$(date -u -d "$now + $1 minutes" +%FT%TZ)
}

# Numbers that WeChat Pay has seen and that the database does not know as begun, with the call that they were sent in: none, ever.
sent_but_not_kept() {
    sql "SELECT refund_no FROM recon.refund_call WHERE kind = 'CREATE'" | sort -u >"$work/kept"
    grep '"method":"POST"' "$work/requests" | grep -o '"out_refund_no":"[^"]*' | cut -d '"' -f 4 | sort -u >"$work/sent"
    [ -s "$work/sent" ] || echo 'nothing was sent'
    comm -23 "$work/sent" "$work/kept"
}

# With room again: until nothing is open any more.
go_on() {
    local _
    for _ in 1 2 3 4 5 6; do
        later 2
        run payrecon-refund
        [ "$(sql "SELECT count(*) FROM recon.refund_request WHERE state IN ('APPROVED', 'SENDING', 'UNKNOWN', 'WAITING_FUNDS')")" -eq 0 ] && return
    done
}

look() { # deposits, name
    is "$(accepted)" "$(due_of 1 "$1")" "$2: each was accepted once, with its amount"
    is "$(proved)" "$(accepted)" "$2: the database says the same"
    is "$(two_bodies)" '' "$2: no number with two bodies"
    is "$(sql "SELECT count(*) FROM recon.refund_request r WHERE r.calls <> (SELECT count(*) FROM recon.refund_call c WHERE c.refund_no = r.refund_no)
                   OR r.events <> (SELECT count(*) FROM recon.refund_event e WHERE e.refund_no = r.refund_no)")" 0 "$2: no call and no event is missing"
}

# What is committed has been written, as everywhere but in tests; only the disk itself may not have it yet, and that does not fail here.
admin 'ALTER SYSTEM SET synchronous_commit = on'
admin 'SELECT pg_reload_conf()' >/dev/null
start_deposits $REFUND_COUNT

# ---- tables cannot grow ---------------------------------------------------------------------------

approved_deposits $REFUND_COUNT
limit_files $SEGMENT_BYTES
run payrecon-refund
like "$log" 'no refund is sent: query [a-z_]+: could not extend file "[^"]+": File too large' 'the tables are full: said so'
like "$code" '^(69|70|74)$' 'with an exit code of trouble'
is "$(sent_but_not_kept)" '' 'nothing was sent that is not in the database'
is "$(states | grep -c 'APPROVED [1-9]')" 1 'the rest was not sent'
run payrecon-refund
is "$(sent_but_not_kept)" '' 'nor by another run'
like "$code" '^(69|70|74)$' 'which says so, too'
limit_files unlimited
go_on
is "$code" 0 'with room again it goes on'
look $REFUND_COUNT 'tables'

# ---- the server's log cannot be written -----------------------------------------------------------

now=$REFUND_NOW
forget_refunds --no-limits
: >"$work/requests"
approved_deposits $LOG_COUNT
admin 'SELECT pg_switch_wal()' >/dev/null
admin CHECKPOINT # begins the next file
limit_files $((SEGMENT_BYTES / 2))
run payrecon-refund
like "$code" '^(69|70|74)$' 'the log is full, the server dies: an exit code of trouble'
like "$(grep -m 1 PANIC "$(cat "$server/home")/server.log")" 'could not write to (log )?file .*File too large' 'it did die of that'
bash tests/support/pg_server.sh restart "$server" || bail 'no server'
is "$(sent_but_not_kept)" '' 'nothing was sent that is not in the database'
is "$(states | grep -c 'APPROVED [1-9]')" 1 'the rest was not sent'
go_on
is "$code" 0 'with room again it goes on'
look $LOG_COUNT 'log'

done_testing
