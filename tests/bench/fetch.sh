# shellcheck shell=bash
# Fetching for many merchants against fetching for one: a day each, a trade bill and a fund-flow bill, from a simulator that is LATENCY_MS
# away, there and back. Sourced by bench.sh, whose helpers it uses, after its database was prepared.
#
# The distance is bench-relay's, which delays bytes in both directions, and not wxpay-sim's --latency, which holds replies back: over a network
# connecting takes a round trip and TLS 1.2, which is what WeChat Pay speaks, two more before the first request. One merchant pays that for one
# connection and four requests, many of them once for each of 32 connections. A merchant's requests come one after the other, so one alone needs
# 3 + 4 round trips, and MERCHANTS of them 3 + 4 * MERCHANTS / 32, whatever the program does: for 200 the ratio is 4
# but for the few hundredths of a second that each run takes besides.
MERCHANTS=200
LATENCY_MS=100
first_mchid=1910000000

fetch_world() { # merchants
    local n mchid
    for ((n = 0; n < $1; n++)); do
        mchid=$((first_mchid + n))
        printf '{"merchant":{"mchid":"%s","name":"%s","appids":["wx8d1f2a90c4e7b653"],"rate":"0.60%%","mode":"public_key"}}\n' $mchid $n
        printf '{"payment":{"mchid":"%s","appid":"wx8d1f2a90c4e7b653","out_trade_no":"P%s","transaction_id":"42000020260531%014d","time":"%sT08:12:30+08:00","total_fen":2000}}\n' \
            $mchid $mchid $n "$day"
    done >"$work/fetch.jsonl"
}

start_fetch_sim() { # options
    rm -f "$work/ready"
    "$BUILD/wxpay-sim" --state "$work/sim" --world "$work/fetch.jsonl" --now "$now" --ready "$work/ready" "$@" &
    sim_pid=$!
    while [ ! -s "$work/ready" ]; do
        kill -0 "$sim_pid" || die "wxpay-sim does not start"
        sleep 0.05
    done
}

start_relay() {
    rm -f "$work/relay"
    "$BUILD/bench-relay" --listen "$work/relay" --to "$work/ready" --round-trip "$LATENCY_MS" &
    relay_pid=$!
    while [ ! -s "$work/relay" ]; do
        kill -0 "$relay_pid" || die "bench-relay does not start"
        sleep 0.05
    done
}

stop_relay() {
    kill "$relay_pid"
    wait "$relay_pid" || true
    relay_pid=
}

stop_fetch_sim() {
    kill "$sim_pid"
    wait "$sim_pid" || true
    sim_pid=
}

# One key for all: making 200 takes longer than everything else.
prepare_fetch() {
    local n
    say "$MERCHANTS merchants, $LATENCY_MS ms there and back"
    fetch_world 1
    start_fetch_sim
    stop_fetch_sim
    for ((n = 1; n < MERCHANTS; n++)); do
        cp -R "$work/sim/merchants/$first_mchid" "$work/sim/merchants/$((first_mchid + n))"
    done
    fetch_world $MERCHANTS
    run_sql postgres -c 'CREATE DATABASE many'
    printf 'database = %s\nkeys_dir = %s\nstatements_dir = %s\nrecheck_days = 0\n' "$admin dbname=many" "$work/sim/merchants" \
        "$work/statements" >"$work/fetch.conf"
    "$BUILD/payrecon" migrate --config "$work/fetch.conf" >"$work/output" 2>&1 ||
        { cat "$work/output" >&2; die "payrecon migrate failed"; }
    run_sql many -c "INSERT INTO recon.merchant (mchid, name, mode, rate_ppm, fund_account, first_day, created_at)
        SELECT ($first_mchid + n)::text, 'x', 'DIRECT', 6000, 'BASIC', '$day', '$now' FROM generate_series(0, $MERCHANTS - 1) AS n"
    start_relay
    start_fetch_sim --url "$(cat "$work/relay")"
    printf 'wxpay_url = %s\nwxpay_ca_file = %s\n' "$(cat "$work/relay")" "$work/sim/ca.pem" >>"$work/fetch.conf"
}

fetch_case() { # case, round, bills expected, options
    run_sql many -c 'TRUNCATE recon.bill_file, recon.bill_chunk, recon.day'
    run_sql postgres -c CHECKPOINT
    measure "$1" "$2" "$BUILD/payrecon-fetch" --quiet --config "$work/fetch.conf" --now "$now" "${@:4}"
    [ "$(run_sql many -At -c 'SELECT count(*) FROM recon.bill_file')" = "$3" ] || die "$1: not all bills are there"
}

fetch_rounds() {
    local round
    prepare_fetch
    for ((round = 1; round <= ROUNDS; round++)); do
        fetch_case 'fetch 1' "$round" 2 --merchant $first_mchid
        fetch_case "fetch $MERCHANTS" "$round" $((2 * MERCHANTS))
    done
    stop_relay
    stop_fetch_sim
}
