#!/usr/bin/env bash
# The room wxpay against wxpay-sim, which shares no code with it: certificates, applications, downloads, and how it takes each fault.
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
{"merchant":{"mchid":"1900000001","name":"甲","appids":["wx0000000000000001"],"rate":"0.60%"}}
{"merchant":{"mchid":"1900000002","name":"乙","appids":["wx0000000000000002"],"rate":"0.60%","mode":"public_key"}}
{"merchant":{"mchid":"1900000003","name":"丙","appids":["wx0000000000000003"],"rate":"1.00%","sub_mchid":"1900000033"}}
{"payment":{"mchid":"1900000001","appid":"wx0000000000000001","out_trade_no":"P1","transaction_id":"4200000001","time":"2026-05-31T23:59:59+08:00","total_fen":3250}}
{"payment":{"mchid":"1900000002","appid":"wx0000000000000002","out_trade_no":"Q1","transaction_id":"4200000002","time":"2026-05-31T10:00:00+08:00","total_fen":100}}
{"payment":{"mchid":"1900000003","appid":"wx0000000000000003","out_trade_no":"S1","transaction_id":"4200000003","time":"2026-05-31T10:00:00+08:00","total_fen":100}}
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

tell() {
    "$BUILD/wxpay-sim" --admin "$work/admin" --tell "$1" >/dev/null
}

faults() {
    printf '%s\n' "$@" >"$work/faults"
    tell reload
}

# Runs the driver as a merchant; the address in its output, which the kernel chose, becomes URL and HOST.
drive() { # mchid, command…
    local mchid=$1
    shift
    "$driver" "$url" "$work/state/ca.pem" "$work/state/merchants/${KEYS:-$mchid}" "$mchid" "${SUB-}" \
        "${NOW:-2026-06-01T10:30:00+08:00}" "$@" >"$work/raw"
    code=$?
    sed -E "s#$url#URL#g; s#${url#https://}#HOST#g; s#(Request-Id) [0-9A-F]+-[0-9]+#\1 …#; s#token=[^& ]+#token=…#" "$work/raw"
    return "$code"
}

# The driver's last line and exit code.
last() {
    local output
    output=$(drive "$@")
    echo "$? $(tail -n 1 <<<"$output")"
}

digest_of() { # gzip file
    gzip -dc "$1" | sha1sum | cut -d ' ' -f 1
}

requests() { # since the log had $1 lines
    tail -n "+$(($1 + 1))" "$work/log" | sed -E 's/.*"path":"([^"?]*).*"status":([0-9]+).*/\2 \1/' | paste -sd ' '
}

logged() {
    wc -l <"$work/log"
}

# ---- the plain path -----------------------------------------------------------------------------

before=$(logged)
for kind in 'trade ALL' 'trade SUCCESS' 'fund BASIC'; do
    output=$(drive 1900000001 fetch "$kind" 2026-05-31 "$work/bill")
    is "$?" 0 "$kind: fetched"
    is "$(head -n 1 <<<"$output")" "offered $(digest_of "$work/bill")" "$kind: the digest is that of the plain bytes"
    is "$(tail -n 1 <<<"$output")" "bytes $(stat -c %s "$work/bill")" "$kind: every byte is counted"
    is "$(sed -n 2p <<<"$output")" 'request id there' "$kind: the Request-Id is kept"
done
is "$(requests "$before")" "$(printf '200 /v3/certificates 200 /v3/bill/%s 200 /v3/billdownload/file ' tradebill tradebill fundflowbill | sed 's/ $//')" \
    'three requests a bill, none twice'

before=$(logged)
is "$(last 1900000002 fetch 'trade ALL' 2026-05-31 "$work/bill")" "0 bytes $(stat -c %s "$work/bill")" 'public-key mode'
is "$(requests "$before")" '200 /v3/bill/tradebill 200 /v3/billdownload/file' 'public-key mode asks for no certificates'
is "$(SUB=1900000033 last 1900000003 apply 'trade ALL' 2026-05-31)" '0 url URL/v3/billdownload/file?token=…&tartype=gzip' 'a partner names the sub-merchant'

is "$(drive 1900000001 apply 'trade REFUND' 2026-05-31 | head -n 1)" 'none ' 'a day without refunds'
is "$(drive 1900000001 apply 'trade ALL' 2026-05-20 | head -n 1)" 'none ' 'a day without anything'
tell 'now 2026-06-01T09:59:00+08:00'
is "$(NOW=2026-06-01T09:59:00+08:00 drive 1900000001 apply 'trade ALL' 2026-05-31 | head -n 1)" 'not ready ' 'before ten o'\''clock'
tell 'now 2026-06-01T10:30:00+08:00'

# ---- tokens -------------------------------------------------------------------------------------

drive 1900000001 apply 'trade ALL' 2026-05-31 >/dev/null
offer=$(sed -n 's/^url //p' "$work/raw")
is "$(last 1900000002 download "$offer" "$work/bill")" \
    '77 no access: download of a bill: GET /v3/billdownload/file: status 403 NO_AUTH "商户无权下载该账单" (Request-Id …)' 'a token belongs to who applied'
tell 'now 2026-06-01T10:36:00+08:00'
is "$(NOW=2026-06-01T10:36:00+08:00 last 1900000001 download "$offer" "$work/bill")" \
    '75 try again later: download of a bill: GET /v3/billdownload/file: status 400 INVALID_REQUEST "下载凭证无效或已过期，请重新申请账单" (Request-Id …)' 'a token expires'
tell 'now 2026-06-01T10:30:00+08:00'

# ---- who asks -----------------------------------------------------------------------------------

