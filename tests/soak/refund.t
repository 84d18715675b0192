#!/usr/bin/env bash
# Deposit refunds under a mix of faults and crashes that is drawn anew for each seed (make soak SEEDS=n FIRST=n LIMIT=seconds): a seed has
# eight deposits, of which WeChat Pay lets some end ABNORMAL, CLOSED or refused; faults of the simulator by chance; runs that die at some
# point, two runs at once, connections that PostgreSQL ends, clocks that jump, an account that is empty. Then it calms down, and must come
# out as if nothing had happened: each deposit accepted once with one body, in the state that WeChat Pay has it in.
#
# A seed is a world of its own: FIRST=n SEEDS=1 repeats the one that failed.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "${BASH_SOURCE[0]}")/../e2e/night.sh"
# shellcheck source=tests/e2e/lib_refund.sh
source tests/e2e/lib_refund.sh
: "${SEEDS:=1000}" "${FIRST:=1}" "${LIMIT:=0}" "${WORKERS:=2}"

EACH=8    # deposits of a seed
BLOCK=25  # seeds of one simulator and database
POINTS=(commit-before commit-after request-before connect-before connect-after write-before read-before reply-after verify-before verify-after parse-before
    parse-after)
FAULTS=('refund chance=C after drop' 'refund chance=C drop' 'refund chance=C after status=500' 'refund chance=C status=500' 'refund chance=C status=502'
    'refund chance=C rate-limit' 'refund chance=C after rate-limit' 'refund chance=C no-signature' 'refund chance=C bad-signature'
    'refund chance=C probe-signature' 'refund chance=C foreign-signature' 'refund chance=C reset=20' 'refund chance=C hang-up=20'
    'refund chance=C truncate=20' 'refund chance=C not-json=502' 'refund chance=C not-json=200' 'refund-query chance=C drop'
    'refund-query chance=C status=500' 'refund-query chance=C rate-limit' 'refund-query chance=C bad-signature' 'refund-query chance=C probe-signature'
    'refund-query chance=C reset=20' 'refund-query chance=C not-json=503' 'order-query chance=C drop' 'order-query chance=C status=503'
    'order-query chance=C bad-signature' 'certificates chance=C drop' 'certificates chance=C status=500' 'refund nth=1 rotated-key')
ENDS=(SUCCESS SUCCESS SUCCESS SUCCESS SUCCESS SUCCESS ABNORMAL CLOSED USER_ACCOUNT_ABNORMAL SUCCESS)

# How WeChat Pay lets deposit i of a seed end, and after how many seconds: the same in every run.
end_of() { # seed, i
    echo "${ENDS[$((($1 * 7 + $2 * 3) % ${#ENDS[@]}))]}"
}

after_of() { # seed, i
    echo $((($1 * 131 + $2 * 71) % 900))
}

number_of() { # seed, i
    printf '%06d' $((($1 - block_first) * EACH + $2))
}

write_block() { # first seed, last seed
    local seed i
    block_first=$1
    write_deposits $((($2 - $1 + 1) * EACH))
    for ((seed = $1; seed <= $2; seed++)); do
        for ((i = 1; i <= EACH; i++)); do
            echo "s/\"out_trade_no\":\"P$(number_of "$seed" "$i")\".*\"total_fen\":23000/&,\"refund_ends\":\"$(end_of "$seed" "$i")\",\"refund_after_s\":$(after_of "$seed" "$i")/"
        done
    done >"$work/ends.sed"
    sed -i -f "$work/ends.sed" "$work/world/world.jsonl"
}

move() { # seconds
    at=$((at + $1))
    now=$(date -u -d "@$at" +%FT%TZ)
    tell "now $now"
}

refund() { # what stands in front
    local code=0
    "$@" "$BUILD/payrecon-refund" --now "$now" --quiet >>"$work/out" 2>>"$work/err" || code=$?
    case $code in
    0 | 1 | 65 | 69 | 75 | 77 | 124 | 137) ;;
    *) echo "payrecon-refund ended with $code" >>"$work/codes" ;;
    esac
}

