#!/usr/bin/env bash
# payrecon-fetch against the simulator: what is kept, what is said, what is tried again.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "$0")/night.sh"

start_world 2026-05-31 1 40 --clean
# A second merchant without any trade.
echo '{"merchant":{"mchid":"1900000110","name":"空","appids":["wx00000000000000ff"],"rate":"0.60%"}}' >>"$work/world/world.jsonl"
now=2026-06-01T10:30:00+08:00
start_sim "$now"

day() {
    sql "SELECT stage, verdict, reason FROM recon.day WHERE mchid = '${1:-$MCHID}'"
}

bills() {
    sql "SELECT kind, version, state FROM recon.bill_file ORDER BY kind, version" | paste -sd ,
}

# ---- all is well --------------------------------------------------------------------------------

fresh
run payrecon-fetch
is "$code" 0 "a day's bills are fetched"
is "$(day)" "FETCHED  " "and the day is fetched"
is "$(bills)" "FUND_BASIC 1 VALID,TRADE_ALL 1 VALID" "both are evidence"
like "$log" "begin version=.* merchants=all" "the first line says what is asked for"
like "$log" "end exit=0 result=\"clean\" elapsed_ms=[0-9]+\$" "the last line says how it ended"
is "$(sql "SELECT count(*) FROM recon.bill_file WHERE announced_sha1 = plain_sha1 AND request_id <> '' AND received_at = '$now'")" 2 \
    "digest, Request-Id and time are kept"

like "$log" "info payrecon-fetch: $MCHID: GET /v3/certificates: status 200 \(Request-Id [0-9A-F]+-[0-9]+\)" "the Request-Id of the certificates is logged"

payrecon bill export --mchid $MCHID --day 2026-05-31 --kind TRADE_ALL "$work/bill.csv.gz"
is "$code" 0 "the bytes come back"
is "$(sha256sum <"$work/bill.csv.gz" | cut -d' ' -f1)" "$(sql "SELECT received_sha256 FROM recon.bill_file WHERE kind = 'TRADE_ALL'")" \
    "as they were received"
is "$(gunzip <"$work/bill.csv.gz" | sha1sum | cut -d' ' -f1)" "$(sql "SELECT announced_sha1 FROM recon.bill_file WHERE kind = 'TRADE_ALL'")" \
    "and inflate to what was announced"

before=$(requests /v3/bill)
run payrecon-fetch
is "$code $out" "0 nothing is due" "a second run has nothing to do"
is "$(requests /v3/bill)" "$before" "and asks nothing"
run payrecon-fetch --day 2026-05-31
is "$code" 0 "a day that is named is fetched again"
like "$out" "2026-05-31 .* unchanged" "and is the same"
is "$(bills)" "FUND_BASIC 1 VALID,TRADE_ALL 1 VALID" "so there is no other version"

# ---- before publication -------------------------------------------------------------------------

fresh
before=$(requests /v3)
now=2026-06-01T09:59:59+08:00
run payrecon-fetch
is "$code $out" "0 nothing is due" "before ten o'clock nothing is due"
run payrecon-fetch --day 2026-05-31 --format csv
is "$code" 75 "and a day that is named is for later"
like "$out" "\"INCOMPLETE\",.*,\"E01 bills of 2026-05-31 are not published before 2026-06-01 10:00:00\"" "with the reason"
is "$(requests /v3)" "$before" "nothing was asked"
is "$(sql 'SELECT count(*) FROM recon.day')" 0 "nothing was stored"
now=2026-06-01T10:30:00+08:00

# ---- dry run ------------------------------------------------------------------------------------

run payrecon-fetch --dry-run
is "$code" 0 "a dry run"
like "$out" "2026-05-31 .* would be done: DUE" "lists what is due"
is "$(requests /v3) $(sql 'SELECT count(*) FROM recon.day')" "$before 0" "and does nothing"

# ---- not ready ----------------------------------------------------------------------------------