is "$(NOW=2026-06-01T10:36:00+08:00 last 1900000001 apply 'trade ALL' 2026-05-31)" \
    '77 no access: trade ALL bill of 2026-05-31: GET /v3/certificates: status 401 SIGN_ERROR "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟" (Request-Id …)' \
    'our clock is wrong'
is "$(KEYS=1900000003 last 1900000001 apply 'trade ALL' 2026-05-31)" \
    '77 no access: trade ALL bill of 2026-05-31: GET /v3/certificates: status 401 SIGN_ERROR "商户证书序列号有误。请使用签名私钥匹配的证书序列号" (Request-Id …)' \
    'keys of another merchant'
cp -rp "$work/state/merchants/1900000002" "$work/state/merchants/old"
rm "$work/state/merchants/old/wechatpay_public_key."*
is "$(KEYS=old last 1900000002 apply 'trade ALL' 2026-05-31)" \
    '77 no access: trade ALL bill of 2026-05-31: GET /v3/certificates: status 404 RESOURCE_NOT_EXISTS "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。" (Request-Id …)' \
    'public-key mode without its key'
is "$(last 1900000001 apply 'trade ALL' 2026-06-01)" \
    '65 bad data: trade ALL bill of 2026-06-01: GET /v3/bill/tradebill: status 400 INVALID_REQUEST "账单日期不在可下载的范围内" (Request-Id …)' \
    'a day that is not over'

# ---- faults -------------------------------------------------------------------------------------

fetch() {
    last 1900000001 fetch 'trade ALL' 2026-05-31 "$work/bill"
}

waits() {
    grep -c '^wait$' "$work/raw"
}

fetch >/dev/null
size=$(stat -c %s "$work/bill")
good="0 bytes $size"
rest=$((size - 100))
serial=$(openssl x509 -in "$work/state/platform_cert.pem" -noout -serial | cut -d = -f 2)
apply_failed='trade ALL bill of 2026-05-31: GET /v3/bill/tradebill:'
download_failed='download of a bill: GET /v3/billdownload/file:'

# Passed over: fault script, waits
while IFS='|' read -r count script; do
    faults "$script"
    is "$(fetch)" "$good" "$script: passed over"
    is "$(waits)" "$count" "$script: attempts"
done <<'END'
1|certificates nth=1 probe-signature
2|tradebill nth=1-2 probe-signature
1|tradebill nth=1 bad-signature
1|tradebill nth=1 status=500
4|tradebill nth=1-4 status=503
1|certificates nth=1 status=502
1|tradebill nth=1 rate-limit
1|download nth=1 status=500
1|download nth=1 rate-limit
0|tradebill leading-space
END

# Not passed over: waits, exit code and message, fault script
while IFS='|' read -r count expected script; do
    faults "$script"
    expected=${expected/APPLY/$apply_failed}
    expected=${expected/SERIAL/$serial}
    expected=${expected/REST/$rest}
    is "$(fetch)" "${expected/DOWNLOAD/$download_failed}" "$script: told"
    is "$(waits)" "$count" "$script: attempts"
done <<'END'
4|69 unavailable: APPLY after 5 attempts: status 500 SYSTEM_ERROR "系统异常，请稍后重试" (Request-Id …)|tradebill status=500
4|75 try again later: APPLY after 5 attempts: status 429 FREQUENCY_LIMITED "频率超限，请降低请求频率后重试" (Request-Id …)|tradebill rate-limit
4|77 no access: APPLY after 5 attempts: the reply's signature with key "SERIAL" is wrong (Request-Id …)|tradebill bad-signature
0|69 unavailable: DOWNLOAD no complete reply from HOST: transfer closed with REST bytes remaining to read|download truncate=100
0|65 bad data: download of a bill: the reply is empty|download empty-body
0|65 bad data: trade ALL bill of 2026-05-31: the offer: not valid JSON: line 1, column 0: '[' or '{' expected near end of file (Request-Id …)|tradebill empty-body
0|78 configuration: DOWNLOAD status 302 (Request-Id …)|download status=302
END

# What is slower or larger than the client is told to take.
faults 'tradebill trickle=50'
is "$(TOTAL_TIMEOUT_MS=400 fetch | sed -E 's/with [0-9]+ out/with … out/; s/of [0-9]+ bytes/of … bytes/; s/after [0-9]+ milliseconds/after … ms/')" \
    "69 unavailable: $apply_failed after 5 attempts: no complete reply from HOST: Operation timed out after … ms with … out of … bytes received (Request-Id …)" 'tradebill trickle: told'
is "$(waits)" 4 'tradebill trickle: attempts'
faults 'download huge=100000'
is "$(BILL_BYTES_MAX=5000 fetch)" "65 too large: $download_failed the reply from HOST is larger than 5000 bytes" 'download huge: told'
is "$(waits)" 0 'download huge: attempts'

is "$(faults 'tradebill not-ready'; drive 1900000001 apply 'trade ALL' 2026-05-31 | head -n 1)" 'not ready ' 'tradebill not-ready: told'
is "$(faults 'tradebill no-bill'; drive 1900000001 apply 'trade ALL' 2026-05-31 | head -n 1)" 'none ' 'tradebill no-bill: told'
faults 'tradebill wrong-digest'
output=$(drive 1900000001 fetch 'trade ALL' 2026-05-31 "$work/bill")
is "$?" 0 'tradebill wrong-digest: not for this room to see'
is "$([ "$(head -n 1 <<<"$output")" != "offered $(digest_of "$work/bill")" ]; echo $?)" 0 'tradebill wrong-digest: the digests differ'

echo "1..$tests"
