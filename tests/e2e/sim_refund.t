#!/usr/bin/env bash
# wxpay-sim's interfaces of money: refunds, order queries, encrypted bills, certificates that change, a state that survives, with curl and
# openssl as the other side.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 69
. tests/e2e/lib_sim.sh

# ---- world --------------------------------------------------------------------------------------

cat >"$work/world.jsonl" <<'END'
{"merchant":{"mchid":"1900000001","name":"甲","appids":["wx0000000000000001"],"rate":"0.60%"}}
{"merchant":{"mchid":"1900000002","name":"乙","appids":["wx0000000000000002"],"rate":"0.60%","mode":"public_key"}}
{"merchant":{"mchid":"1900000003","name":"服务商","appids":["wx0000000000000003"],"rate":"0.60%"}}
{"merchant":{"mchid":"1900000031","name":"丙","appids":["wx0000000000000003"],"rate":"0.60%","provider":"1900000003","fund_flow_parts":3}}
{"merchant":{"mchid":"1900000032","name":"丁","appids":["wx0000000000000003"],"rate":"0.60%","provider":"1900000003"}}
{"payment":{"mchid":"1900000001","appid":"wx0000000000000001","out_trade_no":"P10001","transaction_id":"4200000001","openid":"o1","time":"2026-05-31T09:00:00+08:00","total_fen":10000,"bank":"CFT"}}
{"payment":{"mchid":"1900000001","appid":"wx0000000000000001","out_trade_no":"P10002","transaction_id":"4200000002","time":"2026-05-31T09:00:00+08:00","total_fen":10000,"refund_ends":"ABNORMAL","refund_after_s":60}}
{"payment":{"mchid":"1900000001","appid":"wx0000000000000001","out_trade_no":"P10003","transaction_id":"4200000003","time":"2026-06-05T09:00:00+08:00","total_fen":10000}}
{"order":{"mchid":"1900000001","appid":"wx0000000000000001","out_trade_no":"P10004","total_fen":500,"state":"CLOSED"}}
{"refund":{"mchid":"1900000001","transaction_id":"4200000002","out_refund_no":"CONSOLE1","refund_id":"5030000001","time":"2026-05-31T12:00:00+08:00","refund_fen":100,"status":"PROCESSING","ends":"SUCCESS","after_s":86400}}
{"payment":{"mchid":"1900000031","appid":"wx0000000000000003","out_trade_no":"S10001","transaction_id":"4200000031","openid":"o3","time":"2026-05-31T09:00:00+08:00","total_fen":3000}}
{"payment":{"mchid":"1900000032","appid":"wx0000000000000003","out_trade_no":"S10001","transaction_id":"4200000032","time":"2026-05-31T10:00:00+08:00","total_fen":4000}}
END
for number in $(seq 100 199); do
    echo "{\"payment\":{\"mchid\":\"1900000002\",\"appid\":\"wx0000000000000002\",\"out_trade_no\":\"Q10$number\",\"transaction_id\":\"42000$number\",\"time\":\"2026-05-31T09:00:00+08:00\",\"total_fen\":10000}}"
done >>"$work/world.jsonl"
: >"$work/faults"
state=$work/state
now=$(seconds 2026-06-01T10:30:00+08:00)
common=(--now 2026-06-01T10:30:00+08:00 --faults "$work/faults" --log "$work/log" --admin "$work/admin")
start_sim "$state" "${common[@]}" --no-limits
refunds=/v3/refund/domestic/refunds
openssl x509 -in "$state/platform_cert.pem" -noout -pubkey >"$work/platform.pub"

body() { # out_refund_no, fen, transaction_id, more members
    echo "{\"transaction_id\":\"${3:-4200000001}\",\"out_refund_no\":\"$1\",\"amount\":{\"refund\":$2,\"total\":10000,\"currency\":\"CNY\"}${4-}}"
}

refund() { # as body, then curl options…
    post "$refunds" "$(body "$1" "$2" "${3-}" "${4-}")" "${@:5}"
    outcome
}

query() { # path segment
    get "$refunds/$1"
    outcome
}

# ---- creating and asking ------------------------------------------------------------------------