set_faults 'fundflowbill not-ready'
run payrecon-fetch
is "$code" 75 "a bill that is not generated yet is for later"
is "$(day)" "DUE INCOMPLETE E01 fund-flow bill of 2026-05-31 is not generated yet" "with the reason"
is "$(bills)" "TRADE_ALL 1 VALID" "what is there is kept"
is "$(sql "SELECT code, leg, key, state, break_on FROM recon.finding")" "E01 EVIDENCE FUND_BASIC PENDING 2026-06-02" "a pending finding"
is "$(sql "SELECT next_try_at = '2026-06-01T11:00+08:00', tries FROM recon.day")" "t 1" "the next try is in half an hour"
before=$(requests /v3/bill)
now=2026-06-01T10:59:59+08:00
run payrecon-fetch
is "$out $(requests /v3/bill)" "nothing is due $before" "not before"
now=2026-06-01T11:00:00+08:00
set_faults ''
run payrecon-fetch
is "$code $(day)" "0 FETCHED  " "then it is there"
is "$(requests /v3/bill)" "$((before + 2))" "and only the missing one was asked for"
now=2026-06-03T00:00:01+08:00
fresh
set_faults 'tradebill bill_date=2026-05-31 not-ready'
run payrecon-fetch --day 2026-05-31
is "$code" 65 "after the deadline it will not come"
is "$(sql "SELECT code, state FROM recon.finding")" "E01 OPEN" "and the finding is open"
now=2026-06-01T10:30:00+08:00

# ---- an empty day -------------------------------------------------------------------------------

fresh
"$BUILD/payrecon" merchant add --mchid 1900000110 --name 空 --appid wx00000000000000ff --rate 0.60% --first-day 2026-05-31 >/dev/null 2>&1
run payrecon-fetch -m 1900000110
is "$code $(day 1900000110)" "0 FETCHED  " "a day on which nothing happened is complete"
is "$(bills)" "FUND_BASIC 1 NO_STATEMENT,TRADE_ALL 1 NO_STATEMENT" "because WeChat Pay says so"
payrecon bill export --mchid 1900000110 --day 2026-05-31 --kind TRADE_ALL "$work/none"
is "$code" 65 "there is nothing to export"
like "$log" "WeChat Pay says that there is no trade bill of 2026-05-31" "and it says so"
is "$(ls "$work"/none* 2>/dev/null)" "" "no file is left"

# ---- wrong digest -------------------------------------------------------------------------------

fresh
set_faults 'tradebill nth=1 wrong-digest'
run payrecon-fetch
is "$code $(day)" "0 FETCHED  " "a wrong digest once: downloaded again"
is "$(bills)" "FUND_BASIC 1 VALID,TRADE_ALL 1 WRONG_DIGEST,TRADE_ALL 2 VALID" "both are kept"
payrecon bill export --mchid $MCHID --day 2026-05-31 --kind TRADE_ALL --bill-version 1 "$work/wrong.gz"
is "$code $(gunzip <"$work/wrong.gz" | sha1sum | cut -d' ' -f1)" "0 $(sql "SELECT plain_sha1 FROM recon.bill_file WHERE version = 1 AND kind = 'TRADE_ALL'")" \
    "and can be looked at, the wrong one too"
fresh
set_faults 'tradebill wrong-digest'
before=$(requests /v3/bill/tradebill)
run payrecon-fetch
is "$code" 75 "a wrong digest every time"
like "$(day)" "DUE INCOMPLETE E03 trade bill of 2026-05-31: SHA-1 is [0-9a-f]{40}, announced is [0-9a-f]{40}\$" "is incomplete"
is "$(($(requests /v3/bill/tradebill) - before))" 3 "after three downloads"
is "$(bills)" "FUND_BASIC 1 VALID,TRADE_ALL 1 WRONG_DIGEST" "the bytes are kept, once"
is "$(sql "SELECT code, state FROM recon.finding")" "E03 OPEN" "with an open finding"

# ---- asked again --------------------------------------------------------------------------------

fresh
set_faults 'tradebill nth=1-2 status=503'
run payrecon-fetch
is "$code $(day)" "0 FETCHED  " "what is asked for a third time"
is "$(grep -cE "info payrecon-fetch: $MCHID: GET /v3/bill/tradebill: asked again because of: status 503 SERVICE_UNAVAILABLE \"服务暂不可用，请稍后重试\" \(Request-Id [0-9A-F]+-[0-9]+\)" "$work/err")" 2 \
    "each attempt's Request-Id is logged"
is "$(grep -o 'Request-Id [0-9A-F]*-[0-9]*' "$work/err" | sort | uniq -d)" "" "none of them twice"

# ---- truncated ----------------------------------------------------------------------------------

fresh
set_faults 'download nth=1 truncate=300'
run payrecon-fetch
is "$code $(day)" "0 FETCHED  " "a download that breaks off once: downloaded again"
fresh
set_faults 'download nth=1-3 truncate=300'
run payrecon-fetch
is "$code" 75 "a download that breaks off every time"
like "$(day)" "^DUE INCOMPLETE E04 trade bill of 2026-05-31: " "is incomplete"
is "$(bills)" "FUND_BASIC 1 VALID" "nothing half is evidence"
now=2026-06-01T11:00:00+08:00
run payrecon-fetch
is "$code $(day)" "0 FETCHED  " "the next run goes on from there"
now=2026-06-01T10:30:00+08:00
fresh
set_faults 'download nth=1 empty-body'
run payrecon-fetch
is "$code $(bills)" "0 FUND_BASIC 1 VALID,TRADE_ALL 1 VALID" "an empty body is no empty day"

