#!/usr/bin/env bash
# wxpay-sim itself, over TLS, with curl and openssl as the other side: they share nothing with it.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 69
. tests/e2e/lib_sim.sh

# ---- world --------------------------------------------------------------------------------------

cat >"$work/world.jsonl" <<'END'
# three merchants: certificate mode, public-key mode, a partner with legacy bills
{"merchant":{"mchid":"1900000001","name":"甲","appids":["wx0000000000000001"],"rate":"0.60%"}}
{"merchant":{"mchid":"1900000002","name":"乙","appids":["wx0000000000000002"],"rate":"0.60%","mode":"public_key"}}
{"merchant":{"mchid":"1900000003","name":"丙","appids":["wx0000000000000003"],"rate":"1.00%","layout":"legacy","sub_mchid":"1900000033","fund_style":"net"}}
{"payment":{"mchid":"1900000001","appid":"wx0000000000000001","out_trade_no":"P1","transaction_id":"4200000001","time":"2026-05-31T23:59:59+08:00","total_fen":3250}}
{"payment":{"mchid":"1900000001","appid":"wx0000000000000001","out_trade_no":"P2","transaction_id":"4200000002","time":"2026-05-31T00:00:00+08:00","total_fen":600}}
{"payment":{"mchid":"1900000001","appid":"wx0000000000000001","out_trade_no":"P3","transaction_id":"4200000003","time":"2026-05-30T23:59:59+08:00","total_fen":9500}}
{"refund":{"mchid":"1900000001","transaction_id":"4200000003","out_refund_no":"R3","refund_id":"5030000003","time":"2026-05-31T12:00:00+08:00","refund_fen":9500}}
{"payment":{"mchid":"1900000002","appid":"wx0000000000000002","out_trade_no":"Q1","transaction_id":"4200000004","time":"2026-05-31T10:00:00+08:00","total_fen":100}}
{"payment":{"mchid":"1900000003","appid":"wx0000000000000003","out_trade_no":"S1","transaction_id":"4200000005","time":"2026-05-31T10:00:00+08:00","total_fen":100}}
END
: >"$work/faults"
state=$work/state
now=$(seconds 2026-06-01T10:30:00+08:00)
# how often one may ask is sim_refund.t's; here requests come as fast as the machine can
common=(--no-limits --now 2026-06-01T10:30:00+08:00 --faults "$work/faults" --log "$work/log" --admin "$work/admin")
start_sim "$state" "${common[@]}"
trade='/v3/bill/tradebill?bill_date=2026-05-31'
fund='/v3/bill/fundflowbill?bill_date=2026-05-31'

# ---- start and state folder ---------------------------------------------------------------------

like "$url" '^https://localhost:[0-9]+$' 'the ready file holds the address'
is "$(cd "$state" && find . -type f ! -perm 600; find . -type d ! -perm 700)" '' 'keys are readable by the owner alone'
is "$(cd "$state/merchants/1900000001" && echo *)" 'apiclient_cert.pem apiclient_key.pem apiv3.key' 'keys_dir in certificate mode'
is "$(cd "$state/merchants/1900000002" && echo *)" \
    'apiclient_cert.pem apiclient_key.pem apiv3.key wechatpay_public_key.id wechatpay_public_key.pem' 'keys_dir in public-key mode'
is "$(stat -c %s "$state/merchants/1900000001/apiv3.key")" 32 'the APIv3 key has 32 characters'
like "$(head -n 1 "$state/merchants/1900000001/apiclient_key.pem")" '^-----BEGIN PRIVATE[ ]KEY-----$' 'the key of a merchant is PKCS#8'
like "$(cat "$state/wechatpay_public_key.id")" '^PUB_KEY_ID_01[0-9]{26}$' 'the id of the public key'
like "$(openssl x509 -in "$state/platform_cert.pem" -noout -serial)" '^serial=[4-7][0-9A-F]{39}$' 'certificates have numbers of 40 digits'
is "$(openssl verify -CAfile "$state/ca.pem" "$state/platform_cert.pem" "$state/merchants/1900000001/apiclient_cert.pem" 2>&1 | grep -c ': OK')" 2 \
    'certificates lead to ca.pem'
