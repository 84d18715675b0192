#!/usr/bin/env bash
# A load test of wxpay-sim on loopback: COUNT refunds at RATE a second, every answer checked, then the same number with 100 ms of latency,
# and at the end the sums: each refund once in the journal, as many fen in the fund flow (make sim-load COUNT=N RATE=N).
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${BUILD:=build}" "${COUNT:=1000}" "${RATE:=150}"
mkdir -p "$BUILD"
BUILD=$(cd "$BUILD" && pwd)
work=$BUILD/sim-load
mchid=1900000001
export LC_ALL=C.UTF-8
sim_pid=

clean_up() {
    [ -z "$sim_pid" ] || { kill "$sim_pid" 2>/dev/null && wait "$sim_pid"; } || true
    rm -rf "$work"
}
rm -rf "$work"
mkdir -p "$work"
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
failed=0

start_sim() { # state folder, options…
    rm -f "$work/ready"
    "$BUILD/wxpay-sim" --state "$1" --world "$work/world.jsonl" --ready "$work/ready" "${@:2}" &
    sim_pid=$!
    while [ ! -s "$work/ready" ]; do
        kill -0 "$sim_pid" || exit 70
        sleep 0.05
    done
}

# Payments of an hour ago, 1 yuan each.
{
    printf '{"merchant":{"mchid":"%s","name":"load","appids":["wx0000000000000001"],"rate":"0.60%%"}}\n' "$mchid"
    awk -v count="$COUNT" -v mchid="$mchid" -v time="$(TZ=Asia/Shanghai date -d '1 hour ago' +%Y-%m-%dT%H:%M:%S+08:00)" 'BEGIN {
        for (at = 0; at < count; at++)
            printf "{\"payment\":{\"mchid\":\"%s\",\"appid\":\"wx0000000000000001\",\"out_trade_no\":\"P10%d\",\"transaction_id\":\"42%d\",\"time\":\"%s\",\"total_fen\":100,\"bank\":\"CFT\"}}\n", mchid, at, at, time
    }'
} >"$work/world.jsonl"

printf '%-24s %8s %8s %8s %9s %9s %9s %9s\n' case sent right wrong seconds 'p50 ms' 'p99 ms' 'max ms'
measure() { # name, state folder, options of the simulator…
    local name=$1 state=$2 figures
    start_sim "$state" "${@:3}"
    figures=$("$BUILD/bench-sim_load" "$(cat "$work/ready")" "$state" "$mchid" "$COUNT" "$RATE") || failed=1
    # shellcheck disable=SC2086 # seven figures
    printf '%-24s %8s %8s %8s %9s %9s %9s %9s\n' "$name" $figures
    kill "$sim_pid"
    wait "$sim_pid"
    sim_pid=
    if [ "$(grep -o '"out_refund_no":"LOAD[0-9]*","refund_id"' "$state/journal.jsonl" | sort -u | wc -l)" -ne "$COUNT" ] ||
        [ "$(wc -l <"$state/journal.jsonl")" -ne "$COUNT" ]; then
        echo "the journal does not have each refund once"
        failed=1
    fi
}
measure "at $RATE a second" "$work/state"
measure 'again, known numbers' "$work/state"
measure 'with 100 ms of latency' "$work/late" --latency 100
exit "$failed"