# ---- a server in trouble ------------------------------------------------------------------------

fresh
set_faults 'tradebill nth=1-2 status=500' 'certificates nth=1 probe-signature'
run payrecon-fetch
is "$code $(day)" "0 FETCHED  " "500 twice, then success"
fresh
set_faults 'fundflowbill status=403'
run payrecon-fetch
is "$code" 77 "what is not allowed"
like "$(day)" "^DUE INCOMPLETE E01 fund BASIC bill of 2026-05-31: GET /v3/bill/fundflowbill" "names the request"
is "$(sql 'SELECT next_try_at IS NULL FROM recon.day')" t "may be tried at once when it is mended"

# ---- SIGTERM ------------------------------------------------------------------------------------

fresh
set_faults 'tradebill status=500'
before=$(requests /v3/bill/tradebill)
tell "now $now"
"$BUILD/payrecon-fetch" --now "$now" >"$work/out" 2>"$work/err" &
pid=$!
while [ "$(requests /v3/bill/tradebill)" = "$before" ] && kill -0 "$pid" 2>/dev/null; do
    sleep 0.02
done
kill -TERM "$pid"
wait "$pid"
is "$?" 75 "SIGTERM while it waits: try again later"
is "$(day)" "DUE  " "nothing is said about the day"
set_faults ''
run payrecon-fetch
is "$code $(day)" "0 FETCHED  " "the next run goes on"

# ---- keys, configuration, database --------------------------------------------------------------

fresh
chmod 0644 "$work/sim/merchants/$MCHID/apiv3.key"
run payrecon-fetch
chmod 0600 "$work/sim/merchants/$MCHID/apiv3.key"
is "$code" 77 "a key that others can read"
like "$log" "sim/merchants/$MCHID/apiv3.key" "is named"
like "$(day)" "^DUE INCOMPLETE E01 trade bill of 2026-05-31: .*apiv3.key" "the day is incomplete"
run payrecon-fetch
is "$code $(day)" "0 FETCHED  " "mended: the next run goes on at once"

fresh
mv "$work/sim/merchants/$MCHID/apiclient_key.pem" "$work/key"
"$BUILD/payrecon" merchant add --mchid 1900000110 --name 空 --appid wx00000000000000ff --rate 0.60% --first-day 2026-05-31 >/dev/null 2>&1
run payrecon-fetch --format csv
mv "$work/key" "$work/sim/merchants/$MCHID/apiclient_key.pem"
is "$code" 77 "one merchant's key is missing"
like "$log" "apiclient_key.pem\": No such file or directory" "and named"
is "$(day 1900000110)" "FETCHED  " "the other merchant is served all the same"
is "$(grep -c '^"1900000' "$work/out")" 2 "one line each"

fresh
echo "wxpay_uri = https://localhost:1" >>"$work/payrecon.conf"
run payrecon-fetch
is "$code" 78 "an unknown key of the configuration"
like "$log" "$work/payrecon.conf:6: unknown key \"wxpay_uri\"" "is named with file and line"

fresh
sed -i "s|^database.*|database = host=$work/nowhere dbname=x|" "$work/payrecon.conf"
run payrecon-fetch
is "$code" 69 "a database that is not there"
like "$log" "$work/nowhere" "is named"

fresh
sed -i "s|^wxpay_url.*|wxpay_url = https://localhost:1|" "$work/payrecon.conf"
run payrecon-fetch
is "$code" 69 "WeChat Pay that is not there"
like "$(day)" "^DUE INCOMPLETE E01 trade ALL bill of 2026-05-31: .*localhost" "is the reason"

# ---- from certificates to the public key --------------------------------------------------------

# WeChat Pay still has certificates for the merchant, whose keys folder has the public key already: each request names it, and is answered so.
fresh
cp "$work/sim/wechatpay_public_key".{pem,id} "$work/sim/merchants/$MCHID/"
: >"$work/requests"
run payrecon-fetch
is "$code $(day) $(requests /v3/certificates)" "0 FETCHED   0" "with the public key no certificate is needed"