curl -sS -o /dev/null "$url/" 2>/dev/null
is "$?" 60 'TLS is not trusted without ca.pem'
curl -sS --cacert "$state/ca.pem" --tlsv1.3 -o /dev/null "$url/" 2>/dev/null
is "$?" 35 'TLS 1.3 is not spoken'
curl -sS --cacert "$state/ca.pem" --tlsv1.2 --tls-max 1.2 -o /dev/null "$url/" 2>/dev/null
is "$?" 0 'TLS 1.2 is'

# ---- who asks (FACTS §1.4) ----------------------------------------------------------------------

headers_missing='400 INVALID_REQUEST Http头缺少Accept或User-Agent'
malformed='401 SIGN_ERROR Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》'
skewed='401 SIGN_ERROR Http头Authorization中的timestamp与发起请求的时间不得超过5分钟'
serial_wrong='401 SIGN_ERROR 商户证书序列号有误。请使用签名私钥匹配的证书序列号'

get /v3/certificates -A ''
is "$(error)" "$headers_missing" 'no User-Agent'
ACCEPT='' get /v3/certificates
is "$(error)" "$headers_missing" 'no Accept'
ACCEPT=text/html get /v3/certificates
is "$(error)" "$headers_missing" 'Accept of something else'
raw /v3/certificates -A ''
is "$(error)" "$headers_missing" 'headers are looked at before Authorization'
ACCEPT='*/*' get /v3/certificates
is "$status" 200 'Accept */* will do'

raw /v3/certificates
is "$(error)" "$malformed" 'no Authorization'
like "$(header Request-Id)" '^[0-9A-F]{32}-268443699$' 'an error has a Request-Id'
is "$(header Wechatpay-Signature)$(header Wechatpay-Serial)" '' 'an error is not signed'
for broken in 'garbage' 'WECHATPAY2-SHA256-RSA2048 garbage' 'WECHATPAY2-SHA256-RSA2048 mchid="1900000001"' \
    'WECHATPAY2-SHA256-RSA2048 mchid="1",mchid="1",nonce_str="a",signature="b",timestamp="1",serial_no="c"' \
    'WECHATPAY2-SHA256-RSA2048 mchid="1",nonce_str="a",signature="b",timestamp="x",serial_no="c"'; do
    raw /v3/certificates -H "Authorization: $broken"
    is "$(error)" "$malformed" "Authorization: $broken"
done
raw /v3/certificates -H 'Authorization: Bearer abc'
is "$(error)" '401 SIGN_ERROR HTTP头Authorization认证类型不正确' 'another scheme'
MCHID=1999999999 KEYS=1900000001 get /v3/certificates
is "$(error)" "$serial_wrong" 'unknown merchant'
TIMESTAMP=$((now - 301)) get /v3/certificates
is "$(error)" "$skewed" '301 s behind'
TIMESTAMP=$((now + 301)) get /v3/certificates
is "$(error)" "$skewed" '301 s ahead'
TIMESTAMP=$((now - 300)) get /v3/certificates
is "$status" 200 '300 s behind will do'
TIMESTAMP=$((now - 301)) SERIAL=00 SIGNED_PATH=/ get /v3/certificates
is "$(error)" "$skewed" 'the clock is looked at before the serial number'
SERIAL=$(openssl x509 -in "$state/platform_cert.pem" -noout -serial | cut -d = -f 2) SIGNED_PATH=/ get /v3/certificates
is "$(error)" "$serial_wrong" 'serial of another certificate, before the signature'
KEYS=1900000002 SERIAL=$(openssl x509 -in "$state/merchants/1900000001/apiclient_cert.pem" -noout -serial | cut -d = -f 2) get /v3/certificates
is "$(error)" '401 SIGN_ERROR 签名错误' 'signed with another key'
SIGNED_PATH=/v3/bill/tradebill get "$trade"
is "$(error)" '401 SIGN_ERROR 签名错误' 'the query is part of what is signed'
SIGNED_PATH='/v3/bill/tradebill?bill_date=2026-05-31' get '/v3/bill/tradebill?bill_date=2026%2D05-31'
is "$(error)" '401 SIGN_ERROR 签名错误' 'percent-encoding is signed as it was sent'
get '/v3/bill/tradebill?bill_date=2026%2D05-31'
is "$status" 200 'and decoded for use'
SIGNED_METHOD=POST get /v3/certificates
is "$(error)" '401 SIGN_ERROR 签名错误' 'the method is part of what is signed'
BODY='{}' get /v3/certificates -X GET -d '{}'
is "$status" 200 'the body is part of what is signed'
BODY='{ }' get /v3/certificates -X GET -d '{}'
is "$(error)" '401 SIGN_ERROR 签名错误' 'a changed body'