# One disturbed run.
disturb() {
    local pid
    case $((RANDOM % 10)) in
    0 | 1 | 2 | 3 | 4) refund env "PAYRECON_FAILPOINT=${POINTS[RANDOM % ${#POINTS[@]}]}:$((1 + RANDOM % 25))" ;;
    5)
        refund env &
        pid=$!
        refund env "PAYRECON_FAILPOINT=${POINTS[RANDOM % ${#POINTS[@]}]}:$((1 + RANDOM % 25))"
        wait "$pid"
        ;;
    6)
        refund env &
        pid=$!
        sql "SELECT pg_sleep(0.0$((RANDOM % 10))), count(pg_terminate_backend(pid)) FROM pg_stat_activity
              WHERE application_name = 'payrecon' AND datname = current_database() GROUP BY 1" >/dev/null
        wait "$pid"
        ;;
    7) refund timeout -s TERM "0.$((RANDOM % 10))$((RANDOM % 10))" ;;
    8) # this host's clock is off by a day
        now=$(date -u -d "@$((at + (RANDOM % 2 ? 86400 : -86400)))" +%FT%TZ)
        refund env
        now=$(date -u -d "@$at" +%FT%TZ)
        ;;
    9)
        tell "balance $MCHID $((RANDOM % 3 * 20000))"
        refund env
        tell "balance $MCHID 100000000"
        ;;
    esac
}