post "$refunds" "$(body 'R-1|*@_' 3333)"
is "$status $(member status) $(verify "$work/platform.pub")" '200 PROCESSING valid' 'a refund is accepted, the reply signed'
refund_id=$(member refund_id)
like "$refund_id" '^503[0-9]{26}$' 'its number'
is "$(member create_time) $(member success_time) $(member user_received_account)" '2026-06-01T10:30:00+08:00  支付用户零钱' 'its times'
is "$(number refund_fee) $(number settlement_refund)" '20 3333' 'the fee comes back by its share'
is "$(query 'R-1%7C%2A%40_')" '200 PROCESSING' 'asked for by its number, percent-encoded'
is "$(member refund_id)" "$refund_id" 'it is the same'
is "$(query 'R-2')" '404 RESOURCE_NOT_EXISTS' 'an unknown number'
is "$(query 'R%202')" '400 PARAM_ERROR' 'not such a number'
advance 300
is "$(query 'R-1%7C%2A%40_') $(($(seconds "$(member success_time)") - now <= 0))" '200 SUCCESS 1' 'balance has it within five minutes'
is "$(refund 'R-1|*@_' 3333) $(member refund_id)" "200 SUCCESS $refund_id" 'asked for again: the same refund'
is "$(refund 'R-1|*@_' 3334)" '400 REFUND_FEE_MISMATCH' 'another amount'
is "$(refund 'R-1|*@_' 3333 '' ',"reason":"x"')" '400 INVALID_REQUEST' 'other parameters'
is "$(header Request-Id | sed 's/.*-//')" 268498688 'with the number that says so'
is "$(refund R2 6668)" '400 REFUND_FEE_MISMATCH' 'more than is left'
is "$(refund R2 3333) $(refund R3 1)" '200 PROCESSING 429 FREQUENCY_LIMITED' 'a minute between two'
advance 60
is "$(refund R3 3334) $(number refund_fee)" '200 PROCESSING 20' 'the rest'
is "$(query CONSOLE1)" '200 PROCESSING' 'a refund of the world'
post "$refunds" '{"transaction_id":"4200000001"'
is "$(error)" '400 PARAM_ERROR 请求体格式错误' 'a body that is no JSON'
BODY=$(body R4 1) SIGNED_METHOD=POST get "$refunds" -X POST -H 'Content-Type: text/plain' --data-binary "$(body R4 1)"
is "$(member code) $(member field)" 'PARAM_ERROR Content-Type' 'a body that does not say that it is JSON'
BODY=other SIGNED_METHOD=POST get "$refunds" -X POST -H 'Content-Type: application/json' --data-binary "$(body R4 1)"
is "$(error)" '401 SIGN_ERROR 签名错误' 'the body is part of what is signed'
get "$refunds"
is "$status" 405 'no GET without a number'
post "$refunds" "$(body R4 1)" -H "Wechatpay-Serial: $(cat "$state/wechatpay_public_key.id")"
is "$(refund R4 1 4200000009)" '404 RESOURCE_NOT_EXISTS' 'no such order'
tail -n 1 "$work/log" >"$work/line"
is "$(sed 's/.*"out_refund_no":/"out_refund_no":/' "$work/line")" \
    '"out_refund_no":"R4","body":"{\"transaction_id\":\"4200000009\",\"out_refund_no\":\"R4\",\"amount\":{\"refund\":1,\"total\":10000,\"currency\":\"CNY\"}}"}' \
    'the log has number and body as sent'

# ---- money --------------------------------------------------------------------------------------

is "$(tell 'balance 1900000002 0') $(MCHID=1900000002 refund Q1 100 42000100)" 'ok 403 NOT_ENOUGH' 'an account that is empty'
is "$(tell 'balance 1900000002 99') $(MCHID=1900000002 refund Q1 100 42000100)" 'ok 403 NOT_ENOUGH' 'one fen short'
is "$(tell 'balance 1900000002 100') $(MCHID=1900000002 refund Q1 100 42000100)" 'ok 200 PROCESSING' 'enough: the same number'
is "$(MCHID=1900000002 verify "$state/wechatpay_public_key.pem")" valid 'signed with the key of its mode'
is "$(MCHID=1900000002 refund Q2 100 42000101)" '403 NOT_ENOUGH' 'and empty again'
is "$(tell 'balance 1900000009 1'; echo $?)" 'wxpay-sim: error: balance: no merchant "1900000009" in the world
65' 'balance of nobody'
is "$(tell 'balance 1900000002 x' | sed 's/.*error: //')" 'balance: expected a merchant and an amount in fen' 'balance without an amount'

