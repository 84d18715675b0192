#!/usr/bin/env bash
# What people do about refunds, each with the database login that may do it: request, lists as spreadsheets save them, batch, approve,
# reject, withdraw, what is due, one request's story, the breaker, status, the chain of acts.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "$0")/night.sh"

OTHER=1900000207
url=https://localhost:9 # nobody is asked
now=2026-06-10T10:00:00+08:00
MAKER=payrecon_ops_maker
CHECKER=payrecon_ops_checker
BOTH=refund_both_$$ # a person with the rights of both
LAN=refund_lan_$$   # one more maker

# ---- a company with deposits --------------------------------------------------------------------

company=refund_$$
databases+=("$company")
admin "CREATE DATABASE $company" || bail "no database"
use_database "$company"
sql_files sql/rental/*.sql
"$BUILD/payrecon" migrate >"$work/out" 2>&1 || bail "migrate: $(cat "$work/out")"
sql_files sql/roles.sql
sql "CREATE ROLE $BOTH LOGIN; GRANT payrecon_ops_maker, payrecon_ops_checker TO $BOTH; CREATE ROLE $LAN LOGIN; GRANT payrecon_ops_maker TO $LAN;
     INSERT INTO recon.merchant (mchid, name, mode, rate_ppm, first_day, created_at)
     VALUES ('$MCHID', '测试出行', 'DIRECT', 6000, '2026-05-01', now()), ('$OTHER', '另一家', 'DIRECT', 6000, '2026-05-01', now()),
            ('none-cash', '现金', 'NONE', 0, '2026-05-01', now())"

# deposit ID [fen] [rental] [paid at] [due at] [status] [mchid] [rent in the same payment]
deposit() {
    local id=$1 fen=${2:-9900} rental=${3:-R-$1} paid=${4:-2026-05-20 12:00+08} due=${5:-2026-06-09 12:00+08} status=${6:-REFUND_DUE} mchid=${7:-$MCHID} rent=${8:-0}
    sql "INSERT INTO rental.payment VALUES ('$mchid', 'P-$id', NULL, 'wx0123456789abcdef', '42$id', $((fen + rent)), 'PAID', '$paid', '$paid', '$paid');
         INSERT INTO rental.payment_item VALUES ('$mchid', 'P-$id', 1, 'DEPOSIT', '$rental', 'S1', $fen);
         INSERT INTO rental.deposit VALUES ('$mchid', '$id', 'P-$id', 1, '$rental', 'S1', $fen, false, '$status', '$due')"
    [ "$rent" -eq 0 ] || sql "INSERT INTO rental.payment_item VALUES ('$mchid', 'P-$id', 2, 'RENT', '$rental', 'S1', $rent)"
}

# many FIRST LAST: deposits N00001 …
many() {
    sql "INSERT INTO rental.payment SELECT '$MCHID', 'P-' || id, NULL, 'wx0123456789abcdef', '42' || id, 9900, 'PAID', t, t, t
           FROM (SELECT 'N' || lpad(n::text, 5, '0') AS id, timestamptz '2026-05-20 12:00+08' AS t FROM generate_series($1, $2) n) x;
         INSERT INTO rental.payment_item SELECT '$MCHID', 'P-N' || lpad(n::text, 5, '0'), 1, 'DEPOSIT', NULL, 'S1', 9900 FROM generate_series($1, $2) n;
         INSERT INTO rental.deposit SELECT '$MCHID', 'N' || lpad(n::text, 5, '0'), 'P-N' || lpad(n::text, 5, '0'), 1, NULL, 'S1', 9900, false, 'REFUND_DUE',
                '2026-06-09 12:00+08' FROM generate_series($1, $2) n"
}

# as LOGIN noun verb options…: at $now
as() {
    sed "s/^\(database = .*\)/\1 user=$1/" "$work/payrecon.conf" >"$work/login.conf"
    read -r -a verb <<<"$3"
    payrecon "$2" "${verb[0]:-}" "${verb[@]:1}" "${@:4}" --config "$work/login.conf" --now "$now"
}

number() { # deposit
    sql "SELECT refund_no FROM recon.refund_request WHERE deposit_id = '$1' ORDER BY attempt DESC LIMIT 1"
}

requests_left() {
    sql "SELECT count(*) FROM recon.refund_request"
}

one=(--merchant "$MCHID")

# ---- request ------------------------------------------------------------------------------------

deposit A1 19900 R-1 '2026-05-20 12:00+08' '2026-06-09 12:00+08' REFUND_DUE "$MCHID" 3000
sql "INSERT INTO rental.deposit_deduction VALUES ('$MCHID', 'X1', 'A1', 1500, 'DAMAGE', 'zhang', 'li', now(), NULL),
     ('$MCHID', 'X2', 'A1', 700, 'CLEANING', 'zhang', NULL, NULL, NULL), ('$MCHID', 'X3', 'A1', 800, 'CLEANING', 'zhang', 'li', now(), now())"
as $MAKER refund request "${one[@]}" --deposit A1
is "$code $out" "0 requested refund $(number A1): deposit A1, 184.00 yuan
next: payrecon refund batch --merchant $MCHID" "a deposit is asked for: less what was deducted, without the rent"
is "$(sql "SELECT reason, maker, state, amount_fen, total_fen FROM recon.refund_request")" "退还押金 $MAKER REQUESTED 18400 22900" "as it is kept"
as $MAKER refund request "${one[@]}" --deposit A1
is "$code" 65 "twice"
like "$log" "deposit A1 has a request already" "is told"
deposit H1 9900 R-H1 '2026-05-20 12:00+08' '2026-06-09 12:00+08' HELD
deposit F1 9900 R-F1 '2026-05-20 12:00+08' '2026-06-09 12:00+08' REFUND_DUE "$OTHER"
while IFS='|' read -r wanted message login options; do
    read -r -a words <<<"$options"
    as "$login" refund request "${words[@]}"
    is "$code" "$wanted" "request $options as $login"
    like "$log" "$message" "says why"
done <<END
65|deposit H1: the deposit is HELD|$MAKER|--merchant $MCHID --deposit H1
65|deposit F1: no such deposit of this merchant|$MAKER|--merchant $MCHID --deposit F1
65|deposit none: no such deposit of this merchant|$MAKER|--merchant $MCHID --deposit none
77|permission denied|$CHECKER|--merchant $MCHID --deposit A1
77|permission denied|payrecon_job|--merchant $MCHID --deposit A1
77|permission denied|payrecon_auditor|--merchant $MCHID --deposit A1
64|there are 2 merchants that take WeChat Pay: name one with --merchant|$MAKER|--deposit A1
64|option --deposit is required|$MAKER|--merchant $MCHID
64|merchant 1900000999 is not known|$MAKER|--merchant 1900000999 --deposit A1
64|option --reason: the reason has more than 80 bytes|$MAKER|--merchant $MCHID --deposit A1 --reason 押金押金押金押金押金押金押金押金押金押金押金押金押金押
END
is "$(requests_left)" 1 "none of these left a request"

# ---- lists --------------------------------------------------------------------------------------

list=$work/list.csv
# imports NAME WANTED_REQUESTS [REASON]: the list that is in $list, of B1 and B2
imports() {
    sql "DELETE FROM recon.refund_event; DELETE FROM recon.refund_request; DELETE FROM recon.refund_act; DELETE FROM recon.refund_queue"
    as $MAKER refund import "$list" "${one[@]}" --format csv
    is "$code $(sql "SELECT string_agg(deposit_id || ' ' || reason || ' ' || amount_fen, ',' ORDER BY deposit_id) FROM recon.refund_request")" "0 $2" "$1"
}

deposit B1
deposit B2 20000
both="B1 退还押金 9900,B2 退还押金 20000"
reasons="B1 退车 9900,B2 退还押金 20000"
printf 'deposit_id\nB1\nB2\n' >"$list"
imports "one column, LF" "$both"
is "$out" "\"line\",\"mchid\",\"deposit_id\",\"refund_no\",\"amount_fen\"
\"2\",\"$MCHID\",\"B1\",\"$(number B1)\",\"9900\"
\"3\",\"$MCHID\",\"B2\",\"$(number B2)\",\"20000\"" "what became of each line"
printf 'deposit_id\r\nB1\r\nB2' >"$list"
imports "CRLF, no line end behind the last" "$both"
printf '\xef\xbb\xbf押金编号,原因\r\nB1,退车\r\nB2,\r\n' >"$list"
imports "UTF-8 with its mark, Chinese heads, an empty reason" "$reasons"
printf '押金编号,原因\nB1,退车\nB2,\n' >"$list"
imports "UTF-8 without a mark" "$reasons"
printf '押金编号,原因\r\nB1,退车\r\nB2,\r\n' | iconv -f UTF-8 -t GB18030 >"$list"
imports "GB18030" "$reasons"
printf '\xef\xbb\xbf押金编号,原因\r\nB1,退车\r\nB2,\r\n' | iconv -f UTF-8 -t GB18030 >"$list"
imports "GB18030 with a mark" "$reasons"
printf '原因,x,DEPOSIT_ID,amount\n"退车","a\nb",  B1 ,1\n\n,,,\n,"say ""x""","\tB2",\n\n' >"$list"
imports "any order, other columns, quotes, blanks, a tab before the number, empty lines" "$reasons"
printf '商户号,押金编号\n%s,B1\n,B2\n' "$MCHID" >"$list"
imports "the merchant in a column" "$both"
sql "DELETE FROM recon.refund_event; DELETE FROM recon.refund_request"
sql "UPDATE rental.deposit SET status = 'REFUNDED' WHERE deposit_id = 'A1'"
as $MAKER refund due --ready --format csv "${one[@]}"
printf '%s\n' "$out" >"$list"
imports "a list of what is due and can be asked for" "$both"
as $MAKER refund due --ready --format csv "${one[@]}"
is "$(printf '%s\n' "$out" | wc -l)" 1 "what was asked for is not in it any more"
sql "DELETE FROM recon.refund_event; DELETE FROM recon.refund_request"
printf 'mchid,deposit_id\n%s,F1\n%s,B1\n' "$OTHER" "$MCHID" >"$list"
as $MAKER refund import "$list" --reason 到期退还
is "$code $(sql "SELECT string_agg(mchid || ' ' || deposit_id || ' ' || reason, ',' ORDER BY deposit_id) FROM recon.refund_request")" \
    "0 $MCHID B1 到期退还,$OTHER F1 到期退还" "two merchants in one list, and a reason for all"
like "$out" "requested 2 refunds, 198.00 yuan" "and the sum"

# What a list may not be: nothing of it is left, whatever else is in it.
sql "DELETE FROM recon.refund_event; DELETE FROM recon.refund_request"
refused() { # name, code, message, options…
    as $MAKER refund import "$list" "${@:4}"
    is "$code $(requests_left)" "$2 0" "$1: refused, nothing is left"
    like "$log" "$3" "says where and why"
}
printf 'deposit_id\nB1\n\xff\xfe\n' >"$list"
refused "neither encoding" 65 "list.csv: line 3: neither UTF-8 nor GB18030" "${one[@]}"
printf '\xef\xbb\xbfdeposit_id\nB1\n\xcd\xcb\n' >"$list"
refused "a mark that lies" 65 "list.csv: line 3: not UTF-8, although the file says so" "${one[@]}"
printf 'deposit_id\nB1\n' | iconv -t UTF-16 >"$list"
refused "UTF-16" 65 "list.csv: line 1: a NUL byte" "${one[@]}"
printf '' >"$list"
refused "an empty file" 65 "list.csv: line 1: the list is empty" "${one[@]}"
printf 'deposit_id\n\n' >"$list"
refused "a head only" 65 "list.csv: the list names no deposit" "${one[@]}"
printf 'deposit,reason\nB1,x\n' >"$list"
refused "another head" 65 "list.csv: line 1: no column is called deposit_id or 押金编号" "${one[@]}"
printf 'deposit_id,押金编号\nB1,B1\n' >"$list"
refused "two columns of deposits" 65 "list.csv: line 1: two columns deposit_id" "${one[@]}"
printf 'deposit_id\nB1\n"B2\n' >"$list"
refused "a quote that is not closed" 65 "list.csv: line 3: a quoted field is never closed" "${one[@]}"
printf 'deposit_id\nB1\nB"2\n' >"$list"
refused "a quote inside" 65 "list.csv: line 3: a quote stands where none may be" "${one[@]}"
printf 'deposit_id\nB1\n' >"$list"
refused "no merchant" 65 "list.csv: line 2: it names no merchant, and --merchant is not given"
refused "two merchants" 64 "option --merchant is given twice" "${one[@]}" --merchant "$OTHER"
as $CHECKER refund import "$list" "${one[@]}"
is "$code $(requests_left)" "77 0" "a checker may not"
as $MAKER refund import "$work/none.csv" "${one[@]}"
is "$code" 74 "no such file"
{
    printf 'deposit_id\n'
    yes '"                                                                                                    "' | head -n 90000
} >"$list"
refused "too large" 65 "list.csv\" is larger than 8388608 bytes" "${one[@]}"
{
    printf 'deposit_id\n'
    seq 50001
} >"$list"
refused "too many lines" 65 "list.csv: line 50002: more than 50000 deposits" "${one[@]}"

# Every bad line at once.
printf 'deposit_id,reason,mchid\nB1,退车,\nH1,,\nB2,x\n,only a reason,\nB1,again,\nF1,,%s\nnone,,\nB2,%s,\n"B\x01",,\n' "$OTHER" "$(printf '押%.0s' $(seq 27))" >"$list"
refused "nine lines" 65 "list.csv: 8 of 9 lines are wrong: nothing was requested" "${one[@]}"
is "$(grep -o 'list.csv: line .*' "$work/err")" "list.csv: line 3: deposit H1: the deposit is HELD
list.csv: line 4: it has 2 columns, the head has 3
list.csv: line 5: it names no deposit
list.csv: line 6: deposit B1 is in line 2 already
list.csv: line 7: it is of merchant $OTHER, not of $MCHID
list.csv: line 8: deposit none: no such deposit of this merchant
list.csv: line 9: the reason has more than 80 bytes, which are 26 Chinese characters
list.csv: line 10: the deposit's number has control characters" "each with its number and reason"
printf 'deposit_id,mchid\nB1,1900000999\n' >"$list"
refused "a merchant that nobody knows" 65 "list.csv: line 2: its merchant is not known"

# A list of 10,000 with one that is wrong, and without it.
many 1 9999
{
    printf 'deposit_id\n'
    seq -f 'N%05.0f' 1 5000
    echo H1
    seq -f 'N%05.0f' 5001 9999
} >"$list"
refused "10,000 lines with one bad one" 65 "list.csv: line 5002: deposit H1: the deposit is HELD" "${one[@]}"
is "$(sql "SELECT count(*) FROM recon.refund_act WHERE bytes LIKE '%N0%'")" 0 "no act is left either"
grep -v H1 "$list" >"$work/good.csv"
as $MAKER refund import "$work/good.csv" "${one[@]}"
is "$code $(requests_left)" "0 9999" "without it all are asked for"
like "$out" "requested 9999 refunds, 989901.00 yuan" "and the sum"
sql "DELETE FROM recon.refund_event; DELETE FROM recon.refund_request; DELETE FROM recon.refund_act; DELETE FROM recon.refund_queue;
     DELETE FROM rental.deposit WHERE deposit_id LIKE 'N%'"

# ---- due ----------------------------------------------------------------------------------------

deposit C1 9900 R-C1 '2026-05-20 12:00+08' '2026-06-08 09:59+08'
deposit C2 9900 R-C2 '2025-07-01 12:00+08' '2026-06-09 12:00+08'
deposit C3 9900 R-C3 '2025-07-01 12:00+08' '2026-06-09 12:00+08' HELD
deposit C4 9900 R-C4 '2025-06-01 12:00+08' '2026-06-01 12:00+08'
deposit C5 9900 R-C5 '2026-05-20 12:00+08' '2026-06-01 12:00+08' REFUNDED
deposit C6 1500 R-C6
sql "INSERT INTO rental.deposit_deduction VALUES ('$MCHID', 'X6', 'C6', 1500, 'LOSS', 'zhang', 'li', now(), NULL)"
sql "UPDATE rental.deposit SET status = 'REFUNDED' WHERE deposit_id IN ('A1', 'B1', 'B2', 'H1')"
as $MAKER refund request "${one[@]}" --deposit C1
as payrecon_auditor refund due "${one[@]}" --format csv
is "$code $out" "0 \"mchid\",\"deposit_id\",\"status\",\"rental_no\",\"store_id\",\"out_trade_no\",\"deposit_fen\",\"due_fen\",\"due_at\",\"overdue_days\",\"paid_at\",\"days_left\",\"refund_no\",\"request_state\",\"obstacle\"
\"$MCHID\",\"C4\",\"REFUND_DUE\",\"R-C4\",\"S1\",\"P-C4\",\"9900\",\"9900\",\"2026-06-01T12:00:00+08:00\",\"6\",\"2025-06-01T12:00:00+08:00\",\"0\",\"\",\"\",\"its payment is older than 365 days\"
\"$MCHID\",\"C1\",\"REFUND_DUE\",\"R-C1\",\"S1\",\"P-C1\",\"9900\",\"9900\",\"2026-06-08T09:59:00+08:00\",\"0\",\"2026-05-20T12:00:00+08:00\",\"\",\"$(number C1)\",\"REQUESTED\",\"\"
\"$MCHID\",\"C2\",\"REFUND_DUE\",\"R-C2\",\"S1\",\"P-C2\",\"9900\",\"9900\",\"2026-06-09T12:00:00+08:00\",\"\",\"2025-07-01T12:00:00+08:00\",\"22\",\"\",\"\",\"\"
\"$MCHID\",\"C3\",\"HELD\",\"R-C3\",\"S1\",\"P-C3\",\"9900\",\"9900\",\"2026-06-09T12:00:00+08:00\",\"\",\"2025-07-01T12:00:00+08:00\",\"22\",\"\",\"\",\"the deposit is HELD\"" \
    "what is due, overdue, and old"
as payrecon_auditor refund due "${one[@]}"
is "$(printf '%s\n' "$out" | tail -n 3)" "due: 3 deposits, 297.00 yuan
overdue (R10): 2 deposits, 198.00 yuan
paid more than 300 days ago: 3 deposits, 297.00 yuan" "and the sums"
printf 'refund_due_days = 0\n' >>"$work/payrecon.conf"
as payrecon_auditor refund due "${one[@]}"
like "$out" "overdue \(R10\): 3 deposits, 297.00 yuan" "the deadline is configured"
sed -i '/^refund_due_days/d' "$work/payrecon.conf"

# ---- batch --------------------------------------------------------------------------------------

deposit D1 9900 R-D '2026-06-09 11:00+08'
deposit D2 120000 R-D
sql "INSERT INTO rental.deposit_deduction VALUES ('$MCHID', 'XD', 'D2', 100, 'LOSS', 'zhang', NULL, NULL, NULL)"
deposit D3 9900
sql "INSERT INTO rental.refund VALUES ('$MCHID', 'THEIRS', 'P-D3', 1, 'DEPOSIT', 900, 'SUCCESS', '2026-06-01 12:00+08')"
now=2026-06-10T10:30:00+08:00
as $MAKER refund request "${one[@]}" --deposit C2
as $MAKER refund request "${one[@]}" --deposit D1
as $LAN refund request "${one[@]}" --deposit D2 --reason 客户退租
as $MAKER refund request "${one[@]}" --deposit D3
as $CHECKER refund batch "${one[@]}"
is "$code" 77 "a checker makes no list"
as $MAKER refund batch "${one[@]}" "$(number C1)" DR0
is "$code" 65 "a number that is none"
like "$log" "refund DR0 is not a request that waits for a batch" "is named"
as $MAKER refund batch "${one[@]}" --expires-hours 0
is "$code" 64 "no time to approve"
as $MAKER refund batch "${one[@]}" "$(number C1)" --expires-hours 1
is "$code $(sql "SELECT batch_no, requests, total_fen, expires_at = timestamptz '2026-06-10 11:30+08' FROM recon.refund_batch")" "0 1 1 9900 t" "a batch of one, for an hour"
as $MAKER refund batch "${one[@]}"
is "$code" 0 "a batch of all that wait"
hash=$(sql "SELECT list_hash FROM recon.refund_batch WHERE batch_no = 2")
like "$out" "^batch 2 of merchant $MCHID: OPEN
made 2026-06-10 10:30:00 by $MAKER, expires 2026-06-11 10:30:00
" "its head: for as long as configured"
like "$out" "
4 refunds, 1488.00 yuan
hash $hash
" "count, total and hash"
like "$out" "
payrecon refund approve 2 --merchant $MCHID --hash $hash --count 4 --total 1488.00\$" "and how to approve it"
as_batch_show() { # login, batch, options…
    as "$1" refund "batch show" "$2" "${one[@]}" "${@:3}"
}
marks() { # login
    as_batch_show "$1" 2 --format csv
    printf '%s\n' "$out" | awk -F'","' 'NR > 1 { print $2 ": " $14 }' | LC_ALL=C sort
}
is "$(marks $CHECKER)" "C2: OLD
D1: RECENT SEVERAL
D2: LARGE SEVERAL DEDUCTION
D3: PART" "what is unusual is marked"
is "$(marks $MAKER)" "C2: OLD OWN
D1: RECENT SEVERAL OWN
D2: LARGE SEVERAL DEDUCTION
D3: PART OWN" "and one's own"
sql "UPDATE rental.deposit SET status = 'HELD' WHERE deposit_id = 'D3'; UPDATE rental.deposit_deduction SET approved_by = 'li', approved_at = now() WHERE deduction_id = 'XD'"
is "$(marks $CHECKER)" "C2: OLD
D1: RECENT SEVERAL
D2: LARGE SEVERAL CHANGED
D3: PART CHANGED" "and what is not any more as it was requested"
as_batch_show $CHECKER 2 --format csv
like "$out" '"the deposit is HELD"' "how it changed"
like "$out" '"119900 fen are due now"' "likewise"
sql "UPDATE rental.deposit SET status = 'REFUND_DUE' WHERE deposit_id = 'D3'; UPDATE rental.deposit_deduction SET approved_by = NULL, approved_at = NULL WHERE deduction_id = 'XD'"
as_batch_show $CHECKER 2
like "$out" "SEVERAL: other requests of the same rental" "the marks are explained"
as_batch_show $CHECKER 9
is "$code $log" "64 ${log%%merchant*}merchant $MCHID has no batch 9" "there is no such batch"
as_batch_show $CHECKER x
is "$code" 64 "that is no number"

# ---- approve, reject, withdraw ------------------------------------------------------------------

seen=(--hash "$hash" --count 4 --total 1488.00)
as $MAKER refund approve 2 "${one[@]}" "${seen[@]}"
is "$code" 77 "a maker approves nothing"
as $BOTH refund approve 2 "${one[@]}"
is "$code" 64 "not without what was seen"
like "$log" "options --hash, --count and --total are required: what you saw" "which is told"
while IFS='|' read -r name options; do
    read -r -a words <<<"$options"
    as $CHECKER refund approve 2 "${one[@]}" "${words[@]}"
    is "$code $(sql "SELECT state FROM recon.refund_batch WHERE batch_no = 2")" "65 OPEN" "another $name"
    like "$log" "batch 2 is not the list that was seen" "is not what was seen"
done <<END
hash|--hash ${hash:1}0 --count 4 --total 1488.00
count|--hash $hash --count 3 --total 1488.00
total|--hash $hash --count 4 --total 1488.01
END
as $CHECKER refund approve 2 "${one[@]}" --hash "$hash" --count 4 --total 1488,00
is "$code" 64 "a total that is none"
as $CHECKER refund approve 1 "${one[@]}" "${seen[@]}"
is "$code" 65 "another batch with the words of this one"
now=2026-06-11T10:30:00+08:00
as $CHECKER refund approve 2 "${one[@]}" "${seen[@]}"
is "$code" 65 "too late"
like "$log" "batch 2 has expired" "is told"
now=2026-06-10T11:00:00+08:00
as $CHECKER refund approve 2 "${one[@]}" "${seen[@]}"
is "$code $out" "0 approved batch 2: 4 refunds, 1488.00 yuan
next: the next payrecon-refund sends them" "exactly the list that was seen"
is "$(sql "SELECT DISTINCT state, checker FROM recon.refund_request WHERE batch_no = 2")" "APPROVED $CHECKER" "its requests are approved"
as $CHECKER refund approve 2 "${one[@]}" "${seen[@]}"
is "$code" 65 "a second time"
like "$log" "batch 2 is APPROVED already" "is told"
as $CHECKER refund reject 1 "${one[@]}"
is "$code" 64 "no reason"
as $CHECKER refund reject 1 "${one[@]}" --reason 骑手未还车
is "$code $out $(sql "SELECT state, why FROM recon.refund_request WHERE batch_no = 1")" "0 rejected batch 1 REJECTED 骑手未还车" "rejected with a reason"

# Somebody with both rights decides on nothing that has a part of his own.
deposit E1
deposit E2
as $BOTH refund request "${one[@]}" --deposit E1
as $BOTH refund batch "${one[@]}"
hash3=$(sql "SELECT list_hash FROM recon.refund_batch WHERE batch_no = 3")
as $BOTH refund approve 3 "${one[@]}" --hash "$hash3" --count 1 --total 99.00
is "$code" 65 "he who made the list does not approve it"
like "$log" "batch 3 was made by $BOTH: another person decides" "is told"
as $BOTH refund reject 3 "${one[@]}" --reason x
is "$code" 65 "nor reject it"
as $CHECKER refund reject 3 "${one[@]}" --reason x
as $BOTH refund request "${one[@]}" --deposit E2
as $LAN refund batch "${one[@]}"
hash4=$(sql "SELECT list_hash FROM recon.refund_batch WHERE batch_no = 4")
as $BOTH refund approve 4 "${one[@]}" --hash "$hash4" --count 1 --total 99.00
is "$code" 65 "he whose request is in it does not approve it"
like "$log" "refund $(number E2) in batch 4 was requested by $BOTH: another person decides" "is told"
as $MAKER refund withdraw "$(number E2)" "${one[@]}" --reason x
is "$code" 65 "what is in a batch is decided on with it"
as $MAKER refund request "${one[@]}" --deposit E1
as $MAKER refund withdraw "$(number E1)" "${one[@]}"
is "$code" 64 "withdrawn without a reason"
as $LAN refund withdraw "$(number E1)" "${one[@]}" --reason 重复
is "$code $(sql "SELECT state, why, attempt FROM recon.refund_request WHERE deposit_id = 'E1' AND attempt = 2")" "0 REJECTED 重复 2" "withdrawn"
as $MAKER refund request "${one[@]}" --deposit E1
is "$code $(sql "SELECT count(DISTINCT refund_no) FROM recon.refund_request WHERE deposit_id = 'E1'")" "0 3" "and asked for again, with another number"

as payrecon_auditor refund "batch list" --format csv
is "$(awk -F'","' '{ print $2, $3, $4, $5 }' "$work/out")" "batch_no state requests total_fen
1 REJECTED 1 9900
2 APPROVED 4 148800
3 REJECTED 1 9900
4 OPEN 1 9900" "the batches"

# ---- list, show ---------------------------------------------------------------------------------

as payrecon_auditor refund list "${one[@]}" --format csv
is "$(printf '%s\n' "$out" | awk -F'","' 'NR > 1 { print $3, $7 }' | LC_ALL=C sort | paste -sd ,)" \
    "C2 APPROVED,D1 APPROVED,D2 APPROVED,D3 APPROVED,E1 REQUESTED,E2 REQUESTED" "what is not over"
as payrecon_auditor refund list "${one[@]}" --state REJECTED --format csv
is "$(printf '%s\n' "$out" | awk -F'","' 'NR > 1 { print $3 }' | LC_ALL=C sort | paste -sd ,)" "C1,E1,E1" "one state"
as payrecon_auditor refund list --state ALL --format csv
is "$(printf '%s\n' "$out" | wc -l)" 10 "all"
as payrecon_auditor refund list --state LOST
is "$code" 64 "no state"

# The job's part, as its functions keep it: sent, no reply; asked, found; seen in a bill.
d1=$(number D1)
job() {
    PGOPTIONS='-c client_min_messages=warning' psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$conninfo user=payrecon_job" -c "$1" >/dev/null || bail "$1"
}
body() { # number, fen
    echo "{\"transaction_id\":\"42$3\",\"out_refund_no\":\"$1\",\"amount\":{\"refund\":$2,\"total\":$2}}"
}
job "SELECT recon.begin_refund('$MCHID', '$d1', '$(body "$d1" 9900 D1)', NULL, false, 1000000, '2026-06-10 11:01+08');
     SELECT recon.note_refund_call('$MCHID', '$d1', 'CREATE', 1, NULL, NULL, '2026-06-10 11:01:30+08', NULL, NULL, NULL, 'SENT_DOUBTFUL');
     SELECT recon.note_refund_state('$MCHID', '$d1', 'SENDING', 'UNKNOWN', 'timed out', NULL, '2026-06-10 11:01:30+08', NULL, NULL, NULL, '2026-06-10 11:01:30+08')"
as payrecon_auditor status ''
job "SELECT recon.note_refund_call('$MCHID', '$d1', 'QUERY', NULL, '2026-06-10 11:02+08', '$d1', '2026-06-10 11:02:01+08', 200, 'REQ-2', '{\"status\":\"SUCCESS\"}', 'ASKED_SUCCESS');
     SELECT recon.note_refund_state('$MCHID', '$d1', 'UNKNOWN', 'SUCCESS', NULL, NULL, NULL, '503', '2026-06-10 11:01:02+08', '2026-06-10 11:01:05+08', '2026-06-10 11:02:01+08');
     SELECT recon.confirm_refund('$MCHID', '$d1', '503', '2026-06-10', '2026-06-11 10:40+08')"
as payrecon_auditor refund show "$d1" "${one[@]}" --format csv
is "$code $(printf '%s\n' "$out" | sed 's/^"\([a-z_]*\)","\(.*\)"$/\1=\2/' | grep -v '^batch_hash')" "0 field=value
mchid=$MCHID
refund_no=$d1
deposit_id=D1
attempt=1
state=CONFIRMED
state_at=2026-06-11 10:40:00
amount=99.00
deposit=99.00
deducted=0.00
refunded_before=0.00
payment=99.00
out_trade_no=P-D1
item_no=1
transaction_id=42D1
rental_no=R-D
store_id=S1
reason=退还押金
maker=$MAKER
requested_at=2026-06-10 10:30:00
batch_no=2
batch_maker=$MAKER
batch_expires_at=2026-06-11 10:30:00
checker=$CHECKER
approved_at=2026-06-10 11:00:00
sends=1
refund_id=503
accepted_at=2026-06-10 11:01:02
success_at=2026-06-10 11:01:05
bill_day=2026-06-10
event=2026-06-10 10:30:00 REQUESTED by $MAKER
event=2026-06-10 11:00:00 REQUESTED to APPROVED by $CHECKER
event=2026-06-10 11:01:00 APPROVED to SENDING by payrecon_job
event=2026-06-10 11:01:30 SENDING to UNKNOWN by payrecon_job: timed out
event=2026-06-10 11:02:01 UNKNOWN to SUCCESS by payrecon_job
event=2026-06-11 10:40:00 SUCCESS to CONFIRMED by payrecon_job
call=2026-06-10 11:01:00 CREATE: no reply, SENT_DOUBTFUL, ended 2026-06-10 11:01:30
call=2026-06-10 11:02:00 QUERY: HTTP 200, ASKED_SUCCESS, Request-Id REQ-2, ended 2026-06-10 11:02:01" "the whole story"
as payrecon_auditor refund show "$d1" "${one[@]}" --calls
like "$out" "request +\{\"transaction_id\":\"42D1\",\"out_refund_no\":\"$d1\"" "what was sent"
like "$out" "reply +\{\"status\":\"SUCCESS\"\}" "what was answered"
as payrecon_auditor refund show DR1 "${one[@]}"
is "$code" 64 "no such request"

# ---- breaker, status ----------------------------------------------------------------------------

job "SELECT recon.hold_refunds('$MCHID', 'TRIPPED', 'R08: paid twice', NULL, NULL, '2026-06-10 11:05+08')"
breaker() { # login, verb, options…
    as "$1" refund "breaker $2" "${@:3}"
}
breaker payrecon_auditor show --format csv
is "$out" "\"mchid\",\"state\",\"since\",\"needed_fen\",\"next_at\",\"reason\"
\"$MCHID\",\"TRIPPED\",\"2026-06-10T11:05:00+08:00\",\"\",\"\",\"R08: paid twice\"
\"$OTHER\",\"OPEN\",\"\",\"\",\"\",\"\"" "the breaker has tripped"
d2=$(number D2)
sql "UPDATE recon.refund_queue SET state = 'OPEN', reason = NULL WHERE mchid = '$MCHID'"
job "SELECT recon.begin_refund('$MCHID', '$d2', json_build_object('transaction_id', r.transaction_id, 'out_refund_no', r.refund_no, 'amount',
            json_build_object('refund', r.amount_fen, 'total', r.total_fen))::text, NULL, false, 1000000, '2026-06-10 11:06+08')
       FROM recon.refund_request r WHERE r.refund_no = '$d2';
     SELECT recon.hold_refunds('$MCHID', 'TRIPPED', 'R08: paid twice', NULL, NULL, '2026-06-10 11:06+08')"
sql "INSERT INTO recon.day (mchid, bill_day, stage, tries, rows, matched, updated_at)
     VALUES ('$MCHID', '2026-06-08', 'SETTLED', 0, 0, 0, now()), ('$MCHID', '2026-06-09', 'FETCHED', 0, 0, 0, now())"
now=2026-06-12T13:00:00+08:00
as payrecon_auditor status '' --format csv
is "$code $out" "0 \"mchid\",\"name\",\"breaker\",\"unknown_fen\",\"in_flight_fen\",\"waiting_fen\",\"abnormal_fen\",\"overdue_fen\",\"overdue_deposits\",\"requested_fen\",\"approved_fen\",\"unconfirmed_fen\",\"contradicting\",\"proposed\",\"refunds\",\"undone_days\",\"open_findings\",\"suspended\",\"why\"
\"$MCHID\",\"测试出行\",\"TRIPPED\",\"0\",\"120000\",\"0\",\"0\",\"$(sql "SELECT 9900 * 5 + 120000 + 9000")\",\"7\",\"19800\",\"18900\",\"0\",\"0\",\"0\",\"5\",\"1\",\"0\",\"no\",\"R08: paid twice\"
\"$OTHER\",\"另一家\",\"OPEN\",\"0\",\"0\",\"0\",\"0\",\"9900\",\"1\",\"0\",\"0\",\"0\",\"0\",\"0\",\"0\",\"0\",\"0\",\"no\",\"\"" "status: the money at risk, and what is not done"
as payrecon_auditor refund due "${one[@]}"
like "$out" "overdue \(R10\): 7 deposits, 1785.00 yuan" "which is what due says is overdue"
as payrecon_auditor status '' "${one[@]}"
like "$out" "MERCHANT +NAME +BREAKER +UNKNOWN +IN FLIGHT" "for people"
like "$out" "TRIPPED +0.00 +1200.00 " "in yuan"
breaker $MAKER reset "${one[@]}" --reason x
is "$code" 77 "a maker resets nothing"
breaker $CHECKER reset "${one[@]}"
is "$code" 64 "not without a reason"
breaker $CHECKER reset "${one[@]}" --reason 已核对
is "$code $out" "0 merchant $MCHID: refunds are sent again by the next payrecon-refund" "reset"
breaker $CHECKER reset "${one[@]}" --reason 已核对
is "$code $out" "0 merchant $MCHID: refunds may be sent already: nothing changed" "once"

# ---- acts ---------------------------------------------------------------------------------------

as payrecon_auditor refund acts "${one[@]}" --format csv
is "$code $(printf '%s\n' "$out" | tail -n 1)" "0 \"$MCHID\",\"$(sql "SELECT acts FROM recon.refund_queue WHERE mchid = '$MCHID'")\",\"$now\",\"$CHECKER\",\"RESET\",\"TRIPPED\",\"已核对\"" "the chain is whole, and tells all"
is "$(printf '%s\n' "$out" | awk -F'","' 'NR > 1 { print $5 }' | sort | uniq -c | awk '{ print $2, $1 }' | paste -sd ,)" "APPROVE 1,BATCH 4,REJECT 2,REQUEST 9,RESET 1,WITHDRAW 1" "every kind of act"
# broken NAME SQL MESSAGE: what a superuser may do to the tables shows
broken() {
    local copy=refund_$$_${#databases[@]}
    databases+=("$copy")
    admin "CREATE DATABASE $copy TEMPLATE $company" || bail "no database"
    use_database "$copy"
    sql "$2"
    as payrecon_auditor refund acts "${one[@]}"
    is "$code" 65 "$1 shows"
    like "$log" "refunds of merchant $MCHID: $3" "and where"
    use_database "$company"
}
broken "an act that was changed" "UPDATE recon.refund_act SET bytes = replace(bytes, '$CHECKER', '$MAKER') WHERE act_no = 5 OR bytes LIKE '%APPROVE%'" \
    "act 8 is not what it was: its hash is another"
broken "an act that was taken out" "DELETE FROM recon.refund_act WHERE act_no = 3" "act 3 is missing"
broken "acts that were cut off" "DELETE FROM recon.refund_act WHERE act_no > 10" "act 11 is missing"
broken "a last act that was changed with its hash" "UPDATE recon.refund_act a SET bytes = bytes || '!', hash = encode(sha256(convert_to((SELECT hash FROM recon.refund_act b WHERE b.act_no = a.act_no - 1) || bytes || '!', 'UTF8')), 'hex')
     WHERE act_no = 18" "act 18 is not what the chain ends with"
broken "a head that is gone" "DELETE FROM recon.refund_queue WHERE mchid = '$MCHID'" "the head behind act 18 is missing"
broken "an approved list that was changed" "UPDATE recon.refund_request SET reason = 'x' WHERE deposit_id = 'D3'" "batch 2 is not the list that was approved"
broken "a request put into an approved list" "UPDATE recon.refund_request SET batch_no = 2, state = 'APPROVED', checker = '$CHECKER', approved_at = now() WHERE deposit_id = 'E2'" \
    "batch 2 is not the list that was approved"
broken "a list that nobody approved" "UPDATE recon.refund_batch SET state = 'APPROVED', checker = '$CHECKER', decided_at = now() WHERE batch_no = 4;
     UPDATE recon.refund_request SET state = 'APPROVED', checker = '$CHECKER', approved_at = now() WHERE batch_no = 4" "batch 4 is not the list that was approved"

done_testing