get /v3/nothing
is "$status $(stat -c %s "$work/body")" '404 0' 'unknown path: 404 without a body'
get /v3/certificates -X POST
is "$status $(stat -c %s "$work/body")" '405 0' 'wrong method: 405 without a body'

# ---- certificates (FACTS §2.5) ------------------------------------------------------------------

openssl x509 -in "$state/platform_cert.pem" -noout -pubkey >"$work/platform.pub"
get /v3/certificates
is "$status $(verify "$work/platform.pub")" '200 valid' 'the reply is signed with the platform certificate'
is "$(verify "$state/wechatpay_public_key.pem")" invalid 'and not with the public key'
is "$(header Wechatpay-Timestamp)" "$now" "the reply bears the simulator's time"
like "$(header Request-Id)" '^[0-9A-F]{32}-268[0-9]{6}$' 'a reply has a Request-Id'
is "$(header Wechatpay-Serial)" "$(member serial_no)" 'the reply names the key'
is "$(date -u -d "$(member expire_time)" +%s)" "$(date -u -d "$(openssl x509 -in "$state/platform_cert.pem" -noout -enddate | cut -d = -f 2)" +%s)" \
    'expire_time is the one of the certificate'

key=$(hex <"$state/merchants/1900000001/apiv3.key")
nonce=$(member nonce | tr -d '\n' | hex)
member ciphertext | base64 -d >"$work/sealed"
gcm_open "$key" "$nonce" certificate "$work/sealed" >"$work/certificate.pem"
is "$? $(sha1 "$work/certificate.pem")" "0 $(sha1 "$state/platform_cert.pem")" 'the certificate decrypts, its GCM tag is right'
gcm_open "$key" "$nonce" certificates "$work/sealed" >/dev/null
is "$?" 1 'with no other associated data'

for algorithm in RSA ALL; do
    get "/v3/certificates?algorithm_type=$algorithm"
    is "$status" 200 "algorithm_type=$algorithm"
done
get '/v3/certificates?algorithm_type=DSA'
is "$(error)" '400 PARAM_ERROR 参数错误' 'algorithm_type=DSA'
MCHID=1900000002 get /v3/certificates
is "$(error)" '404 RESOURCE_NOT_EXISTS 无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。' 'no certificates in public-key mode'

# ---- which key signs ----------------------------------------------------------------------------

MCHID=1900000002 get "$trade"
is "$(header Wechatpay-Serial) $(verify "$state/wechatpay_public_key.pem")" "$(cat "$state/wechatpay_public_key.id") valid" \
    'public-key mode: signed with the public key'
get "$trade" -H "Wechatpay-Serial: $(cat "$state/wechatpay_public_key.id")"
is "$(header Wechatpay-Serial) $(verify "$state/merchants/1900000002/wechatpay_public_key.pem")" "$(cat "$state/wechatpay_public_key.id") valid" \
    'the key that Wechatpay-Serial asks for'
get "$trade"
is "$(verify "$work/platform.pub")" valid 'else the key of the mode'

# ---- applying and downloading (FACTS §3.1–3.3) --------------------------------------------------