# ---- abnormal refunds ---------------------------------------------------------------------------

is "$(refund A1 100 4200000002)" '200 PROCESSING' 'a refund'
abnormal_id=$(member refund_id)
seal() { # text
    printf %s "$1" | openssl pkeyutl -encrypt -pubin -inkey "$work/platform.pub" -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha1 | base64 -w 0
}
serial=$(openssl x509 -in "$state/platform_cert.pem" -noout -serial | cut -d = -f 2)
card="{\"out_refund_no\":\"A1\",\"type\":\"USER_BANK_CARD\",\"bank_type\":\"ICBC_DEBIT\",\"bank_account\":\"$(seal 6222000000000000)\",\"real_name\":\"$(seal 张三)\"}"
rescue() { # body, curl options…
    post "$refunds/$abnormal_id/apply-abnormal-refund" "$@"
    outcome
}
is "$(rescue "$card" -H "Wechatpay-Serial: $serial")" '400 INVALID_REQUEST' 'not abnormal yet'
advance 60
is "$(query A1)" '200 ABNORMAL' 'it turns abnormal'
is "$(rescue "$card")" '400 PARAM_ERROR' 'without Wechatpay-Serial'
is "$(rescue "$card" -H "Wechatpay-Serial: $(cat "$state/wechatpay_public_key.id")")" '400 PARAM_ERROR' 'encrypted for another key'
is "$(rescue "${card/ICBC_DEBIT/ICBC}" -H "Wechatpay-Serial: $serial")" '400 PARAM_ERROR' 'no bank'
is "$(rescue '{"out_refund_no":"A2","type":"MERCHANT_BANK_CARD"}')" '404 RESOURCE_NOT_EXISTS' 'another number'
is "$(rescue "$card" -H "Wechatpay-Serial: $serial") $(member channel)" '200 PROCESSING OTHER_BANKCARD' 'paid to a card'
is "$(rescue '{"out_refund_no":"A1","type":"MERCHANT_BANK_CARD"}')" '400 INVALID_REQUEST' 'once'

# ---- orders -------------------------------------------------------------------------------------

order() { # path below transactions, query
    get "/v3/pay/transactions/$1?${2-mchid=1900000001}"
    echo "$status $(member code)$(member trade_state)"
}
is "$(order out-trade-no/P10001) $(member transaction_id) $(member openid) $(verify "$work/platform.pub")" '200 REFUND 4200000001 o1 valid' \
    'an order of which something was refunded'
is "$(order id/4200000001) $(number total)" '200 REFUND 10000' 'by transaction_id'
is "$(order out-trade-no/P10003) $(member transaction_id)" '200 NOTPAY ' 'an order that will be paid'
is "$(order id/4200000003)" '404 ORDER_NOT_EXIST' 'has no transaction_id yet'
is "$(order out-trade-no/P10004) $(member trade_state_desc)" '200 CLOSED 订单已关闭' 'an order that was never paid'
is "$(order out-trade-no/P10009)" '404 ORDER_NOT_EXIST' 'no such order'
is "$(order out-trade-no/P10001 mchid=1900000002) $(member field)" '400 PARAM_ERROR mchid' "another merchant's number"
is "$(order out-trade-no/P10001 '') $(order out-trade-no/P10001 'mchid=1900000001&a=b')" '400 PARAM_ERROR 400 PARAM_ERROR' 'no number, too much'
get '/v3/pay/transactions/id/4200000001?mchid=1900000001' -A ''
is "$status" 200 'no User-Agent: this path does not mind'
raw '/v3/pay/transactions/id/4200000001?mchid=1900000001'
is "$(error)" '401 SIGN_ERROR 签名信息错误，验签失败' 'and has words of its own'
MCHID=1900000002 get "/v3/pay/transactions/out-trade-no/Q10199?mchid=1900000002"
is "$status $(member trade_state)" '200 SUCCESS' 'an order as it was paid'

# ---- partners -----------------------------------------------------------------------------------

