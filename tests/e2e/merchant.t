#!/usr/bin/env bash
# A company from its archive of keys to its first bill: merchant add in every form that keys come in and with everything that can be
# wrong with them, check against wxpay-sim over TLS, suspend and resume, other keys, a company without WeChat Pay, death at every step.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "${BASH_SOURCE[0]}")/night.sh"

PARTNER=1900000001
PUBLIC=1900000002 # in public-key mode
PROVIDER=1900000003

start_world 2026-05-31 1 40 --clean
APPID=$(grep -o "wx[0-9a-f]\{16\}" "$work/world/world.jsonl" | head -n 1)
cat >>"$work/world/world.jsonl" <<END
{"merchant":{"mchid":"$PUBLIC","name":"乙","appids":["wx0000000000000002"],"rate":"0.60%","mode":"public_key"}}
{"payment":{"mchid":"$PUBLIC","appid":"wx0000000000000002","out_trade_no":"Q1","transaction_id":"4299000001","time":"2026-05-28T10:00:00+08:00","total_fen":100}}
{"merchant":{"mchid":"$PROVIDER","name":"服务商","appids":["wx0000000000000004"],"rate":"0.60%"}}
{"merchant":{"mchid":"1900000035","name":"戊","appids":["wx0000000000000004"],"rate":"0.60%","provider":"$PROVIDER"}}
{"merchant":{"mchid":"$PARTNER","name":"丙","appids":["wx0000000000000003"],"rate":"1.00%","sub_mchid":"1900000033"}}
END
now=2026-06-01T10:30:00+08:00
start_sim "$now"
given=$work/sim/merchants # what the merchant platform hands out

# ---- what a company is given ----------------------------------------------------------------------

mkdir -m 0700 "$work/given"
umask 077
serial_of() { # PEM file
    openssl x509 -in "$1" -noout -serial | cut -d = -f 2
}
cp "$given/$MCHID"/apiclient_*.pem "$given/$MCHID/apiv3.key" "$work/given/"
serial=$(serial_of "$work/given/apiclient_cert.pem")
# As WeChat Pay's merchant platform makes it: old ciphers, the merchant's number as password.
make_p12() { # file, password, options…
    openssl pkcs12 -export -inkey "$given/$MCHID/apiclient_key.pem" -in "$given/$MCHID/apiclient_cert.pem" -passout "pass:$2" -out "$1" "${@:3}"
}
make_p12 "$work/given/apiclient_cert.p12" "$MCHID" -legacy
make_p12 "$work/given/new.p12" "$MCHID"
make_p12 "$work/given/other.p12" 'a b,c'
printf 'a b,c\n' >"$work/given/password"
printf '说明\n' >"$work/given/readme.txt"
(cd "$work/given" && zip -q all.zip apiclient_cert.p12 apiclient_cert.pem apiclient_key.pem readme.txt && zip -q p12.zip apiclient_cert.p12 &&
    zip -q keyless.zip apiclient_cert.pem readme.txt && mkdir 1900000109_cert && cp apiclient_*.pem 1900000109_cert/ && zip -q -r folder.zip 1900000109_cert)
openssl genrsa -out "$work/given/foreign_key.pem" 2048 2>/dev/null
openssl req -x509 -new -key "$work/given/foreign_key.pem" -subj "/CN=1900000999" -days 400 -out "$work/given/foreign_cert.pem" 2>/dev/null
openssl req -x509 -new -key "$work/given/foreign_key.pem" -subj "/CN=$MCHID" -days 4000 -out "$work/given/unknown_cert.pem" 2>/dev/null
head -c 31 "$work/given/apiv3.key" >"$work/given/short.key"

# A new database without merchants, an empty keys_dir.
fresh_company() {
    fresh
    sql 'DELETE FROM recon.merchant_event; DELETE FROM recon.merchant_app; DELETE FROM recon.merchant'
    rm -rf "$work/keys"
    mkdir -m 0700 "$work/keys"
    sed -i 's|^keys_dir.*|keys_dir = keys|' "$work/payrecon.conf"
}

# fresh makes its template with a merchant whose keys are in keys_dir.
fresh
fresh_company
company=(--mchid "$MCHID" --name 测试出行 --appid "$APPID" --store-appid wxfedcba9876543210 --rate 0.60% --first-day 2026-05-31)
contact=(--contact-name 张三丰 --contact-mobile 13812345678)

add() {
    payrecon merchant add --now "$now" "${company[@]}" "$@"
}

nothing_happened() {
    is "$(find "$work/keys" -mindepth 1 | wc -l) $(sql 'SELECT count(*) FROM recon.merchant')" "0 0" "$1: nothing is left"
}

# ---- forms of keys ------------------------------------------------------------------------------

while read -r name options; do
    fresh_company
    read -r -a words <<<"$options"
    (cd "$work/given" && "$BUILD/payrecon" merchant add --now "$now" "${company[@]}" "${contact[@]}" --apiv3-key apiv3.key "${words[@]}") >"$work/out" 2>"$work/err"
    code=$?
    out=$(cat "$work/out")
    log=$(cat "$work/err")
    is "$code $(sql "SELECT mchid, mode, rate_ppm FROM recon.merchant")" "0 $MCHID DIRECT 6000" "$name: a merchant is added"
    is "$(cd "$work/keys" && find . -mindepth 1 -printf '%m %p\n' | LC_ALL=C sort -k 2 | paste -sd ' ')" \
        "700 ./$MCHID 600 ./$MCHID/apiclient_cert.pem 600 ./$MCHID/apiclient_key.pem 600 ./$MCHID/apiv3.key" "$name: its keys are installed, for one user only"
    is "$(openssl pkey -in "$work/keys/$MCHID/apiclient_key.pem" | sha256sum)" "$(openssl pkey -in "$given/$MCHID/apiclient_key.pem" | sha256sum)" "$name: its key"
    is "$(serial_of "$work/keys/$MCHID/apiclient_cert.pem")" "$serial" "$name: its certificate"