apply "$trade"
announced=$(member hash_value)
is "$status $(member hash_type)" '200 SHA1' 'a trade bill is offered'
get "$download"
is "$status $(sha1 "$work/body")" "200 $announced" 'the digest is that of the bytes'
is "$(grep -ciE '^(wechatpay-|request-id)' "$work/head")" 0 'a download has neither signature nor Request-Id'
is "$(tail -n 1 "$work/body" | tr -d '\r')" '`3,`38.50,`95.00,`0.00,`-0.33000,`38.50,`95.00' 'its last line'
cp "$work/body" "$work/trade.csv"
get "$download"
is "$(cmp "$work/body" "$work/trade.csv" 2>&1)" '' 'the same again'
MCHID=1900000002 get "$download"
is "$(error)" '403 NO_AUTH 商户无权下载该账单' "another merchant's token"
get "${download%?????}AAAAA"
is "$(error)" '400 INVALID_REQUEST 下载凭证无效或已过期，请重新申请账单' 'a token that is not ours'
get /v3/billdownload/file
is "$(error)" '400 INVALID_REQUEST 下载凭证无效或已过期，请重新申请账单' 'no token'
get "$download&tartype=gzip"
is "$(error)" '400 INVALID_REQUEST 下载凭证无效或已过期，请重新申请账单' 'tartype that was not given'
raw "$download"
is "$(error)" "$malformed" 'a download is signed too'

apply "$trade&tar_type=GZIP"
is "$(member hash_value)" "$announced" 'with GZIP the digest is that of the plain bytes'
like "$download" '&tartype=gzip$' 'and the address says so'
get "${download%&tartype=gzip}"
is "$(error)" '400 INVALID_REQUEST 下载凭证无效或已过期，请重新申请账单' 'the address must be used as given'
get "$download"
is "$(head -c 3 "$work/body" | hex) $(header Content-Encoding)" '1f8b08 ' 'gzip bytes without Content-Encoding'
is "$(gunzip -c "$work/body" | cmp - "$work/trade.csv" 2>&1)" '' 'which hold the same bill'
cp "$work/body" "$work/trade.gz"

tell "now $(date -u -d "@$((now + 300))" +%Y-%m-%dT%H:%M:%SZ)" >/dev/null
TIMESTAMP=$((now + 300)) get "$download"
is "$status" 200 'a token is good for five minutes'
tell "now $(date -u -d "@$((now + 301))" +%Y-%m-%dT%H:%M:%SZ)" >/dev/null
TIMESTAMP=$((now + 301)) get "$download"
is "$(error)" '400 INVALID_REQUEST 下载凭证无效或已过期，请重新申请账单' 'and no longer'
is "$(tell 'now 2026-06-01T10:30:00+08:00')" ok 'the clock can be set back'

apply "$fund"
announced=$(member hash_value)
get "$download"
is "$status $(sha1 "$work/body")" "200 $announced" 'a fund-flow bill'
is "$(sed -n 2p "$work/body" | tr -d '\r')" '`2026-05-31 00:00:00,`4200000002,`4200000002,`交易,`交易,`收入,`6.00,`100.43,`system,`,`P2' \
    'its balance goes on from the day before'
MCHID=1900000003 apply "$trade&sub_mchid=1900000033"
MCHID=1900000003 get "$download"
is "$(tail -n 1 "$work/body" | tr -d '\r')" '`1,`1.00,`0.00,`0.00,`0.01000' 'a legacy bill of a partner'

