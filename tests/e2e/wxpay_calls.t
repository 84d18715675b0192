#!/usr/bin/env bash
# The room wxpay against wxpay-sim, which shares no code with it: orders, refunds, and bills that come sealed and in parts.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 69
BUILD=${BUILD:-build}
work=$(mktemp -d)
pids=()

clean_up() {
    local pid
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    rm -rf "$work"
}
trap clean_up EXIT

tests=0

# ---- TAP ----------------------------------------------------------------------------------------

is() { # got, expected, name
    tests=$((tests + 1))
    if [ "$1" = "$2" ]; then
        echo "ok $tests - $3"
        return
    fi
    echo "not ok $tests - $3"
    printf 'got:      %s\nexpected: %s\n' "$1" "$2" | sed 's/^/# /'
}

# ---- both sides ---------------------------------------------------------------------------------

driver=$BUILD/tests/unit/wxpay/sim_driver
make -s --no-print-directory BUILD="$BUILD" "$driver" >"$work/make" 2>&1 || {
    echo "Bail out! no driver: $(tail -n 1 "$work/make")"
    exit 1
}

cat >"$work/world.jsonl" <<'END'
{"merchant":{"mchid":"1900000001","name":"甲","appids":["wx0000000000000001"],"rate":"0.60%","opening_balance_fen":1000}}
{"merchant":{"mchid":"1900000002","name":"乙","appids":["wx0000000000000002"],"rate":"0.60%","mode":"public_key"}}
{"merchant":{"mchid":"1900000003","name":"服务商","appids":["wx0000000000000003"],"rate":"0.60%"}}
{"merchant":{"mchid":"1900000033","name":"丙","appids":["wx0000000000000003"],"rate":"0.60%","provider":"1900000003","fund_flow_parts":3,"opening_balance_fen":10000,"deposit_balance_fen":100000}}
{"movement":{"mchid":"1900000033","account":"DEPOSIT","time":"2026-05-31T11:00:00+08:00","amount_fen":50000}}
{"payment":{"mchid":"1900000001","appid":"wx0000000000000001","out_trade_no":"P1|a","transaction_id":"4200000001","time":"2026-05-31T10:00:00+08:00","total_fen":3250}}
{"payment":{"mchid":"1900000001","appid":"wx0000000000000001","out_trade_no":"P2","transaction_id":"4200000002","time":"2026-05-31T11:00:00+08:00","total_fen":100}}
{"order":{"mchid":"1900000001","appid":"wx0000000000000001","out_trade_no":"P3","total_fen":500}}
{"payment":{"mchid":"1900000002","appid":"wx0000000000000002","out_trade_no":"Q1","transaction_id":"4200000003","time":"2026-05-31T10:00:00+08:00","total_fen":100}}
{"payment":{"mchid":"1900000033","appid":"wx0000000000000003","out_trade_no":"S1","transaction_id":"4200000004","time":"2026-05-31T10:00:00+08:00","total_fen":9900}}
END
: >"$work/faults"

"$BUILD/wxpay-sim" --state "$work/state" --world "$work/world.jsonl" --ready "$work/ready" --faults "$work/faults" \
    --now 2026-06-01T10:30:00+08:00 --log "$work/log" --admin "$work/admin" 2>"$work/stderr" &
pids+=("$!")
for _ in $(seq 600); do
    if [ -s "$work/ready" ] || ! kill -0 "${pids[0]}" 2>/dev/null; then
        break
    fi
    sleep 0.05
done
[ -s "$work/ready" ] || {
    echo "Bail out! wxpay-sim does not start: $(cat "$work/stderr")"
    exit 1
}
url=$(cat "$work/ready")

# The driver's last line and exit code, as a merchant; what the kernel or chance chose becomes a word.
last() { # mchid, command…
    local mchid=$1 output
    shift
    output=$("$driver" "$url" "$work/state/ca.pem" "$work/state/merchants/$mchid" "$mchid" "${SUB-}" "${NOW:-2026-06-01T10:30:00+08:00}" "$@")
    echo "$? $(tail -n 1 <<<"$output" | sed -E 's#(Request-Id) [0-9A-F]+-[0-9]+#\1 …#')"
}

logged() {
    wc -l <"$work/log"
}

requests() { # since the log had $1 lines
    tail -n "+$(($1 + 1))" "$work/log" | sed -E 's/.*"path":"([^"?]*).*"status":([0-9]+).*/\2 \1/' | paste -sd ' '
}

