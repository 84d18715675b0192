# shellcheck shell=bash
# One night of the base world of tests/scenarios under a fault script. Sourced after night.sh and lib_scenario.sh, whose helpers it uses.
#
#     prepare_faults                  once
#     add_row 'tradebill nth=1 drop'  as often as you like
#     run_rows 6                      all of them, so many at once: each works with a simulator and a database of its own
#     outcome 0                       what the first one came to, see there
#
# Rows wait at the same time where a client waits for a server; that is why they are not run one after the other.

FAULT_NIGHT=2026-05-11T10:30:00+08:00
FAULT_SECRETS=
fault_rows=()

# What must be in no message: keys, line by line, and the words that credentials stand behind.
list_secrets() {
    cat "$work/sim/merchants/$MCHID/apiv3.key"
    echo
    grep -hv -e '^-' "$work/sim/merchants/$MCHID/apiclient_key.pem"
    printf '%s\n' 'signature=' 'token=' 'WECHATPAY2-SHA256-RSA2048'
}

prepare_faults() {
    prepare_scenarios
    FAULT_SECRETS=$(list_secrets)
}

add_row() { # rules, one or more with "; " between them
    fault_rows+=("$1")
}

# Every table that a night writes to.
forget_nights() {
    sql "DO \$\$ BEGIN EXECUTE (SELECT 'TRUNCATE ' || string_agg(format('recon.%I', relname), ', ')
           FROM pg_class WHERE relnamespace = 'recon'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
            AND relname NOT IN ('merchant', 'merchant_app', 'schema_migration')); END \$\$"
    : >"$work/requests"
}

# "c1 t2 f1 d2": certificates, trade bills, fund-flow bills, downloads.
count_requests() {
    local pair counted=
    for pair in c=certificates t=bill/tradebill f=bill/fundflowbill d=billdownload/file; do
        counted+=" ${pair%%=*}$(requests "/v3/${pair#*=}\"")"
    done
    echo "${counted# }"
}

# Ports, digests and Request-Ids are nobody's business here.
normalize() {
    sed -E "s/localhost:[0-9]+/HOST/g; s/[0-9a-f]{40,64}/DIGEST/g; s/Request-Id [0-9A-F]+-[0-9]+/Request-Id …/g; s/\"[0-9A-F]{40}\"/\"SERIAL\"/g
            s/FUND_BASIC/fund/g; s/TRADE_ALL/trade/g"
}

# Exit code, requests, bills, findings, the day, its statements: one line, with bars between them.
write_outcome() { # file
    {
        echo "$code|$(count_requests)"
        sql "SELECT concat_ws('|',
                    (SELECT COALESCE(string_agg(format('%s %s %s', kind, version, state), ', ' ORDER BY kind, version), '-') FROM recon.bill_file),
                    (SELECT COALESCE(string_agg(format('%s %s %s', code, key, state), ', ' ORDER BY code, key), '-') FROM recon.finding),
                    (SELECT concat_ws(' ', stage, verdict, reason) FROM recon.day WHERE bill_day = '2026-05-10'),
                    (SELECT count(*) FROM recon.statement))" | normalize
    } | paste -sd '|' >"$1"
}

# The secrets that were said or stored.
write_leaks() { # file
    {
        cat "$work/out" "$work/err"
        sql "SELECT reason FROM recon.day UNION ALL SELECT evidence::text FROM recon.finding"
    } | grep -oF "$FAULT_SECRETS" >"$1"
}

run_row() { # number
    forget_nights
    printf '%s\n' "${fault_rows[$1]//; /$'\n'}" >"$work/faults"
    tell reload
    run payrecon-nightly
    write_outcome "$results/$1"
    write_leaks "$results/$1.leaks"
}

# Takes rows that nobody has taken yet.
work_on_rows() { # number of the worker
    local row name=fault_$$_$1 keys=$work/sim
    work=$work/worker$1
    pids=()
    mkdir -p "$work/world" "$work/statements"
    cp -R "$keys" "$work/sim"
    make_scenario_world "$SCENARIOS/base" "$work/world/world.jsonl"
    start_sim "$FAULT_NIGHT"
    now=$FAULT_NIGHT
    admin "CREATE DATABASE $name TEMPLATE $scenario_template" || bail "no database"
    use_database "$name"
    for row in "${!fault_rows[@]}"; do
        mkdir "$results/$row.taken" 2>/dev/null && run_row "$row"
    done
    tell quit
    wait "${pids[-1]}"
    admin "DROP DATABASE $name WITH (FORCE)"
}

run_rows() { # at once
    local worker
    results=$work/results
    mkdir "$results"
    for worker in $(seq "$1"); do
        (
            trap 'kill "${pids[@]}" 2>/dev/null' EXIT
            work_on_rows "$worker" 2>"$results/worker$worker"
        ) &
    done
    wait
}

outcome() { # number of the row
    cat "$results/$1" 2>/dev/null || echo "no outcome: $(cat "$results"/worker*)"
}

leaks() { # number of the row
    sort -u "$results/$1.leaks"
}