refused() { # query, expected code, name
    get "$1"
    is "$status $(member code) $(member field)" "$2" "$3"
}
refused '/v3/bill/tradebill' '400 PARAM_ERROR bill_date' 'bill_date is required'
refused '/v3/bill/tradebill?bill_date=20260531' '400 PARAM_ERROR bill_date' 'bill_date=20260531'
refused '/v3/bill/tradebill?bill_date=2026-02-29' '400 PARAM_ERROR bill_date' 'a day that does not exist'
refused '/v3/bill/tradebill?bill_date=2026-06-01' '400 INVALID_REQUEST bill_date' 'today'
refused '/v3/bill/tradebill?bill_date=2026-06-02' '400 INVALID_REQUEST bill_date' 'a day to come'
refused '/v3/bill/tradebill?bill_date=2026-02-28' '400 INVALID_REQUEST bill_date' 'more than three months ago'
refused '/v3/bill/tradebill?bill_date=2026-03-01' '400 NO_STATEMENT_EXIST ' 'three months ago, nothing happened'
refused "$trade&bill_type=RECHARGE" '400 PARAM_ERROR bill_type' 'bill_type=RECHARGE'
refused "$trade&tar_type=ZIP" '400 PARAM_ERROR tar_type' 'tar_type=ZIP'
refused "$trade&account_type=BASIC" '400 PARAM_ERROR account_type' 'account_type of a trade bill'
refused "$trade&sub_mchid=1" '400 INVALID_REQUEST sub_mchid' 'sub_mchid of a direct merchant'
refused "$trade&bill_date=2026-05-30" '400 PARAM_ERROR ' 'a parameter twice'
refused "$fund&bill_type=ALL" '400 PARAM_ERROR bill_type' 'bill_type of a fund-flow bill'
refused "$fund&account_type=X" '400 PARAM_ERROR account_type' 'account_type=X'
refused "$fund&account_type=FEES" '400 NO_STATEMENT_EXIST ' 'an account that nothing moved'
get "$fund&account_type=BASIC"
is "$status" 200 'account_type=BASIC'
declare -A columns=([ALL]=27 [SUCCESS]=20 [REFUND]=29)
for type in ALL SUCCESS REFUND; do
    apply "$trade&bill_type=$type"
    get "$download"
    is "$status $(head -n 1 "$work/body" | tr , '\n' | grep -c .)" "200 ${columns[$type]}" "columns of $type"
done
tell 'now 2026-06-01T09:59:59+08:00' >/dev/null
TIMESTAMP=$((now - 1801)) get "$trade"
is "$(error)" '400 STATEMENT_CREATING 请求的账单正在生成中' 'not before ten'
TIMESTAMP=$((now - 1801)) get '/v3/bill/tradebill?bill_date=2026-05-30'
is "$status" 200 'but the day before'
tell 'now 2026-06-01T10:00:00+08:00' >/dev/null
TIMESTAMP=$((now - 1800)) get "$trade"
is "$status" 200 'at ten'
tell 'now 2026-06-01T10:30:00+08:00' >/dev/null
get '/v3/bill/tradebill?bill_date=2026-05-29'
is "$(error)" '400 NO_STATEMENT_EXIST 请求的账单文件不存在' 'a day without rows'

# ---- faults, each once --------------------------------------------------------------------------

set_faults 'tradebill not-ready'
get "$trade"
is "$(error)" '400 STATEMENT_CREATING 请求的账单正在生成中' 'not-ready'
get "$fund"
is "$status" 200 'does not touch another request'
set_faults 'fundflowbill no-bill'
get "$fund"
is "$(error)" '400 NO_STATEMENT_EXIST 请求的账单文件不存在' 'no-bill'
set_faults 'tradebill nth=1 wrong-digest'
apply "$trade"
wrong=$(member hash_value)
get "$download"
is "$([ "$wrong" != "$(sha1 "$work/body")" ] && echo differs) ${#wrong}" 'differs 40' 'wrong-digest'
right=$(sha1 "$work/body")
apply "$trade"
is "$(member hash_value)" "$right" 'nth=1: the second is right'
set_faults 'download nth=2-3 truncate=100'
get "$download"
whole=$(stat -c %s "$work/body")
get "$download"
is "$status $(stat -c %s "$work/body") $(header Content-Length)" "200 100 $whole" 'truncate: 100 bytes of those announced'
like "$curl_exit" '^(18|56)$' 'and the connection is cut'
get "$download"
is "$(stat -c %s "$work/body")" 100 'nth=2-3: the third too'
get "$download"
is "$(stat -c %s "$work/body")" "$whole" 'the fourth is whole'
for code in '500 SYSTEM_ERROR 系统异常，请稍后重试' '503 SERVICE_UNAVAILABLE 服务暂不可用，请稍后重试' '404 RESOURCE_NOT_EXISTS 请求的资源不存在' \
    '403 NO_AUTH 商户无权下载该账单' '401 SIGN_ERROR 签名错误' '429 FREQUENCY_LIMITED 频率超限，请降低请求频率后重试' '418 PARAM_ERROR 参数错误'; do
    set_faults "certificates status=${code%% *}"
    get /v3/certificates
    is "$(error)" "$code" "status=${code%% *}"
