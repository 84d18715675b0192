#!/usr/bin/env bash
# The programs' command lines: help, usage errors, setting up, bills by hand, doctor.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "$0")/night.sh"

start_world 2026-05-31 1 40 --clean
now=2026-06-01T10:30:00+08:00
start_sim "$now"
fresh

# ---- help and usage -----------------------------------------------------------------------------

for program in payrecon payrecon-nightly payrecon-fetch payrecon-reconcile payrecon-settle; do
    help=$("$BUILD/$program" --help 2>"$work/err")
    is "$? $(cat "$work/err")" "0 " "$program --help"
    like "$help" "^Usage: $program " "says how it is used"
    is "$("$BUILD/$program" --version)" "$program $("$BUILD/payrecon" --version | cut -d' ' -f2)" "$program --version"
    "$BUILD/$program" --nonsense >"$work/out" 2>"$work/err"
    is "$? $(cat "$work/out")" "64 " "$program --nonsense"
    "$BUILD/$program" --help >/dev/full 2>/dev/null
    is "$?" 74 "$program --help on a full disk"
done
while read -r noun verb _; do
    help=$("$BUILD/payrecon" "$noun" ${verb:+"$verb"} --help)
    is "$?" 0 "payrecon $noun $verb --help"
    like "$help" "^Usage: payrecon $noun ?$verb " "says how it is used"
done <<'END'
migrate
doctor
config sample
merchant add
merchant list
merchant show
merchant check
merchant suspend
merchant resume
merchant edit
merchant rotate-key
bill inspect
bill import
bill list
bill export
day list
day show
finding list
finding accept
END
payrecon nonsense list
is "$code" 64 "an unknown command"
like "$log" "unknown command \"nonsense list\"" "is named"
"$BUILD/payrecon" >"$work/out" 2>"$work/err"
is "$? $(cat "$work/out")" "64 " "no command"
like "$(cat "$work/err")" "merchant add" "shows the commands"

# ---- configuration ------------------------------------------------------------------------------

payrecon config sample
is "$code" 0 "a sample of the configuration"
printf '%s\n' "$out" | sed "s|^database =|& $conninfo|; s|^keys_dir =|& sim/merchants|; s|^statements_dir =|& statements|" >"$work/sample.conf"
payrecon merchant list --config "$work/sample.conf"
is "$code" 0 "is a configuration once it has the required values"
PAYRECON_CONFIG=$work/nowhere.conf payrecon merchant list
is "$code" 78 "a configuration that is not there"
like "$log" "$work/nowhere.conf" "is named"
payrecon config sample --config "$work/sample.conf"
is "$code" 64 "an option that a command does not have"

# ---- merchants ----------------------------------------------------------------------------------

refuse() { # message, options…
    payrecon merchant add "${@:2}"
    is "$code" 64 "merchant add ${*:2}"
    like "$log" "$1" "says why"
}

good=(--mchid 1900000110 --name 某 --appid wx0123456789abcdef --rate 0.60% --first-day 2026-05-31)
refuse "option --mchid is required"
refuse "\"19000\" is not a merchant number: 8 to 10 digits" --mchid 19000 "${good[@]:2}"
refuse "\"wx012\" is not an AppID: wx and 16 hex digits" --mchid 1900000110 --name 某 --appid wx012 --rate 0.60% --first-day 2026-05-31
refuse "option --rate: \"0.6\" is not a rate like 0.60%" --mchid 1900000110 --name 某 --appid wx0123456789abcdef --rate 0.6 --first-day 2026-05-31
refuse "option --appid is required" --mchid 1900000110 --name 某 --rate 0.60% --first-day 2026-05-31
refuse "AppID wx0123456789abcdef is given twice" "${good[@]}" --appid wx0123456789abcdef
refuse "option --fund-account: \"FEES\" is not BASIC or none" "${good[@]}" --fund-account FEES
refuse "\"x\" is not a merchant number" "${good[@]}" --sp-mchid x

payrecon merchant add "${good[@]}"
is "$code" 77 "keys that are not there"
like "$log" "sim/merchants/1900000110/apiclient_" "are named"
cp -r "$work/sim/merchants/$MCHID" "$work/sim/merchants/1900000110"
payrecon merchant add "${good[@]}" --dry-run
is "$code $(head -n 1 <<<"$out") $(sql "SELECT count(*) FROM recon.merchant")" "0 would add merchant 1900000110 1" "a dry run adds nothing"
payrecon merchant add "${good[@]}" --fund-account none
is "$code $(head -n 1 <<<"$out")" "0 added merchant 1900000110" "a merchant is added"
payrecon merchant add "${good[@]}"
is "$code" 65 "once"
like "$log" "merchant 1900000110 is known already" "and it says so"
cp -r "$work/sim/merchants/$MCHID" "$work/sim/merchants/1900000001"
payrecon merchant add --mchid 1900000111 --name 特 --appid wx0123456789abcdef --rate 0.54% --first-day 2026-05-31 --sp-mchid 1900000001
is "$code" 0 "one that trades through a service provider, whose keys sign"
payrecon merchant list --format csv
ends=$(TZ=Asia/Shanghai date -d "$(openssl x509 -in "$work/sim/merchants/$MCHID/apiclient_cert.pem" -noout -enddate | cut -d = -f 2)" +%F)
is "$out" '"mchid","name","sp_mchid","rate","fund_account","first_day","appids","suspended","mode","key_mode","certificate_ends","contact_name","contact_mobile"
"1900000109","测试出行","","0.60%","BASIC","2026-05-31","'"$(sql "SELECT string_agg(appid, ' ' ORDER BY appid) FROM recon.merchant_app WHERE mchid = '$MCHID'")"'","no","DIRECT","certificates","'"$ends"'","",""
"1900000110","某","","0.60%","","2026-05-31","wx0123456789abcdef","no","DIRECT","certificates","'"$ends"'","",""
"1900000111","特","1900000001","0.54%","","2026-05-31","wx0123456789abcdef","no","PARTNER","certificates","'"$ends"'","",""' "the list"