draw_faults() {
    local i rule rules=()
    for ((i = 0; i <= RANDOM % 4; i++)); do
        rule=${FAULTS[RANDOM % ${#FAULTS[@]}]}
        rules+=("${rule/=C/=$((50 + RANDOM % 600))}")
    done
    set_faults "${rules[@]}"
    drawn+="; ${rules[*]}"
}

mine() { # condition of the deposits of a seed, as SQL
    local first=$((($1 - block_first) * EACH + 1))
    echo "deposit_id IN (SELECT 'D' || i FROM generate_series($first, $((first + EACH - 1))) AS i)"
}

left() { # seed: what is not over
    sql "SELECT count(*) FROM recon.refund_request WHERE $(mine "$1") AND state IN ('APPROVED', 'SENDING', 'UNKNOWN', 'WAITING_FUNDS', 'PROCESSING')"
}

calm_down() { # seed
    local round
    set_faults ''
    tell "balance $MCHID 100000000"
    sql "SET SESSION AUTHORIZATION payrecon_ops_checker; SELECT recon.reset_refund_breaker('$MCHID', 'looked at', '$now')" >/dev/null
    for round in $(seq 30); do
        refund env
        [ "$(left "$1")" -eq 0 ] && return
        move $((60 * (round < 8 ? round : 60)))
    done
}

# "DROPPED" where WeChat Pay refuses, else how it ends.
expected_states() { # seed
    local i
    for ((i = 1; i <= EACH; i++)); do
        echo "P$(number_of "$1" "$i") $(end_of "$1" "$i")"
    done | sed 's/USER_ACCOUNT_ABNORMAL/DROPPED/'
}

# Payments of the seed that were accepted, and how often.
accepted_of() { # seed
    local first=$((($1 - block_first) * EACH + 1))
    grep -h '^{"refund"' "$work/sim/journal.jsonl" 2>/dev/null | sed -E 's/.*"transaction_id":"4200([0-9]{6})","out_refund_no".*"refund_fen":([0-9]+),.*/\1 \2/' |
        awk -v first="$first" -v last=$((first + EACH - 1)) '$1 + 0 >= first && $1 + 0 <= last { print "P" $1, $2 }' | sort
}

due_accepted() { # seed
    local i
    for ((i = 1; i <= EACH; i++)); do
        [ "$(end_of "$1" "$i")" = USER_ACCOUNT_ABNORMAL ] ||
            echo "P$(number_of "$1" "$i") $(((($1 - block_first) * EACH + i) % 4 == 0 ? 19500 : 20000))"
    done
}

soak() { # seed; says what is wrong
    local seed=$1 round
    RANDOM=$seed
    drawn=
    : >"$work/requests"
    : >"$work/err"
    set_faults ''
    first=$(((seed - block_first) * EACH + 1))
    as payrecon_ops_maker "SELECT recon.request_deposit_refund('$MCHID', 'D' || i, '退还押金', '$now') FROM generate_series($first, $((first + EACH - 1))) AS i" >/dev/null
    as payrecon_ops_maker "SELECT recon.make_refund_batch('$MCHID', NULL, '$now'::timestamptz + interval '30 days', '$now')" >/dev/null
    approve_all
    for ((round = 0; round < 4 + RANDOM % 5; round++)); do
        draw_faults
        disturb
        move $((RANDOM % 600))
    done 2>/dev/null # bash tells of who was killed
    calm_down "$seed"
    diff <(sql "SELECT out_trade_no, state FROM recon.refund_request WHERE $(mine "$seed") ORDER BY out_trade_no") <(expected_states "$seed") ||
        echo 'states differ'
    diff <(accepted_of "$seed") <(due_accepted "$seed") || echo 'what was accepted differs'
    two_bodies | sed 's/^/two bodies: /'
    cat "$work/codes" 2>/dev/null && rm -f "$work/codes"
    # What is ABNORMAL is asked for as long as it is: the next seed has its own.
    sql "UPDATE recon.refund_request SET next_at = NULL"
}

# Seeds of one worker, block by block, each with a simulator and a database of its own.
work_on() { # number of the worker
    local top=$work block seed name
    for ((block = FIRST + BLOCK * $1; block < FIRST + SEEDS; block += BLOCK * WORKERS)); do
        local last=$((block + BLOCK - 1 < FIRST + SEEDS - 1 ? block + BLOCK - 1 : FIRST + SEEDS - 1))
        [ "$LIMIT" -gt 0 ] && [ "$SECONDS" -ge "$LIMIT" ] && break
        work=$top/block$block
        mkdir -p "$work"
        cp -R "$top/sim" "$work/sim"
        rm -f "$work/sim/journal.jsonl"
        pids=()
        write_block "$block" "$last"
        now=$REFUND_NOW
        at=$(date -u -d "$now" +%s)
        start_sim "$now" --seed "$block"
        name=soak_$$_$block
        admin "CREATE DATABASE $name" || bail "no database"
        use_database "$name"
        sql_files sql/rental/*.sql "$work/world/books.sql"
        "$BUILD/payrecon" migrate >"$work/out" 2>&1 || bail "migrate: $(cat "$work/out")"
        add_merchant "$MCHID"
        sql_files sql/roles.sql
        sed -i "s/^database = .*/& user=payrecon_job/" "$work/payrecon.conf"
        for ((seed = block; seed <= last; seed++)); do
            [ "$LIMIT" -gt 0 ] && [ "$SECONDS" -ge "$LIMIT" ] && break
            soak "$seed" >"$top/seed$seed" 2>&1
            if [ -s "$top/seed$seed" ]; then
                {
                    echo "seed $seed, faults$drawn"
                    cut -c 1-300 "$work/err" | tail -n 8
                } >>"$top/seed$seed"
            fi
            echo "$seed" >>"$top/done$1"
        done
        tell quit
        wait "${pids[-1]}"
        admin "DROP DATABASE $name WITH (FORCE)"
        rm -rf "$work"
    done
}

# The keys of the simulator are made once.
first_day=2026-05-28
write_deposits 1
start_sim "$REFUND_NOW"
tell quit
wait "${pids[-1]}"
pids=()

for ((worker = 0; worker < WORKERS; worker++)); do
    (
        trap 'kill "${pids[@]}" 2>/dev/null' EXIT
        work_on "$worker" 2>"$work/worker$worker"
    ) &
done
wait

cat "$work"/done* 2>/dev/null | sort -n >"$work/seeds"
while read -r seed; do
    tests=$((tests + 1))
    if [ -s "$work/seed$seed" ]; then
        echo "not ok $tests - seed $seed: make soak FIRST=$seed SEEDS=1"
        sed 's/^/# /' "$work/seed$seed"
    else
        echo "ok $tests - seed $seed"
    fi
done <"$work/seeds"
# A worker that gave up is a failure: what it did not reach was not proved.
if [ "$LIMIT" -eq 0 ] && [ "$tests" -ne "$SEEDS" ]; then
    echo "not ok $((tests + 1)) - $tests of $SEEDS seeds ran"
    tail -n 20 "$work"/worker* "$work"/seed* | sed 's/^/# /'
    tests=$((tests + 1))
elif [ "$tests" -eq 0 ]; then
    echo 'not ok 1 - no seed ran'
    tests=1
fi
echo "# $tests seeds" >&2
done_testing