done
set_faults 'certificates status=202' 'download status=302'
get /v3/certificates
is "$status $(stat -c %s "$work/body") $(verify "$work/platform.pub")" '202 0 valid' 'status=202: signed, without a body'
get "$download"
is "$status $(header Location)" "302 $url" 'status=302: to somewhere else'
set_faults 'tradebill bad-signature'
get "$trade"
is "$status $(verify "$work/platform.pub")" '200 invalid' 'bad-signature'
set_faults 'certificates nth=1 probe-signature'
get /v3/certificates
like "$(header Wechatpay-Signature)" '^WECHATPAY/SIGNTEST/[A-Za-z0-9+/=]+$' 'probe-signature'
is "$status $(($(header Wechatpay-Signature | tr -d '\n' | wc -c) % 4))" '200 3' 'of a length that base64 does not have'
get /v3/certificates
is "$status $(verify "$work/platform.pub")" '200 valid' 'a repetition is not probed'
set_faults 'tradebill empty-body' 'download empty-body'
get "$trade"
is "$status $(stat -c %s "$work/body") $(verify "$work/platform.pub")" '200 0 valid' 'empty-body, signed'
get "$download"
is "$status $(stat -c %s "$work/body")" '200 0' 'empty-body of a download'
set_faults 'tradebill leading-space'
get "$trade"
like "$(member download_url)" '^ https://localhost:' 'leading-space'
is "$(verify "$work/platform.pub")" valid 'is what was signed'
set_faults 'tradebill swap-day=2026-05-30'
apply "$trade"
announced=$(member hash_value)
get "$download"
is "$(sed -n 2p "$work/body" | cut -c 2-11) $(sha1 "$work/body")" "2026-05-30 $announced" "swap-day: another day's bill, its digest right"
set_faults 'tradebill swap-merchant=1900000002'
apply "$trade"
announced=$(member hash_value)
get "$download"
is "$(sed -n 2p "$work/body" | cut -d '`' -f 4) $(sha1 "$work/body")" "1900000002, $announced" "swap-merchant: another merchant's bill"
set_faults 'download bill_date=2026-05-31 rate-limit'
get "$download"
is "$(error)" '429 FREQUENCY_LIMITED 频率超限，请降低请求频率后重试' 'rate-limit, by the day that was asked for'
set_faults 'tradebill mchid=1900000002 status=500'
get "$trade"
is "$status" 200 'mchid=: not for this merchant'
MCHID=1900000002 get "$trade"
is "$status" 500 'but for that one'
is "$(tail -n 1 "$work/log" | sed 's/"n":[0-9]*/"n":N/; s/"at_ms":[0-9]*/"at_ms":M/')" \
    '{"n":N,"time":"2026-06-01T10:30:00+08:00","at_ms":M,"method":"GET","path":"/v3/bill/tradebill","query":"bill_date=2026-05-31","mchid":"1900000002","bill_date":"2026-05-31","status":500,"code":"SYSTEM_ERROR","fault":"status","bytes":66}' \
    'a line of the request log'

# ---- admin socket -------------------------------------------------------------------------------

is "$(tell 'now yesterday'; echo $?)" "wxpay-sim: error: now: expected a time like 2026-06-01T10:30:00+08:00
65" 'now without a time'
is "$(tell dance; echo $?)" 'wxpay-sim: error: unknown command "dance"
65' 'unknown command'
is "$(set_faults 'tradebill dance'; echo $?)" "wxpay-sim: error: $work/faults:1: unknown word \"dance\"
65" 'reload of a bad script'
MCHID=1900000002 get "$trade"
is "$status" 500 'leaves the old one in force'
is "$(set_faults 'tradebill swap-merchant=1'; echo $?)" "wxpay-sim: error: $work/faults:1: no merchant \"1\" in the world
65" 'swap-merchant of nobody'
set_faults ''
cp "$work/world.jsonl" "$work/world.before"
echo '{"payment":{"mchid":"1900000001","appid":"wx0000000000000001","out_trade_no":"P4","transaction_id":"4200000009","time":"2026-05-31T08:00:00+08:00","total_fen":1}}' >>"$work/world.jsonl"
apply "$trade"
is "$(member hash_value)" "$(sha1 "$work/trade.csv")" 'the world is read when told'
tell reload >/dev/null
apply "$trade"
get "$download"
is "$(tail -n 1 "$work/body" | cut -c 1-3)" '`4,' 'and then shows'
cp "$work/world.before" "$work/world.jsonl"

