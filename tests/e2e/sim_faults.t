#!/usr/bin/env bash
# wxpay-sim's faults on the wire, with curl and openssl as the other side: which of them come before a refund has any effect and which
# after it, and what a client gets.
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

# shellcheck source=tests/e2e/lib_sim.sh
. tests/e2e/lib_sim.sh

cat >"$work/world.jsonl" <<'END'
{"merchant":{"mchid":"1900000001","name":"甲","appids":["wx0000000000000001"],"rate":"0.60%"}}
{"payment":{"mchid":"1900000001","appid":"wx0000000000000001","out_trade_no":"P10001","transaction_id":"4200000001","time":"2026-05-31T09:00:00+08:00","total_fen":1000000}}
END
: >"$work/faults"
state=$work/state
now=$(seconds 2026-06-01T10:30:00+08:00)
start_sim "$state" --now 2026-06-01T10:30:00+08:00 --faults "$work/faults" --log "$work/log" --admin "$work/admin" --no-limits
refunds=/v3/refund/domestic/refunds
trade='/v3/bill/tradebill?bill_date=2026-05-31'
openssl x509 -in "$state/platform_cert.pem" -noout -pubkey >"$work/platform.pub"

# Two refunds of one order are a minute apart: each has its own.
refund() { # out_refund_no
    advance 60
    post "$refunds" "{\"transaction_id\":\"4200000001\",\"out_refund_no\":\"$1\",\"amount\":{\"refund\":100,\"total\":1000000,\"currency\":\"CNY\"}}"
}

query() { # out_refund_no
    get "$refunds/$1"
    outcome
}

logged() { # member of the last line of the log
    tail -n 1 "$work/log" | grep -oE "\"$1\":(\"[^\"]*\"|[0-9]+)" | cut -d : -f 2- | tr -d '"'
}

# ---- before the effect, and after it ------------------------------------------------------------