tell() {
    "$BUILD/wxpay-sim" --admin "$work/admin" --tell "$1" >/dev/null
}

# ---- orders -------------------------------------------------------------------------------------

is "$(last 1900000001 order number 'P1|a')" '0 order P1|a 4200000001 state 1, 3250 fen' 'an order by its number, which has to be encoded'
is "$(last 1900000001 order transaction 4200000002)" '0 order P2 4200000002 state 1, 100 fen' 'an order by its transaction'
is "$(last 1900000001 order number P3)" '0 order P3  state 3, 500 fen' 'an order that was not paid'
is "$(last 1900000001 order number P9)" '0 no such order' 'an order that nobody knows'
is "$(last 1900000002 order number Q1)" '0 order Q1 4200000003 state 1, 100 fen' 'in public-key mode'
is "$(SUB=1900000033 last 1900000003 order number S1)" '0 order S1 4200000004 state 1, 9900 fen' 'of a sub-merchant'

# ---- refunds ------------------------------------------------------------------------------------

is "$(last 1900000001 refund-query 'D|1')" '0 reaction 7: refund D|1: GET /v3/refund/domestic/refunds/D%7C1: status 404 RESOURCE_NOT_EXISTS "退款单不存在" (Request-Id …)' \
    'a refund that nobody asked for'
before=$(logged)
is "$(last 1900000001 refund 'D|1' 4200000001 1000 3250 '')" '0 refund D|1 of 4200000001 status 3, 1000 of 3250 fen' 'a refund is accepted'
is "$(last 1900000001 refund 'D|1' 4200000001 1000 3250 '')" '0 refund D|1 of 4200000001 status 3, 1000 of 3250 fen' 'the same again is the same refund'
is "$(requests "$before")" '200 /v3/certificates 200 /v3/refund/domestic/refunds 200 /v3/certificates 200 /v3/refund/domestic/refunds' 'each was sent once'
is "$(last 1900000001 refund 'D|1' 4200000001 999 3250 '' | cut -c 1-13)" '0 reaction 11' 'the same number with another amount: people'
is "$(last 1900000001 order number 'P1|a')" '0 order P1|a 4200000001 state 2, 3250 fen' 'the order is one with refunds'
is "$(last 1900000001 refund D2 4200000001 1000 3250 '' | cut -c 1-12)" '0 reaction 8' 'a second one within a minute: ask first'
is "$(last 1900000001 refund D3 4200000009 1 1 '' | cut -c 1-12)" '0 reaction 7' 'an order that nobody knows'
tell 'advance 10m'
is "$(NOW=2026-06-01T10:40:00+08:00 last 1900000001 refund-query 'D|1')" '0 refund D|1 of 4200000001 status 1, 1000 of 3250 fen' 'it succeeds'
tell 'balance 1900000001 5'
is "$(NOW=2026-06-01T10:40:00+08:00 last 1900000001 refund D4 4200000002 100 100 '' | cut -c 1-12)" '0 reaction 9' 'not enough money'
tell 'now 2026-06-01T10:30:00+08:00'
is "$(SUB=1900000033 last 1900000003 refund E1 4200000004 9900 9900 1900000033)" '0 refund E1 of 4200000004 status 3, 9900 of 9900 fen' 'a partner refunds for its sub-merchant'
is "$(SUB=1900000033 last 1900000003 refund-query E1)" '0 refund E1 of 4200000004 status 3, 9900 of 9900 fen' 'and asks for it'

# ---- bills that come sealed ---------------------------------------------------------------------

is "$(SUB=1900000033 last 1900000003 sub-fetch BASIC 2026-05-31 "$work/bill")" "0 bytes $(stat -c %s "$work/bill")" 'three parts are opened and joined'
is "$(head -c 3 "$work/bill" | od -An -tx1)" ' ef bb bf' 'it begins as a bill'
is "$(grep -c 4200000004 "$work/bill")" 2 'it holds the payment and its fee'
is "$(grep -a -c '^资金流水总笔数' "$work/bill")" 1 'it ends as a bill'
is "$(SUB=1900000033 last 1900000003 sub-fetch OPERATION 2026-05-31 "$work/bill")" '0 state 1, 0 parts' 'an account that did not move'

is "$(SUB=1900000033 last 1900000003 sub-fetch DEPOSIT 2026-05-31 "$work/bill")" "0 bytes $(stat -c %s "$work/bill")" 'its deposits'
is "$(grep -c '`收入,`500.00,`1500.00' "$work/bill")" 1 'as they moved, with a balance of their own'

echo "1..$tests"