# ---- again --------------------------------------------------------------------------------------

tell reload >/dev/null
apply "$trade&tar_type=GZIP"
serial=$(header Wechatpay-Serial)
kill "$sim_pid"
wait "$sim_pid"
is "$?" 0 'SIGTERM ends it with 0'
is "$(ls "$work/ready" "$work/admin" 2>/dev/null)" '' 'ready file and socket are gone'
start_sim "$state" "${common[@]}"
get "$download"
is "$status $(cmp "$work/body" "$work/trade.gz" 2>&1)" '200 ' 'after a restart the token is good and the bytes are the same'
get "$trade"
is "$(header Wechatpay-Serial)" "$serial" 'and the keys too'
is "$(tell quit; echo $?)" 'ok
0' 'quit'
wait "$sim_pid"
is "$?" 0 'ends it with 0'
is "$(tell quit 2>&1; echo $?)" "wxpay-sim: could not connect to \"$work/admin\": No such file or directory
69" 'nobody there any more'
state=$work/state2
start_sim "$state" "${common[@]}" --seed 2 --url https://elsewhere.invalid:8443
apply "$trade"
like "$url $(member download_url)" '^https://localhost:[0-9]+ https://elsewhere.invalid:8443/v3/billdownload/' 'another address than the one it listens at'
get "${download#*:8443}"
is "$([ "$(sha1 "$work/body")" != "$(sha1 "$work/trade.csv")" ] && echo other) $(sort "$work/body" | sha1sum)" "other $(sort "$work/trade.csv" | sha1sum)" \
    'another seed: the same rows in another order'
kill "$sim_pid"
wait "$sim_pid"

# ---- the command line ---------------------------------------------------------------------------

run() {
    timeout 60 "$BUILD/wxpay-sim" "$@" 2>&1
    echo "exit $?"
}
is "$(run)" 'wxpay-sim: --state, --world and --ready are required
exit 64' 'no options'
is "$(run --dance)" 'wxpay-sim: unknown option "--dance"
exit 64' 'unknown option'
is "$(run --state)" 'wxpay-sim: option "--state" needs an argument
exit 64' 'missing argument'
is "$(run --now 2026-06-01)" 'wxpay-sim: --now: expected a time like 2026-06-01T10:30:00+08:00
exit 64' 'a bad time'
is "$(run --seed x)" 'wxpay-sim: --seed: expected a whole number from 0 to 18446744073709551615
exit 64' 'a bad seed'
is "$(run --tell quit)" 'wxpay-sim: --tell needs --admin
exit 64' '--tell alone'
is "$(run x)" 'wxpay-sim: unexpected argument "x"
exit 64' 'an argument'
like "$(run --version)" '^wxpay-sim [0-9.]+
exit 0$' '--version'
like "$(run --help)" '^usage: wxpay-sim .*exit 0$' '--help'
echo '{"payment":{}}' >"$work/bad.jsonl"
is "$(run --state "$state" --world "$work/bad.jsonl" --ready "$work/ready")" "wxpay-sim: $work/bad.jsonl:1: key \"mchid\" is missing
exit 65" 'a bad world'
echo 'tradebill' >"$work/faults"
is "$(run --state "$state" --world "$work/world.jsonl" --faults "$work/faults" --ready "$work/ready")" "wxpay-sim: $work/faults:1: no fault named
exit 65" 'a bad fault script'
echo broken >"$state/platform_key.pem"
is "$(run --state "$state" --world "$work/world.jsonl" --ready "$work/ready")" "wxpay-sim: $state/platform_key.pem is not a private key
exit 65" 'a broken key'
is "$(run --state "$work/world.jsonl" --world "$work/world.jsonl" --ready "$work/ready")" \
    "wxpay-sim: could not make folder \"$work/world.jsonl\": Not a directory
exit 74" 'a state folder that is a file'

echo "1..$tests"