# Rule | what the client gets: status, curl's exit code | what there is afterwards
number=0
while IFS='|' read -r rule got after; do
    number=$((number + 1))
    set_faults "refund $rule"
    refund "R$number"
    fault=${rule##* }
    is "$status $curl_exit" "$got" "refund $rule: what the client gets"
    is "$(logged fault) $(logged out_refund_no) $(logged status)" "${fault%%=*} R$number $((10#$status))" "refund $rule: what the log has"
    is "$(query "R$number")" "$after" "refund $rule: what there is"
done <<'END'
status=500|500 0|404 RESOURCE_NOT_EXISTS
after status=500|500 0|200 PROCESSING
rate-limit=3|429 0|404 RESOURCE_NOT_EXISTS
after rate-limit|429 0|200 PROCESSING
invalid-request|400 0|404 RESOURCE_NOT_EXISTS
after invalid-request|400 0|200 PROCESSING
drop|000 56|404 RESOURCE_NOT_EXISTS
after drop|000 56|200 PROCESSING
reset=20|200 56|200 PROCESSING
truncate=20|200 18|200 PROCESSING
empty-body|200 0|200 PROCESSING
not-json=502|502 0|200 PROCESSING
bad-signature|200 0|200 PROCESSING
server-clock=600|401 0|404 RESOURCE_NOT_EXISTS
END

# The dangerous one: the same number again is the same refund, whatever the first reply was.
set_faults 'refund out_refund_no=AGAIN nth=1 after status=500'
refund OTHER
is "$status" 200 'out_refund_no: not for another refund'
refund AGAIN
is "$(error | cut -d ' ' -f 1-2)" '500 SYSTEM_ERROR' 'out_refund_no: for this one'
query AGAIN >/dev/null
refund_id=$(member refund_id)
refund AGAIN
is "$status $(member refund_id) ${#refund_id}" "200 $refund_id 29" 'asked for again it is the one that was accepted'
set_faults 'order-query status=503' 'refund-query drop' 'refund-abnormal rate-limit'
get '/v3/pay/transactions/id/4200000001?mchid=1900000001'
is "$(error | cut -d ' ' -f 1-2)" '503 SERVICE_UNAVAILABLE' 'an order query'
get "$refunds/AGAIN"
is "$status $curl_exit" '000 56' 'a refund query'
post "$refunds/$refund_id/apply-abnormal-refund" '{}'
is "$(error | cut -d ' ' -f 1-2)" '429 FREQUENCY_LIMITED' 'an abnormal refund'

# ---- what is on the wire ------------------------------------------------------------------------

set_faults ''
get "$trade"
whole=$(stat -c %s "$work/body")
set_faults 'tradebill rate-limit=7'
get "$trade"
is "$status $(header Retry-After)" '429 7' 'rate-limit with a Retry-After'
set_faults 'tradebill rate-limit'
get "$trade"
is "$status $(header Retry-After)" '429 ' 'and without'
set_faults 'tradebill redirect=https://elsewhere.invalid/x'
get "$trade"
is "$status $(header Location) $(stat -c %s "$work/body")" '307 https://elsewhere.invalid/x 0' 'redirect'
set_faults 'tradebill huge=3000000'
get "$trade"
is "$(stat -c %s "$work/body") $(verify "$work/platform.pub") $(tr -d ' ' <"$work/body" | wc -c)" "3000000 valid $whole" 'huge: blanks, signed'
set_faults 'tradebill shorten=40'
get "$trade"
is "$(stat -c %s "$work/body") $(header Content-Length) $(verify "$work/platform.pub") $curl_exit" '40 40 valid 0' 'shorten: a reply of that length'
for rule in 'truncate=40 18' 'hang-up=40 18' 'reset=40 56'; do
    set_faults "tradebill ${rule% *}"
    get "$trade"
    is "$(stat -c %s "$work/body") $(header Content-Length) $curl_exit $(logged bytes)" "40 $whole ${rule#* } 40" "${rule% *}: not all that was announced"
done
set_faults 'tradebill delay=300'
get "$trade" -w '%{http_code} %{time_total}'
is "$(awk '{ print $1, ($2 >= 0.3) }' <<<"$status")" '200 1' 'delay'
set_faults 'tradebill trickle=1000'
get "$trade" -w '%{http_code} %{time_total}'
is "$(awk '{ print $1, ($2 >= 0.1) }' <<<"$status") $(stat -c %s "$work/body")" "200 1 $whole" 'trickle'
set_faults 'tradebill other-host'
get "$trade"
is "$(member download_url | cut -d / -f 1-3)" 'https://wxpay.invalid' 'other-host'
set_faults 'download gzip-bomb=10000000'
apply "$trade&tar_type=GZIP"
get "$download"
is "$(($(stat -c %s "$work/body") < 20000)) $(gzip -dc "$work/body" | wc -c)" '1 10000000' 'gzip-bomb'
set_faults 'download damaged-gzip'
apply "$trade&tar_type=GZIP"
get "$download"
is "$status $(gzip -dc "$work/body" >/dev/null 2>&1; echo $?)" '200 1' 'damaged-gzip'

# ---- signatures ---------------------------------------------------------------------------------

set_faults 'tradebill no-signature'
get "$trade"
is "$status $(header Wechatpay-Signature)$(header Wechatpay-Serial)" '200 ' 'no-signature'
set_faults 'tradebill foreign-signature'
get "$trade"
is "$(header Wechatpay-Serial) $(verify "$work/platform.pub") $(verify "$state/wechatpay_public_key.pem")" \
    "$(openssl x509 -in "$state/platform_cert.pem" -noout -serial | cut -d = -f 2) invalid valid" 'foreign-signature: another key than is named'
set_faults 'tradebill timestamp=-299'
get "$trade"
is "$(header Wechatpay-Timestamp) $(verify "$work/platform.pub")" "$((now - 299)) valid" 'timestamp'

# Serial numbers that /v3/certificates lists, one a line.
listed() {
    get /v3/certificates
    grep -oE '"serial_no":"[0-9A-F]{40}"' "$work/body" | cut -d '"' -f 4
}

set_faults 'tradebill nth=2-* rotated-key'
get "$trade"
is "$(verify "$work/platform.pub") $(listed | wc -l)" 'valid 1' 'before the key is rotated there is one'
get "$trade"
serial=$(header Wechatpay-Serial)
is "$(verify "$work/platform.pub") $(listed | grep -c "^$serial\$") $(listed | wc -l)" 'invalid 1 2' 'then the reply names another, which is listed'
set_faults 'tradebill unknown-key'
get "$trade"
serial=$(header Wechatpay-Serial)
is "${#serial} $(listed | grep -c "^$serial\$") $(listed | wc -l)" '40 0 1' 'unknown-key: listed nowhere'
set_faults 'tradebill expired-key'
get "$trade"
serial=$(header Wechatpay-Serial)
is "$(listed | grep -c "^$serial\$")" 1 'expired-key: is listed'
get /v3/certificates
expiry=$(grep -oE "\"serial_no\":\"$serial\"[^}]*\"expire_time\":\"[^\"]*" "$work/body" | grep -oE '[^"]*$')
is "$(($(seconds "$expiry") < now))" 1 'though its time is over'

echo "1..$tests"