done <<END
pem-files --certificate apiclient_cert.pem --private-key apiclient_key.pem
old-p12 --p12 apiclient_cert.p12
new-p12 --p12 new.p12
p12-with-password --p12 other.p12 --p12-password password
archive --archive all.zip
archive-with-folder --archive folder.zip
archive-of-p12 --archive p12.zip
END
is "$out" "installed its keys in $work/keys/$MCHID
added merchant $MCHID
its API certificate $serial ends on $(TZ=Asia/Shanghai date -d "$(openssl x509 -in "$work/given/apiclient_cert.pem" -noout -enddate | cut -d = -f 2)" +%F)
next: payrecon merchant check --merchant $MCHID; bills from 2026-05-31 on are fetched by the next payrecon-nightly" "it says what it did and what comes next"
is "$(sql "SELECT appid, side FROM recon.merchant_app ORDER BY side DESC" | paste -sd ,)" "$APPID USER,wxfedcba9876543210 STORE" "both mini programs"
is "$(sql "SELECT name, mobile FROM recon.merchant_contact")" "张三丰 13812345678" "the contact"
is "$(sql "SELECT who, change FROM recon.merchant_event")" "$(sql 'SELECT session_user') ADDED" "who added it"
add "${contact[@]}" --archive "$work/given/all.zip" --apiv3-key "$work/given/apiv3.key" --verbose
is "$code" 65 "twice the same"
like "$log" "merchant $MCHID is known already" "is told"
is "$(grep -c 张三丰 <<<"$log$out") $(grep -c 13812345678 <<<"$log$out")" "0 0" "no personal data in the log"

# ---- what can be wrong --------------------------------------------------------------------------

fresh_company
while IFS='|' read -r wanted message options; do
    read -r -a words <<<"$options"
    (cd "$work/given" && "$BUILD/payrecon" merchant add --now "$now" "${company[@]}" "${words[@]}") >"$work/out" 2>"$work/err"
    code=$?
    log=$(cat "$work/err")
    is "$code" "$wanted" "add $options"
    like "$log" "$message" "says why"
done <<END
77|could not open "none.pem": No such file|--certificate none.pem --private-key apiclient_key.pem --apiv3-key apiv3.key
77|could not open "none.zip": No such file|--archive none.zip --apiv3-key apiv3.key
77|could not open "none.key": No such file|--archive all.zip --apiv3-key none.key
77|"other.p12": the password does not open it|--p12 other.p12 --apiv3-key apiv3.key
77|"new.p12": the password does not open it|--p12 new.p12 --p12-password password --apiv3-key apiv3.key
77|"readme.txt": not a PKCS#12 file|--p12 readme.txt --apiv3-key apiv3.key
77|the private key is not the one of the API certificate $serial|--certificate apiclient_cert.pem --private-key foreign_key.pem --apiv3-key apiv3.key
77|the API certificate is of merchant "1900000999", not of $MCHID|--certificate foreign_cert.pem --private-key foreign_key.pem --apiv3-key apiv3.key
77|API certificate: not a certificate in PEM form|--certificate readme.txt --private-key foreign_key.pem --apiv3-key apiv3.key
77|private key: not a private key in PEM form|--certificate apiclient_cert.pem --private-key readme.txt --apiv3-key apiv3.key
65|"keyless.zip": neither apiclient_key.pem with apiclient_cert.pem nor apiclient_cert.p12 is in it|--archive keyless.zip --apiv3-key apiv3.key
65|"apiclient_key.pem": not a readable ZIP archive|--archive apiclient_key.pem --apiv3-key apiv3.key
77|"short.key" holds 31 bytes, need 32|--archive all.zip --apiv3-key short.key
77|WeChat Pay.s public key: not a public key in PEM form|--archive all.zip --apiv3-key apiv3.key --public-key readme.txt --public-key-id PUB_KEY_ID_1
64|option --public-key-id: not PUB_KEY_ID_ and digits|--archive all.zip --apiv3-key apiv3.key --public-key readme.txt --public-key-id 17
64|options --public-key and --public-key-id belong together|--archive all.zip --apiv3-key apiv3.key --public-key readme.txt
64|options --certificate and --private-key belong together|--certificate apiclient_cert.pem --apiv3-key apiv3.key
64|options --archive, --p12 and --certificate exclude each other|--p12 new.p12 --archive all.zip --apiv3-key apiv3.key
64|option --p12-password goes with --p12 or --archive|--certificate apiclient_cert.pem --private-key apiclient_key.pem --p12-password password
64|option --apiv3-key is required|--archive all.zip
64|option --archive, or --p12, or --certificate with --private-key, is required|--apiv3-key apiv3.key
64|option --contact-mobile is no number: 6 to 20 digits|--contact-name x --contact-mobile 138-1234
64|options --contact-name and --contact-mobile belong together|--contact-name x
END
payrecon merchant add "${company[@]:0:6}" --store-appid wx1 "${company[@]:8}" --archive "$work/given/all.zip" --apiv3-key "$work/given/apiv3.key"
is "$code" 64 "a store-side AppID that is none"
like "$log" "option --store-appid: \"wx1\" is not an AppID" "is told"
for name in apiclient_key.pem apiv3.key apiclient_cert.p12 all.zip; do
    chmod 0640 "$work/given/$name"
    case $name in
    *.p12) words=(--p12 "$work/given/$name") ;;
    *.zip) words=(--archive "$work/given/$name") ;;
    *) words=(--certificate "$work/given/apiclient_cert.pem" --private-key "$work/given/apiclient_key.pem") ;;
    esac
    add "${words[@]}" --apiv3-key "$work/given/apiv3.key"
    is "$code" 77 "others can read $name"
    like "$log" "$name\" holds a secret but others may read it \(mode 0640\)" "is told"
    chmod 0600 "$work/given/$name"