export MCHID=1900000003
partner() { # sub_mchid
    get "/v3/pay/partner/transactions/out-trade-no/S10001?sp_mchid=1900000003&sub_mchid=$1"
    echo "$status $(member code)$(member trade_state)"
}
is "$(partner 1900000031) $(member transaction_id) $(member sp_openid) $(member sub_mchid)" '200 SUCCESS 4200000031 o3 1900000031' 'an order of a sub-merchant'
is "$(partner 1900000032) $(member transaction_id)" '200 SUCCESS 4200000032' 'of another one'
is "$(partner 1900000001) $(partner 1900000039)" '403 NO_AUTH 404 MCH_NOT_EXISTS' 'of one that is not its own'
is "$(order out-trade-no/S10001 mchid=1900000003)" '400 PARAM_ERROR' 'the form of direct merchants'
sub_body='{"sub_mchid":"1900000031","out_trade_no":"S10001","out_refund_no":"S1","amount":{"refund":1000,"total":3000,"currency":"CNY"}}'
post "$refunds" "$sub_body"
is "$(outcome)" '200 PROCESSING' 'a refund of a sub-merchant'
is "$(query 'S1?sub_mchid=1900000031') $(query 'S1?sub_mchid=1900000032') $(query S1)" '200 PROCESSING 404 RESOURCE_NOT_EXISTS 400 PARAM_ERROR' 'asked for'
post "$refunds" "${sub_body/1900000031/1900000032}"
is "$(outcome)" '400 INVALID_REQUEST' 'a number is one refund, whoever of them it is'
MCHID=1900000031 KEYS=1900000003 get "$refunds/S1"
is "$status" 401 'a sub-merchant does not sign'

sub='/v3/bill/sub-merchant-fundflowbill?bill_date=2026-05-31&algorithm=AEAD_AES_256_GCM&account_type=BASIC'
get "$sub&sub_mchid=1900000031"
is "$status $(number download_bill_count) $(verify "$work/platform.pub")" '200 3 valid' 'a fund flow in three parts'
cp "$work/body" "$work/parts"
value() { # part, member
    grep -oE "\"$2\":\"[^\"]*\"" "$work/parts" | sed -n "$1p" | cut -d '"' -f 4
}
: >"$work/joined"
for part in 1 2 3; do
    path=/$(value "$part" download_url | cut -d / -f 4-)
    get "$path"
    key=$(value "$part" encrypt_key | base64 -d |
        openssl pkeyutl -decrypt -inkey "$state/merchants/1900000003/apiclient_key.pem" -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha1)
    nonce=$(value "$part" nonce)
    gcm_open "$(printf %s "$key" | hex)" "$(printf %s "$nonce" | hex)" '' "$work/body" >"$work/part"
    is "$? $status ${#key} ${#nonce}" '0 200 32 16' "part $part opens with a nonce of 16 bytes"
    is "$(sha1 "$work/part")" "$(value "$part" hash_value)" "its digest is of the plain bytes"
    cat "$work/part" >>"$work/joined"
done
is "$(tail -n 1 "$work/joined" | tr -d '\r')" '`2,`1,`30.00,`1,`0.18' 'joined they are the bill'
is "$(grep -c 4200000031 "$work/joined")" 2 'of that sub-merchant'
get "$sub&sub_mchid=1900000032"
is "$(number download_bill_count)" 1 'another in one part'
get "$sub&sub_mchid=1900000001"
is "$(outcome)" '403 NO_AUTH' 'not of others'
get "${sub/AEAD_AES_256_GCM/SM4_GCM}&sub_mchid=1900000031"
is "$(outcome) $(member field)" '400 PARAM_ERROR algorithm' 'another algorithm'
get "${sub/BASIC/FEES}&sub_mchid=1900000031"
is "$(outcome)" '400 NO_STATEMENT_EXIST' 'nothing moved there'
get '/v3/bill/tradebill?bill_date=2026-05-31&sub_mchid=1900000001'
is "$(outcome)" '403 NO_AUTH' 'no trade bill of others'
get '/v3/bill/tradebill?bill_date=2026-05-31&sub_mchid=1900000099'
is "$(outcome) $(member field)" '400 INVALID_REQUEST sub_mchid' 'nor of nobody'
apply '/v3/bill/tradebill?bill_date=2026-05-31'
get "$download"
is "$(tail -n 1 "$work/body" | cut -d , -f 1,6 | tr -d '`\r')" '2,70.00' 'the trade bill of a partner has all of them'
apply '/v3/bill/tradebill?bill_date=2026-05-31&sub_mchid=1900000032'
get "$download"
is "$(tail -n 1 "$work/body" | cut -d , -f 1,6 | tr -d '`\r')" '1,40.00' 'or the one that is asked for'
unset MCHID