# ---- bills by hand ------------------------------------------------------------------------------

bill=tests/data/bills/trade_all_2021.csv
name=(--mchid 1900000110 --day 2026-05-31 --kind TRADE_ALL)
payrecon bill inspect "$bill"
is "$code" 0 "bill inspect of a good bill, without a database"
printf 'nonsense\n' >"$work/nonsense.csv"
PAYRECON_CONFIG=/nowhere payrecon bill inspect "$work/nonsense.csv"
is "$code" 65 "of a file that is none"
payrecon bill inspect
is "$code" 64 "of nothing"
payrecon bill inspect "$work/nowhere.csv"
is "$code" 74 "of a file that is not there"

payrecon bill import "$bill" "${name[@]}"
is "$code $out" "0 1900000110 2026-05-31 TRADE_ALL version 1" "a bill is put into evidence"
is "$(sql "SELECT stage FROM recon.day WHERE mchid = '1900000110'")" FETCHED "and the day is due for reconciling"
gzip -n <"$bill" >"$work/bill.csv.gz"
payrecon bill import "$work/bill.csv.gz" "${name[@]}"
is "$out" "1900000110 2026-05-31 TRADE_ALL version 1, which was there already" "packed it is the same bill"
payrecon bill export "${name[@]}" -
is "$code $(sha256sum <"$work/out")" "0 $(sha256sum <"$bill")" "it comes back as it was"
payrecon bill export "${name[@]}" "$work/export.csv"
is "$code $(sha256sum <"$work/export.csv")" "0 $(sha256sum <"$bill")" "also as a file"
payrecon bill export "${name[@]}" "$work/export.csv"
is "$code" 74 "never over another file"
like "$log" "export.csv: File exists" "and it says so"
"$BUILD/payrecon" bill export "${name[@]}" - >/dev/full 2>/dev/null
is "$?" 74 "nor onto a full disk"
is "$(find "$work" -name 'export*' | wc -l)" 1 "nothing else is left"
head -c 300 "$work/bill.csv.gz" >"$work/cut.csv.gz"
payrecon bill import "$work/cut.csv.gz" "${name[@]}"
is "$code" 65 "half a gzip file"
like "$log" "cut.csv.gz: " "is named"
payrecon bill import /dev/null "${name[@]}"
is "$code" 65 "and an empty one"
payrecon bill import "$work/nowhere" "${name[@]}"
is "$code" 74 "and one that is not there"
payrecon bill import "$bill" --mchid 1900000110 --day 2026-05-31 --kind ALL
is "$code" 64 "and a kind that is none"
payrecon bill import "$bill" --mchid 1900000110
is "$code" 64 "and a bill without a name"
payrecon bill import "$bill" --mchid 1900000199 --day 2026-05-31 --kind TRADE_ALL
is "$code" 64 "and a merchant that nobody knows"
payrecon bill list --format csv -m 1900000110
like "$out" "\"1900000110\",\"2026-05-31\",\"TRADE_ALL\",\"?1\"?,\"VALID\"," "the list"
is "$(printf '%s\n' "$out" | wc -l)" 2 "has one version"
payrecon bill list --format csv --day 2026-05-30
is "$(printf '%s\n' "$out" | wc -l)" 1 "and none of another day"

# ---- doctor -------------------------------------------------------------------------------------

payrecon doctor -m $MCHID
is "$code" 0 "doctor: all is well"
is "$(printf '%s\n' "$out" | grep -c ' ok ')" 6 "six checks"
payrecon doctor
is "$code" 78 "a merchant whose books are missing"
like "$out" "books +1900000110 +failed +rental.contract_meta has no row for merchant 1900000110" "is told in one line"
chmod 0644 "$work/sim/merchants/$MCHID/apiclient_key.pem"
payrecon doctor -m $MCHID
chmod 0600 "$work/sim/merchants/$MCHID/apiclient_key.pem"
is "$code" 77 "a key that others can read"
like "$out" "keys +$MCHID +failed .*apiclient_key.pem" "is told"
payrecon doctor -m $MCHID --now 2035-01-01T00:00:00+08:00
is "$code" 77 "a certificate that has ended"
like "$out" "the API certificate ended on 20[0-9-]+: the company's administrator gets a new one" "is told"
payrecon doctor -m $MCHID --now "$ends"T00:00:00+08:00
is "$code" 0 "a certificate that ends soon"
like "$out" "keys +$MCHID +warning +the API certificate ends on $ends" "is warned about"
mv "$work/statements" "$work/gone"
payrecon doctor -m $MCHID
mv "$work/gone" "$work/statements"
is "$code" 78 "a folder that is missing"
like "$out" "statements_dir +failed .*could not look at $work/statements" "is told"
sql 'DROP TABLE rental.payment CASCADE'
payrecon doctor -m $MCHID
is "$code" 78 "a contract view that is missing"
like "$out" "books .*failed .*rental.payment" "is told"
sql 'DROP SCHEMA recon CASCADE'
payrecon doctor
is "$code" 78 "a database without our schema"
like "$out" "migrations +failed +[0-9]+ migrations are due: run payrecon migrate" "is told"
is "$(sql "SELECT count(*) FROM pg_namespace WHERE nspname = 'recon'")" 0 "doctor changes nothing"
sed -i "s|^database.*|database = host=$work/nowhere|" "$work/payrecon.conf"
payrecon doctor
is "$code" 69 "a database that is not there"
like "$out" "database +failed " "is told"

done_testing