done
add --archive "$work/given/all.zip" --apiv3-key "$work/given/apiv3.key" --now 2050-01-01T00:00:00+08:00
is "$code" 64 "--now twice"
payrecon merchant add --now 2050-01-01T00:00:00+08:00 "${company[@]}" --archive "$work/given/all.zip" --apiv3-key "$work/given/apiv3.key"
is "$code" 77 "a certificate that has ended"
like "$log" "the API certificate ended on .*hint: the company's administrator: apply for a new one" "is told, and who must act"
rmdir "$work/keys"
add --archive "$work/given/all.zip" --apiv3-key "$work/given/apiv3.key"
is "$code" 78 "keys_dir is not there"
like "$log" "keys_dir \"$work/keys\" is no folder" "is told"
mkdir -m 0700 "$work/keys"
add --archive "$work/given/all.zip" --apiv3-key "$work/given/apiv3.key" --dry-run
is "$code $(head -n 1 <<<"$out")" "0 would add merchant $MCHID" "a dry run checks"
nothing_happened "in all this"
mkdir -m 0700 "$work/keys/$MCHID"
cp "$given/$PUBLIC"/* "$work/keys/$MCHID/"
before=$(cat "$work/keys/$MCHID"/* | sha256sum)
for words in '' --dry-run; do
    # shellcheck disable=SC2086 # none or one
    add --archive "$work/given/all.zip" --apiv3-key "$work/given/apiv3.key" $words
    is "$code $(cat "$work/keys/$MCHID"/* | sha256sum)" "65 $before" "other keys that are there are not overwritten $words"
    like "$log" "$work/keys/$MCHID holds other keys; nothing is overwritten" "and it says so"
done

# ---- death at every step ------------------------------------------------------------------------

add_here() {
    add "${contact[@]}" --archive "$work/given/all.zip" --apiv3-key "$work/given/apiv3.key"
}
deaths=0
for point in rename-before rename-after commit-before commit-after; do
    for number in 1 2 3 4 5 6 7 8; do
        fresh_company
        PAYRECON_FAILPOINT=$point:$number add_here
        [ "$code" -eq 0 ] && break
        deaths=$((deaths + 1))
        half=$(find "$work/keys/$MCHID" -type f 2>/dev/null | wc -l)
        add_here
        # After the commit all is done.
        is "$half $code $(find "$work/keys" -type f | wc -l) $(find "$work/keys" -mindepth 1 -maxdepth 1 | wc -l) $(sql 'SELECT count(*) FROM recon.merchant_event')" \
            "$([ "$half" -eq 0 ] && echo 0 || echo 3) $([ "$point" = commit-after ] && echo 65 || echo 0) 3 1 1" "died at $point:$number, run again"
    done
done
is "$deaths" 10 "all places where it can die"

# ---- check --------------------------------------------------------------------------------------

check() {
    run payrecon merchant check "$@"
}
run() { # as in night.sh, but for commands of two words
    if [ "${told:-}" != "$now" ]; then
        tell "now $now"
        told=$now
    fi
    "$BUILD/$1" "$2" "$3" --now "$now" "${@:4}" >"$work/out" 2>"$work/err"
    code=$?
    out=$(cat "$work/out")
    log=$(cat "$work/err")
}
# The advice of a failed check, by csv: result, problem, who.
verdict() {
    "$BUILD/payrecon" merchant check --now "${1:-$now}" --format csv -m "${2:-$MCHID}" >"$work/out" 2>"$work/err"
    code=$?
    out=$(cat "$work/out")
    log=$(cat "$work/err")
    echo "$code $(tail -n 1 "$work/out" | sed 's/^"//; s/"$//; s/","/|/g' | cut -d '|' -f 3,4,5)"
}
operator='the operator of this machine'
administrator="the company's administrator on the merchant platform"

check
is "$code" 0 "check: all is well"
like "$out" "$MCHID +测试出行 +ok +the API certificate ends on 20[0-9-]+, platform certificates" "in one line"
keep=$work/keys/$MCHID
is "$(set_faults 'tradebill status=403'; verdict)" "77 failed|no right to bills|$administrator" "no right to bills"
is "$(set_faults 'tradebill ip-not-allowed'; verdict)" "77 failed|IP not allowed|$administrator" "an address that is not on the list"
is "$(set_faults 'certificates ip-not-allowed'; verdict)" "77 failed|IP not allowed|$administrator" "for the certificates, too"
is "$(set_faults 'tradebill status=503'; verdict)" "69 failed|WeChat Pay in trouble|WeChat Pay's support" "a server in trouble"
is "$(set_faults 'certificates nth=1 probe-signature'; verdict)" "0 ok||" "a probed signature is passed over"
is "$(set_faults 'tradebill bad-signature'; verdict)" "77 failed|reply not WeChat Pay's|$operator" "replies that are not WeChat Pay's"
is "$(set_faults 'tradebill no-signature'; verdict)" "77 failed|reply not WeChat Pay's|$operator" "nor are those without a signature"
is "$(set_faults 'tradebill timestamp=300'; verdict)" "77 failed|clock off|$operator" "replies that are five minutes old"
is "$(set_faults 'tradebill rate-limit=60'; verdict)" "75 failed|too many requests|$operator" "too many requests"
is "$(set_faults 'tradebill redirect=https://localhost:1/'; verdict)" "78 failed|not WeChat Pay|$operator" "somebody who leads elsewhere"
is "$(set_faults 'tradebill status=418'; verdict)" "65 failed|refused|WeChat Pay's support" "something nobody has an explanation for"
is "$(set_faults 'tradebill not-ready'; verdict)" "0 ok||" "a bill that is not ready is an answer"
set_faults ''
is "$(verdict 2026-06-01T10:36:00+08:00)" "77 failed|clock off|$operator" "a clock that is six minutes off"
cp "$keep/apiclient_cert.pem" "$work/good_cert.pem"
cp "$keep/apiclient_key.pem" "$work/good_key.pem"
cp "$work/given/unknown_cert.pem" "$keep/apiclient_cert.pem"
is "$(verdict)" "77 failed|keys|$operator" "a certificate that is not the key's"
cp "$work/given/foreign_key.pem" "$keep/apiclient_key.pem"
is "$(verdict)" "77 failed|wrong serial|$operator" "a certificate that WeChat Pay does not know"
like "$(cat "$work/out")" "payrecon merchant rotate-key --archive FILE" "with what to do"
# The serial that WeChat Pay knows, on a certificate of another key.
openssl req -x509 -new -key "$work/given/foreign_key.pem" -subj "/CN=$MCHID" -days 4000 -set_serial "0x$serial" -out "$keep/apiclient_cert.pem" 2>/dev/null
is "$(verdict)" "77 failed|wrong key|$operator" "a key that is not the one of the serial"
cp "$work/good_cert.pem" "$keep/apiclient_cert.pem"
cp "$work/good_key.pem" "$keep/apiclient_key.pem"
printf 'x%s' "$(tail -c 31 "$keep/apiv3.key")" >"$work/wrong.key"
cp "$keep/apiv3.key" "$work/good.key"
cp "$work/wrong.key" "$keep/apiv3.key"
is "$(verdict)" "77 failed|wrong APIv3 key|$administrator" "another APIv3 key"
cp "$work/good.key" "$keep/apiv3.key"
chmod 0604 "$keep/apiv3.key"
is "$(verdict)" "77 failed|keys|$operator" "a key that others can read"
chmod 0600 "$keep/apiv3.key"
is "$(verdict 2050-01-01T00:00:00+08:00)" "77 failed|certificate expired|$administrator" "a certificate that has ended"
mv "$keep" "$work/away"
is "$(verdict)" "77 failed|keys|$operator" "no keys on this host"
mv "$work/away" "$keep"
sed 's|^wxpay_url.*|wxpay_url = https://localhost:1|' "$work/payrecon.conf" >"$work/nowhere.conf"
is "$(PAYRECON_CONFIG=$work/nowhere.conf verdict)" "69 failed|host not reached|$operator" "a host that does not answer"
sed 's|^wxpay_ca_file.*||' "$work/payrecon.conf" >"$work/untrusted.conf"
is "$(PAYRECON_CONFIG=$work/untrusted.conf verdict)" "77 failed|not WeChat Pay|$operator" "a host that nobody vouches for"
is "$(verdict "$now" 1900000199)" "64 " "a merchant that nobody knows"
sql "INSERT INTO recon.merchant (mchid, name, mode, rate_ppm, first_day, created_at) VALUES ('1900000777', 'x', 'DIRECT', 6000, '2026-05-29', now())"
check --format json
is "$code $(grep -c '"result":"ok"' <<<"$out") $(grep -c '"result":"failed"' <<<"$out")" "77 1 1" "one merchant's trouble is one line, the worst is the exit code"
sql "DELETE FROM recon.merchant WHERE mchid = '1900000777'"

# Keys are in files only: nobody says them, however talkative, and the database does not have them.
secrets=$(cat "$keep/apiv3.key" && echo && grep -hv '^-' "$keep/apiclient_key.pem")
is "$(($(grep -cF "$secrets" <(cat "$keep/apiv3.key"; echo; cat "$keep/apiclient_key.pem")) > 20))" 1 "lines of keys are found where they are"
{
    sql "DELETE FROM recon.merchant_contact; DELETE FROM recon.merchant_event; DELETE FROM recon.merchant_app; DELETE FROM recon.merchant"
    "$BUILD/payrecon" merchant add --now "$now" "${company[@]}" "${contact[@]}" --archive "$work/given/all.zip" --apiv3-key "$work/given/apiv3.key" --verbose
    for command in check list show 'rotate-key --archive '"$work/given/all.zip"; do
        # shellcheck disable=SC2086 # a command and its options
        "$BUILD/payrecon" merchant $command --now "$now" -m $MCHID --verbose
    done
    "$BUILD/payrecon" doctor -m $MCHID --now "$now" --verbose
    set_faults 'tradebill bad-signature'
    "$BUILD/payrecon" merchant check --now "$now" -m $MCHID --verbose
    set_faults ''
} >"$work/told" 2>&1
is "$(grep -c 'added merchant' "$work/told") $(grep -cF "$secrets" "$work/told") $(grep -c 'signature=\|WECHATPAY2-SHA256' "$work/told")" "1 0 0" "no key and no credential is said"
is "$(pg_dump --data-only -d "$conninfo" >"$work/dumped" 2>/dev/null && grep -c 测试出行 "$work/dumped") $(grep -cF "$secrets" "$work/dumped")" "1 0" "nor stored"

# Public-key mode.
payrecon merchant add --now "$now" --mchid "$PUBLIC" --name 乙 --appid wx0000000000000002 --rate 0.60% --first-day 2026-05-31 --certificate "$given/$PUBLIC/apiclient_cert.pem" \
    --private-key "$given/$PUBLIC/apiclient_key.pem" --apiv3-key "$given/$PUBLIC/apiv3.key" --public-key "$given/$PUBLIC/wechatpay_public_key.pem" \
    --public-key-id "$(cat "$given/$PUBLIC/wechatpay_public_key.id")"
is "$code $(find "$work/keys/$PUBLIC" -type f | wc -l)" "0 5" "a merchant in public-key mode"
like "$out" "ends on 20[0-9-]+; public-key mode" "is told"
is "$(verdict "$now" $PUBLIC)" "0 ok||" "its check"
openssl rsa -in "$work/given/foreign_key.pem" -pubout -out "$work/foreign_pub.pem" 2>/dev/null
cp "$work/foreign_pub.pem" "$work/keys/$PUBLIC/wechatpay_public_key.pem"
is "$(verdict "$now" $PUBLIC)" "77 failed|wrong public key|$operator" "another public key"
cp "$given/$PUBLIC/wechatpay_public_key.pem" "$work/keys/$PUBLIC/wechatpay_public_key.pem"
printf 'PUB_KEY_ID_017' >"$work/keys/$PUBLIC/wechatpay_public_key.id"
is "$(verdict "$now" $PUBLIC)" "77 failed|wrong public key id|$operator" "another id"
rm "$work/keys/$PUBLIC"/wechatpay_public_key.*
is "$(verdict "$now" $PUBLIC)" "77 failed|public-key mode needed|$administrator" "no public key"
payrecon merchant rotate-key --now "$now" -m $PUBLIC --public-key "$given/$PUBLIC/wechatpay_public_key.pem" --public-key-id "$(cat "$given/$PUBLIC/wechatpay_public_key.id")"
is "$code $(verdict "$now" $PUBLIC)" "0 0 ok||" "is given one"

# Through a service provider.
payrecon merchant add --now "$now" --mchid 1900000033 --name 丙 --appid wx0000000000000003 --rate 1.00% --first-day 2026-05-31 --sp-mchid $PARTNER \
    --certificate "$given/$PARTNER/apiclient_cert.pem" --private-key "$given/$PARTNER/apiclient_key.pem" --apiv3-key "$given/$PARTNER/apiv3.key"
is "$code $(ls "$work/keys")" "0 $(printf '%s\n' $PARTNER $PUBLIC $MCHID | sort)" "the keys are the provider's"
is "$(verdict "$now" 1900000033)" "0 ok||" "and prove the sub-merchant"
is "$(set_faults 'tradebill status=403'; verdict "$now" 1900000033)" "77 failed|no right to bills|$administrator" "or not"
set_faults ''
# A sub-merchant that WeChat Pay does not know, and one that is not this provider's.
while IFS='|' read -r number problem mender; do
    payrecon merchant add --now "$now" --mchid "$number" --name 丁 --appid wx0000000000000004 --rate 1.00% --first-day 2026-05-31 --sp-mchid $PROVIDER \
        --certificate "$given/$PROVIDER/apiclient_cert.pem" --private-key "$given/$PROVIDER/apiclient_key.pem" --apiv3-key "$given/$PROVIDER/apiv3.key"
    is "$code $(verdict "$now" "$number" | cut -d ' ' -f 2-)" "0 failed|$problem|$mender" "sub-merchant $number: $problem"
    sql "DELETE FROM recon.merchant_event WHERE mchid = '$number'; DELETE FROM recon.merchant_app WHERE mchid = '$number'; DELETE FROM recon.merchant WHERE mchid = '$number'"
done <<END
1900000099|unknown merchant number|$operator
1900000001|no right to bills|$administrator
END
rm -r "$work/keys/$PROVIDER"

# ---- list, show ---------------------------------------------------------------------------------

payrecon merchant list --format csv --now "$now"
is "$(grep "^\"$MCHID" <<<"$out" | cut -d , -f 9,10,12,13)" '"DIRECT","certificates","张**","138****5678"' "list: the contact is masked"
payrecon merchant show -m $MCHID --now "$now"
like "$out" "store_appid +wxfedcba9876543210.*certificate_serial +$serial.*contact_name +张\*\*.*contact_mobile +138\*\*\*\*5678.*event +2026-06-01 10:30:00 ADDED by [a-z]+: merchant add" "show"
payrecon merchant show -m $MCHID --contact --format csv
like "$out" '"contact_name","张三丰".*"contact_mobile","13812345678"' "in full when asked"
payrecon merchant show
is "$code" 64 "show needs a merchant"

# ---- suspend, resume ----------------------------------------------------------------------------

payrecon merchant suspend -m $MCHID --now "$now"
is "$code" 64 "suspend without a reason"
payrecon merchant suspend -m $MCHID --reason ' ' --now "$now"
is "$code" 64 "or with an empty one"
payrecon merchant suspend -m 1900000199 --reason x
is "$code" 64 "or of nobody"
payrecon merchant suspend -m $MCHID --reason '合同到期' --now "$now"
is "$code $out" "0 merchant $MCHID suspended: nothing is done for it until payrecon merchant resume" "suspended"
"$BUILD/payrecon-nightly" --now "$now" -m $MCHID >"$work/out" 2>"$work/err"
is "$? $(sql "SELECT count(*) FROM recon.day WHERE mchid = '$MCHID'")" "0 0" "nothing is done for it"
payrecon merchant suspend -m $MCHID --reason again
is "$code $out" "0 merchant $MCHID is suspended already: nothing changed" "once is enough"
payrecon merchant resume -m $MCHID --reason '续约' --now "$now"
is "$code $out" "0 merchant $MCHID resumed: the next run does what became due meanwhile" "resumed"
payrecon merchant resume -m $MCHID --reason again
is "$code $out" "0 merchant $MCHID is not suspended: nothing changed" "once, too"
is "$(sql "SELECT change, reason, who = session_user FROM recon.merchant_event WHERE mchid = '$MCHID' ORDER BY event_no" | paste -sd ,)" \
    "ADDED merchant add t,SUSPENDED 合同到期 t,RESUMED 续约 t" "all is written down"

# ---- edit ---------------------------------------------------------------------------------------

payrecon merchant edit -m $MCHID --reason x
is "$code" 64 "edit needs something to change"
like "$log" "nothing to change is given: --name, --rate, …" "and says so"
payrecon merchant edit -m $MCHID --name 新名
is "$code" 64 "and a reason"
payrecon merchant edit -m $MCHID --rate 60 --reason x
is "$code" 64 "a rate that is none"
payrecon merchant edit -m $MCHID --contact-name 李四 --reason x
is "$code" 64 "half a contact"
payrecon merchant edit -m $MCHID --add-appid wx12 --reason x
is "$code" 64 "an AppID that is none"
payrecon merchant edit -m $MCHID --store-appid wx00000000000000dd --reason x
is "$code" 65 "another mini program of the stores"
like "$log" "could not change merchant $MCHID: .*merchant $MCHID has another mini program of the stores" "is refused with the reason"
edits=(--name 新名 --rate 0.54% --contact-name 李四 --contact-mobile 13900000000 --add-appid wx00000000000000ee --reason '合同更新')
payrecon merchant edit -m $MCHID --now "$now" --dry-run "${edits[@]}"
changes="name 测试出行 to 新名; rate 6000 to 5400 ppm; contact; AppID wx00000000000000ee"
is "$code $out" "0 would change merchant $MCHID: $changes" "a dry run says what would change"
is "$(sql "SELECT name FROM recon.merchant WHERE mchid = '$MCHID'") $(sql "SELECT count(*) FROM recon.merchant_event WHERE change = 'EDITED'")" "测试出行 0" "and changes nothing"
payrecon merchant edit -m $MCHID --now "$now" "${edits[@]}"
is "$code $out $log" "0 changed merchant $MCHID: $changes " "then it changes"
payrecon merchant edit -m $MCHID --now "$now" "${edits[@]}"
is "$code $out" "0 merchant $MCHID is so already: nothing changed" "once"
payrecon merchant show -m $MCHID --contact --now "$now"
like "$out" "name +新名.*rate +0.54%.*wx00000000000000ee.*contact_name +李四.*event +2026-06-01 10:30:00 EDITED by [a-z]+, $changes: 合同更新" "and is shown"
payrecon merchant edit -m $MCHID --now "$now" --name 测试出行 --rate 0.60% --reason 'as before'
is "$code" 0 "and back"

# ---- a company without WeChat Pay ---------------------------------------------------------------

payrecon merchant add --no-wechat --name 现金出行 --now "$now"
none=$(sql "SELECT mchid FROM recon.merchant WHERE mode = 'NONE'")
is "$code $(head -n 1 <<<"$out")" "0 added merchant $none" "a company without WeChat Pay"
like "$none" "^none-[0-9a-f]{10}\$" "has an identifier of its own"
payrecon merchant add --no-wechat --name 现金出行 --now "$now"
is "$code" 65 "twice the same"
payrecon merchant add --no-wechat --name 另一家 --mchid none-green-ride --contact-name 李四 --contact-mobile +8613900000000 --now "$now"
is "$code" 0 "or one that is chosen"
payrecon merchant add --no-wechat --name x --mchid 1900000555
is "$code" 64 "but no merchant number"
payrecon merchant add --no-wechat --name x --rate 0.60%
is "$code" 64 "and no rate"
payrecon merchant list --format csv -m "$none"
is "$(tail -n 1 <<<"$out")" "\"$none\",\"现金出行\",\"\",\"\",\"\",\"\",\"\",\"no\",\"NONE\",\"no WeChat Pay\",\"\",\"\",\"\"" "is shown as such"
is "$(verdict "$now" "$none")" "0 skipped||" "is not checked"
payrecon merchant rotate-key -m "$none" --apiv3-key "$work/given/apiv3.key"
is "$code" 64 "has no keys"
payrecon merchant edit -m "$none" --rate 0.60% --reason x
is "$code" 65 "has no rate"
payrecon merchant edit -m "$none" --contact-name 王五 --contact-mobile 13700000000 --reason x
is "$code $out" "0 changed merchant $none: contact" "but a contact"
payrecon bill import /dev/null --mchid "$none" --day 2026-05-31 --kind TRADE_ALL
is "$code" 64 "has no bills"
payrecon doctor -m "$none"
like "$code $out" "^0 .*merchant +$none +ok +no WeChat Pay" "is no worry of the doctor's"
for program in payrecon-nightly payrecon-fetch payrecon-reconcile payrecon-settle; do
    for days in '' '--day 2026-05-31'; do
        # shellcheck disable=SC2086 # two words
        "$BUILD/$program" --now "$now" -m "$none" $days >"$work/out" 2>"$work/err"
        is "$? $(sql "SELECT count(*) FROM recon.day WHERE mchid = '$none'")" "0 0" "$program $days skips it"
    done
done

# ---- the first night --------------------------------------------------------------------------

night() { # time
    now=$1
    tell "now $now"
    told=$now
    "$BUILD/payrecon-nightly" --now "$now" -m $MCHID --quiet >"$work/out" 2>"$work/err"
    code=$?
    out=$(cat "$work/out")
    log=$(cat "$work/err")
}
night "$now"
is "$code $(sql "SELECT stage FROM recon.day WHERE mchid = '$MCHID'") $(grep -c 'API certificate' <<<"$log")" "0 SETTLED 0" "the first night has its bill, and no word about the certificate"

# ---- other keys ---------------------------------------------------------------------------------

rotate() {
    payrecon merchant rotate-key --now "$now" -m $MCHID "$@"
}
all_keys() {
    (cd "$work/keys" && find . -type f -exec sha256sum {} + | LC_ALL=C sort | sha256sum)
}
old_keys=$(all_keys)
# A pair of another WeChat Pay: the same merchant number, valid at the same time.
"$BUILD/wxpay-sim" --state "$work/other" --world "$work/world/world.jsonl" --now "$now" --ready "$work/other_ready" --admin "$work/other_admin" 2>/dev/null &
pids+=($!)
while [ ! -s "$work/other_ready" ] && kill -0 "${pids[-1]}"; do
    sleep 0.05
done
"$BUILD/wxpay-sim" --admin "$work/other_admin" --tell quit >/dev/null
wait "${pids[-1]}"
unset 'pids[-1]'
refused=(--certificate "$work/other/merchants/$MCHID/apiclient_cert.pem" --private-key "$work/other/merchants/$MCHID/apiclient_key.pem")
rotate "${refused[@]}" --reason '证书更换'
is "$code $(all_keys)" "77 $old_keys" "a pair that WeChat Pay refuses changes nothing"
like "$log" "the new keys were not proved, nothing changed: wrong serial: .*hint: the operator of this machine: WeChat Pay does not know this API certificate" "and it says so"
is "$(verdict)" "0 ok||" "the old one goes on working"
rotate --apiv3-key "$work/wrong.key"
is "$code $(all_keys)" "77 $old_keys" "an APIv3 key that does not open the certificates"
like "$log" "nothing changed: wrong APIv3 key: " "is told"
PAYRECON_CONFIG=$work/nowhere.conf rotate "${refused[@]}"
is "$code $(all_keys)" "69 $old_keys" "WeChat Pay is not reached"
rotate
is "$code" 64 "no key at all"
rotate --archive "$work/given/keyless.zip"
is "$code" 65 "an archive without a key"
payrecon merchant rotate-key -m 1900000199 --archive "$work/given/all.zip"
is "$code" 64 "a merchant that nobody knows"
like "$log" "merchant 1900000199 is not known" "is told"
rotate --archive "$work/given/all.zip" --apiv3-key "$work/given/apiv3.key"
is "$code $out $(all_keys)" "0 these keys are in use already: nothing changed $old_keys" "the keys in use"

# The administrator applies for a new certificate: from now on the simulator knows the new one only.
new_pair() {
    tell quit
    wait "${pids[-1]}"
    unset 'pids[-1]'
    rm "$given/$MCHID"/apiclient_*.pem
    start_sim "$now"
    sed -i "s|^wxpay_url.*|wxpay_url = $url|" "$work/payrecon.conf"
    rm -f "$work/given"/apiclient_*.pem "$work/given/rotated.zip"
    cp "$given/$MCHID"/apiclient_*.pem "$work/given/"
    (cd "$work/given" && zip -q rotated.zip apiclient_cert.pem apiclient_key.pem)
    new_serial=$(serial_of "$work/given/apiclient_cert.pem")
}
new_pair
is "$(verdict)" "77 failed|wrong serial|$operator" "a certificate that was replaced on the merchant platform"
rotate --archive "$work/given/rotated.zip" --dry-run
is "$code $out $(all_keys)" "0 would ask WeChat Pay about certificate $new_serial and put it into use $old_keys" "a dry run changes nothing"
rotate --archive "$work/given/rotated.zip" --reason '证书更换'
is "$code $(head -n 1 <<<"$out" | cut -d , -f 1)" "0 WeChat Pay takes the keys: certificate $new_serial" "the new pair is taken"
is "$(verdict) $(serial_of "$keep/apiclient_cert.pem") $(serial_of "$work/keys/.$MCHID.old/apiclient_cert.pem")" "0 ok|| $new_serial $serial" "is in use; the old one is kept"
is "$(cmp "$keep/apiv3.key" "$work/good.key" && find "$work/keys" -name ".$MCHID*" -printf '%f ' && stat -c %a "$keep")" ".$MCHID.old 700" "with the same APIv3 key, and nothing left"
is "$(sql "SELECT change, detail, reason FROM recon.merchant_event WHERE mchid = '$MCHID' ORDER BY event_no DESC LIMIT 1")" "KEYS given: certificate; certificate $new_serial 证书更换" "and written down"

deaths=0
for point in rename-before rename-after commit-before commit-after; do
    for number in 1 2 3 4 5 6 7 8; do
        new_pair
        was=$(sql 'SELECT count(*) FROM recon.merchant_event')
        PAYRECON_FAILPOINT=$point:$number rotate --archive "$work/given/rotated.zip"
        [ "$code" -eq 0 ] && break
        deaths=$((deaths + 1))
        like "$(cat "$keep/apiclient_cert.pem" "$keep/apiclient_key.pem" | openssl x509 -noout -pubkey | sha256sum)" \
            "$(openssl pkey -in "$keep/apiclient_key.pem" -pubout | sha256sum)" "died at $point:$number: the pair is one"
        rotate --archive "$work/given/rotated.zip"
        is "$code $(serial_of "$keep/apiclient_cert.pem") $(find "$work/keys" -name ".$MCHID*" -printf '%f ')" "0 $new_serial .$MCHID.old " "run again"
        is "$(($(sql 'SELECT count(*) FROM recon.merchant_event') - was))" 1 "and written down, once"
    done
done
is "$deaths" 14 "all places where it can die"
was=$(sql 'SELECT count(*) FROM recon.merchant_event')
rotate --archive "$work/given/rotated.zip"
is "$code $out $(sql 'SELECT count(*) FROM recon.merchant_event')" "0 these keys are in use already: nothing changed $was" "and there is nothing left to do"

# ---- another host -------------------------------------------------------------------------------

rm -rf "$keep" "$work/keys/.$MCHID.old"
rotate --archive "$work/given/rotated.zip"
is "$code" 64 "a host without keys needs all of them"
rotate --archive "$work/given/rotated.zip" --apiv3-key "$work/given/apiv3.key"
is "$code $(verdict) $(find "$work/keys" -name ".$MCHID*" | wc -l)" "0 0 ok|| 0" "and gets them"
deaths=0
for point in rename-before rename-after commit-before commit-after; do
    for number in 1 2 3 4 5 6 7 8; do
        rm -rf "$keep"
        was=$(sql 'SELECT count(*) FROM recon.merchant_event')
        PAYRECON_FAILPOINT=$point:$number rotate --archive "$work/given/rotated.zip" --apiv3-key "$work/given/apiv3.key"
        [ "$code" -eq 0 ] && break
        deaths=$((deaths + 1))
        rotate --archive "$work/given/rotated.zip" --apiv3-key "$work/given/apiv3.key"
        is "$code $(verdict) $(find "$work/keys" -name ".$MCHID.new" | wc -l) $(($(sql 'SELECT count(*) FROM recon.merchant_event') - was))" "0 0 ok|| 0 1" \
            "died at $point:$number and run again: they are there, written down once"
    done
done
is "$deaths" 12 "all places where it can die on such a host"
if [ "$(id -u)" -eq 0 ]; then
    mv "$keep" "$work/away"
    chown nobody "$work/keys"
    rotate --archive "$work/given/rotated.zip" --apiv3-key "$work/given/apiv3.key"
    is "$code $(find "$work/keys" -name "*$MCHID*")" "77 " "not as another user than the one of keys_dir"
    like "$log" "keys_dir \"$work/keys\" belongs to another user \(uid [0-9]+\)" "and it says so"
    chown root "$work/keys"
    mv "$work/away" "$keep"
fi

# ---- certificates that end ----------------------------------------------------------------------

end_day=$(TZ=Asia/Shanghai date -d "$(openssl x509 -in "$keep/apiclient_cert.pem" -noout -enddate | cut -d = -f 2)" +%F)
soon=$(date -d "$end_day -10 days" +%F)
sql "UPDATE recon.merchant SET first_day = date '$soon' - 1 WHERE mchid = '$MCHID'; UPDATE rental.contract_meta SET watermark_at = '2099-01-01'"
night "${soon}T10:30:00+08:00"
like "$code $log" "^0 .*warning payrecon-nightly: $MCHID: the API certificate ends on $end_day.*hint: the company's administrator" "a certificate that ends in ten days is warned about in the night"
night "${soon}T11:30:00+08:00"
is "$code $log" "0 " "once a night"
is "$(verdict "$now")" "0 warning|certificate ends soon|$administrator" "by check"
payrecon doctor -m $MCHID --now "$now"
like "$code $out" "^0 .*keys +$MCHID +warning +the API certificate ends on $end_day" "and by doctor"
night "$(date -d "$end_day +1 day" +%F)T10:30:00+08:00"
like "$code $log" "^77 .*error payrecon-nightly: $MCHID: the API certificate ended on $end_day.*hint: the company's administrator" "one that has ended is an error that names who must act"

done_testing