# ---- bills --------------------------------------------------------------------------------------

clock 2026-06-02T10:30:00+08:00
apply '/v3/bill/tradebill?bill_date=2026-06-01'
get "$download"
is "$(grep -c '`REFUND,' "$work/body") $(grep 'A1' "$work/body" | grep -c '`PROCESSING,')" '4 1' 'refunds stand in the bill of the day they were accepted'
get "$refunds/A1"
apply '/v3/bill/fundflowbill?bill_date=2026-06-01'
get "$download"
is "$(tail -n 1 "$work/body" | tr -d '`\r')" '7,3,0.60,4,101.00' 'and in the fund flow'
clock 2026-06-02T10:37:00+08:00
is "$(query A1)" '200 SUCCESS' 'where the query goes on'

# ---- certificates -------------------------------------------------------------------------------

serials() {
    get /v3/certificates "$@"
    grep -o '"serial_no":"[0-9A-F]*"' "$work/body" | cut -d '"' -f 4 | paste -sd ' '
}
is "$(serials)" "$serial" 'one certificate'
is "$(tell announce)" ok 'another one is announced'
read -r -a both <<<"$(serials)"
is "${#both[@]} ${both[0]} $(header Wechatpay-Serial)" "2 $serial $serial" 'both are listed, the old one signs'
is "$(tell rotate)" ok 'rotated'
serials >/dev/null
openssl x509 -in "$state/platform_2_cert.pem" -noout -pubkey >"$work/platform_2.pub"
is "$(header Wechatpay-Serial) $(verify "$work/platform_2.pub") $(openssl x509 -in "$state/platform_2_cert.pem" -noout -serial)" \
    "${both[1]} valid serial=${both[1]}" 'the new one signs'
serials -H "Wechatpay-Serial: $serial" >/dev/null
is "$(header Wechatpay-Serial) $(verify "$work/platform.pub")" "$serial valid" 'the old one for who names it'
is "$(tell expire) $(serials)" "ok ${both[1]}" 'the old one is gone'
serials -H "Wechatpay-Serial: $serial" >/dev/null
is "$(header Wechatpay-Serial)" "${both[1]}" 'also for who names it'
is "$(tell 'advance 5'; echo $?)" 'wxpay-sim: error: advance: expected a time like 90s, 5m, 2h or 3d
65' 'advance without a unit'

# ---- restart ------------------------------------------------------------------------------------

balance_of() {
    tell "balance $1 $2"
}
tell quit >/dev/null
wait "$sim_pid"
start_sim "$state" "${common[@]}" --no-limits --now 2026-06-02T10:37:00+08:00
is "$(serials)" "${both[1]}" 'a restart keeps which certificate signs'
is "$(query A1) $(query R3) $(member refund_id | cut -c 1-3)" '200 SUCCESS 200 SUCCESS 503' 'and the refunds'
is "$(refund 'R-1|*@_' 3333) $(member refund_id)" "200 SUCCESS $refund_id" 'with their numbers'
is "$(MCHID=1900000002 refund Q2 100 42000101)" '403 NOT_ENOUGH' 'and the balance'
is "$(tell 'now 2026-06-01T10:30:00+08:00') $(tell reload)" 'ok ok' 'the clock goes back, the world is read again'
now=$(seconds 2026-06-01T10:30:00+08:00)
is "$(query 'R-1%7C%2A%40_') $(query R3)" '200 PROCESSING 404 RESOURCE_NOT_EXISTS' 'what is still to come is not there'
clock 2026-06-02T10:37:00+08:00

is "$("$BUILD/wxpay-sim" --state "$state" --world "$work/world.jsonl" --ready "$work/ready2" 2>&1; echo $?)" \
    "wxpay-sim: \"$state/journal.jsonl\" is in use by another simulator
75" 'one simulator a state folder'

# ---- kill -9 in the middle ----------------------------------------------------------------------