# Some replies are signed with a certificate all the same: they are fetched once, and both kinds are good.
fresh
set_faults 'tradebill rotated-key'
: >"$work/requests"
run payrecon-fetch
is "$code $(day) $(requests /v3/certificates)" "0 FETCHED   1" "a reply that is signed with a certificate meanwhile"
rm "$work/sim/merchants/$MCHID/wechatpay_public_key".{pem,id}

# The other way round: WeChat Pay has changed, the keys folder has not.
fresh
sed -i '/"merchant"/s/"rate":/"mode":"public_key","rate":/' "$work/world/world.jsonl"
tell reload
rm -f "$work/sim/merchants/$MCHID/wechatpay_public_key".{pem,id}
run payrecon-fetch
is "$code" 77 "no certificate any more, and no public key yet"
like "$(day)" "^DUE INCOMPLETE E01 trade ALL bill of 2026-05-31: GET /v3/certificates: status 404 RESOURCE_NOT_EXISTS " "is the reason"
like "$log" "this merchant needs public-key mode" "with what to do"
cp "$work/sim/wechatpay_public_key".{pem,id} "$work/sim/merchants/$MCHID/"
run payrecon-fetch
is "$code $(day)" "0 FETCHED  " "with the public key the next run goes on"
sed -i 's/"mode":"public_key",//' "$work/world/world.jsonl"
rm "$work/sim/merchants/$MCHID/wechatpay_public_key".{pem,id}
tell reload

# ---- the backup host ------------------------------------------------------------------------------

# The first host refuses connections, the simulator stands behind the second.
fresh
sed -i "s|^wxpay_url.*|wxpay_url = https://localhost:1\nwxpay_backup_url = $url|" "$work/payrecon.conf"
: >"$work/requests"
run payrecon-fetch
is "$code" 0 "a first host that refuses connections, with a backup host"
is "$(day) $(bills)" "FETCHED   FUND_BASIC 1 VALID,TRADE_ALL 1 VALID" "the day is fetched from the other one"
is "$(requests '/v3/bill/tradebill"') $(requests '/v3/bill/fundflowbill"') $(requests '/v3/billdownload/file"')" "1 1 2" "each request came there once"
payrecon merchant check -m $MCHID --now "$now"
is "$code" 0 "the check of a merchant goes there, too"

fresh
sed -i "s|^wxpay_url.*|wxpay_url = https://localhost:1\nwxpay_backup_url = https://localhost:2|" "$work/payrecon.conf"
run payrecon-fetch
is "$code" 69 "two hosts that refuse connections"

fresh
echo "wxpay_backup_url = http://localhost" >>"$work/payrecon.conf"
run payrecon-fetch
is "$code" 78 "a backup host without https"
like "$log" "\"http://localhost\" is not https://host" "is named"

fresh
echo "wxpay_backup_url = none" >>"$work/payrecon.conf"
run payrecon-fetch
is "$code" 0 "\"none\" is no backup host"

fresh
run payrecon-fetch -m 1900000199
is "$code" 64 "a merchant that nobody knows"
like "$log" "merchant 1900000199 is not known" "is named"

# ---- two workers --------------------------------------------------------------------------------

fresh
mkfifo "$work/hold"
PGOPTIONS='' psql -X -q -A -t -d "$conninfo" <"$work/hold" >"$work/held" &
pids+=($!)
exec 9>"$work/hold"
echo "SELECT pg_advisory_lock(hashtextextended('payrecon merchant $MCHID', 0)), 'held';" >&9
while ! grep -q held "$work/held"; do
    sleep 0.02
done
run payrecon-fetch
is "$code $out" "0 other workers have 1 merchants, nothing else is due" "what another worker has is left alone"
like "$log" "$MCHID: another worker has this merchant" "and it says so"
run payrecon-fetch --day 2026-05-31
is "$code" 75 "a day that is named is then for later"
exec 9>&-
wait "${pids[-1]}"
run payrecon-fetch
is "$code $(day)" "0 FETCHED  " "then it is free"

# ---- killed -------------------------------------------------------------------------------------

wanted=$(dump)
killed=0
for point in commit-before commit-after; do
    for n in $(seq 100); do
        fresh
        (
            PAYRECON_FAILPOINT=$point:$n "$BUILD/payrecon-fetch" --now "$now"
            exit $?
        ) >/dev/null 2>&1
        [ $? -eq 137 ] || break
        killed=$((killed + 1))
        run payrecon-fetch
        is "$code" 0 "killed at $point $n: the next run is clean"
        is "$(dump)" "$wanted" "killed at $point $n: as if nothing had happened"
    done
done
is "$killed" 6 "killed before and after each commit: those of two bills and of the day's mark"

done_testing