balance_of 1900000002 99999999 >/dev/null
MCHID=1900000002
keys=$state/merchants/$MCHID
merchant_serial=$(openssl x509 -in "$keys/apiclient_cert.pem" -noout -serial | cut -d = -f 2)
# One curl with many requests signed beforehand; answers go to $work/answer/<name>.
prepare() { # name, method, path, body
    local signature
    signature=$(printf '%s\n%s\n%s\n%s\n%s\n' "$2" "$3" "$now" nonce "$4" | openssl dgst -sha256 -sign "$keys/apiclient_key.pem" | base64 -w 0)
    printf 'next\nsilent\nurl = "%s%s"\nrequest = "%s"\noutput = "%s/answer/%s"\ncacert = "%s/ca.pem"\nheader = "Authorization: WECHATPAY2-SHA256-RSA2048 mchid=\\"%s\\",nonce_str=\\"nonce\\",signature=\\"%s\\",timestamp=\\"%s\\",serial_no=\\"%s\\""\nheader = "Content-Type: application/json"\n' \
        "$url" "$3" "$2" "$work" "$1" "$state" "$MCHID" "$signature" "$now" "$merchant_serial"
    [ -z "$4" ] || printf 'data-binary = "%s"\n' "${4//\"/\\\"}"
}
send_all() { # file of prepared requests; url may have changed since
    rm -rf "$work/answer"
    mkdir "$work/answer"
    sed "1d; s#https://localhost:[0-9]*#$url#" "$1" >"$work/curlrc"
    curl -Z --parallel-max "${2:-10}" -K "$work/curlrc" >/dev/null 2>&1
}
for number in $(seq 100 199); do
    prepare "$number" POST "$refunds" "$(body "K$number" 5 "42000$number")"
done >"$work/creates"
for round in 1 2 3; do
    send_all "$work/creates" &
    sender=$!
    # as soon as this round has left a third of its lines in the journal
    while [ "$(grep -c '"K1' "$state/journal.jsonl")" -lt $((round * 30)) ] && kill -0 "$sender" 2>/dev/null; do :; done
    kill -9 "$sim_pid"
    wait "$sim_pid" 2>/dev/null
    wait "$sender"
    cp -r "$work/answer" "$work/answer.$round"
    printf '{"refund":{"mchid":"1900' >>"$state/journal.jsonl"
    start_sim "$state" "${common[@]}" --no-limits --now 2026-06-02T10:37:00+08:00
done
send_all "$work/creates"
lost=0
twice=0
for round in 1 2 3; do
    for answer in "$work/answer.$round"/*; do
        [ -s "$answer" ] || continue
        one=$(grep -o '"refund_id":"[0-9]*"' "$answer")
        [ "$one" = "$(grep -o '"refund_id":"[0-9]*"' "$work/answer/${answer##*/}")" ] || lost=$((lost + 1))
    done
done
twice=$(grep -o '"out_refund_no":"K[0-9]*","refund_id"' "$state/journal.jsonl" | sort | uniq -d | wc -l)
is "$lost $twice" '0 0' 'kill -9, three times: no refund that was answered is lost, none is there twice'
is "$(grep -ho '"status":"[A-Z]*"' "$work"/answer/* | sort | uniq -c | tr -s ' ')" ' 100 "status":"PROCESSING"' 'and all are there in the end'
is "$(grep -vc '^{.*}$' "$state/journal.jsonl")" 0 'torn lines are cut'
is "$(cat "$work"/answer/* | grep -o '"refund_id":"[0-9]*"' | sort | uniq -d)" '' 'no number of ours twice'

# ---- limits and latency -------------------------------------------------------------------------

tell quit >/dev/null
wait "$sim_pid"
start_sim "$state" "${common[@]}" --now 2026-06-02T10:37:00+08:00
for number in $(seq 40); do
    prepare "$number" POST "$refunds" '{}'
done >"$work/errors"
send_all "$work/errors" 1
is "$(grep -l PARAM_ERROR "$work"/answer/* | wc -l | awk '{print ($1 >= 6 && $1 < 40)}') $(grep -l FREQUENCY_LIMITED "$work"/answer/* | wc -l | awk '{print ($1 > 0)}')" \
    '1 1' 'whoever makes errors is throttled'
for number in $(seq 40); do
    prepare "$number" GET '/v3/bill/fundflowbill?bill_date=2026-06-01' ''
done >"$work/burst"
send_all "$work/burst" 40
is "$(grep -L FREQUENCY_LIMITED "$work"/answer/* | wc -l | awk '{print ($1 >= 3 && $1 < 40)}')" 1 'of a burst of fund-flow bills three are answered, then three a second'
is "$(grep -ho '{"code":"FREQUENCY_LIMITED".*' "$work"/answer/* | sort -u)" '{"code":"FREQUENCY_LIMITED","message":"频率超限，请降低请求频率后重试"}' 'the others are told to go slower'
for number in $(seq 40); do
    prepare "$number" GET '/v3/bill/tradebill?bill_date=2026-06-01' ''
done >"$work/burst"
send_all "$work/burst" 40
is "$(grep -L FREQUENCY_LIMITED "$work"/answer/* | wc -l)" 40 'trade bills have no such limit'
tell quit >/dev/null
wait "$sim_pid"
start_sim "$state" "${common[@]}" --no-limits --now 2026-06-02T10:37:00+08:00 --latency 500
for number in $(seq 100 199); do
    prepare "$number" GET "$refunds/K$number" ''
done >"$work/queries"
begun=$(date +%s%3N)
send_all "$work/queries" 100
took=$(($(date +%s%3N) - begun))
is "$(cat "$work"/answer/* | grep -o '"out_refund_no":"K[0-9]*"' | sort -u | wc -l)" 100 'a hundred replies held back'
is "$((took >= 500)) $((took < 25000))" '1 1' 'none early, and not one after the other'
tell quit >/dev/null
wait "$sim_pid"
is "$?" 0 'ended'

# Ending while a reply is held back, and while one trickles out: their connections are cut, nothing else.
echo 'order-query trickle=1' >"$work/faults"
end_during() { # path, options of the simulator…
    local before sender
    start_sim "$state" "${common[@]}" --no-limits --now 2026-06-02T10:37:00+08:00 "${@:2}"
    prepare cut GET "$1" '' >"$work/cut"
    before=$(wc -l <"$work/log")
    send_all "$work/cut" &
    sender=$!
    until [ "$(wc -l <"$work/log")" -gt "$before" ]; do :; done
    tell quit >/dev/null
    wait "$sim_pid"
    echo "$?"
    wait "$sender"
}
is "$(end_during "$refunds/K100" --latency 60000)" 0 'ended while a reply was held back'
is "$(end_during '/v3/pay/transactions/id/42000100?mchid=1900000002')" 0 'ended while one trickled out'
: >"$work/faults"

# ---- a clock that runs --------------------------------------------------------------------------

start_sim "$state" --admin "$work/admin"
MCHID=1900000001
TIMESTAMP=$(date +%s) get /v3/certificates
is "$status" 200 'without --now it is now'
tell 'advance 10m' >/dev/null
TIMESTAMP=$(date +%s) get /v3/certificates
is "$(error)" '401 SIGN_ERROR Http头Authorization中的timestamp与发起请求的时间不得超过5分钟' 'a running clock can be advanced'
TIMESTAMP=$(($(date +%s) + 600)) get /v3/certificates
is "$status" 200 'and goes on'
tell quit >/dev/null
wait "$sim_pid"

# ---- two hundred merchants ----------------------------------------------------------------------

state=$work/many
for number in $(seq 1000 1199); do
    echo "{\"merchant\":{\"mchid\":\"190000$number\",\"name\":\"甲$number\",\"appids\":[\"wx0000000000000001\"],\"rate\":\"0.60%\"}}"
    echo "{\"payment\":{\"mchid\":\"190000$number\",\"appid\":\"wx0000000000000001\",\"out_trade_no\":\"P10001\",\"transaction_id\":\"4200000001\",\"time\":\"2026-05-31T09:00:00+08:00\",\"total_fen\":$number}}"
    mkdir -p "$state/merchants/190000$number"
    # keys take their time, so that all have the same; the certificates differ
    cp "$work/state/merchants/1900000001/apiclient_key.pem" "$state/merchants/190000$number/"
done >"$work/world.jsonl"
now=$(seconds 2026-06-01T10:30:00+08:00)
start_sim "$state" "${common[@]}"
for number in $(seq 1000 1199); do
    MCHID=190000$number
    keys=$state/merchants/$MCHID
    merchant_serial=$(openssl x509 -in "$keys/apiclient_cert.pem" -noout -serial | cut -d = -f 2)
    prepare "$number" GET "/v3/pay/transactions/out-trade-no/P10001?mchid=$MCHID" ''
done >"$work/orders"
send_all "$work/orders" 50
good=0
for number in $(seq 1000 1199); do
    grep -q "\"total\":$number,.*\"mchid\":\"190000$number\"" "$work/answer/$number" && good=$((good + 1))
done
is "$good" 200 'two hundred merchants, each with its own answer'

echo "1..$tests"
