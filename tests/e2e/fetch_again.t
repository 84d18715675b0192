#!/usr/bin/env bash
# payrecon-fetch: bills that are asked for again, bills on request, and bills that are old.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "$0")/night.sh"

start_world 2026-05-31 1 40 --clean
now=2026-06-01T10:30:00+08:00
start_sim "$now"

day() {
    sql "SELECT stage, verdict, reason FROM recon.day WHERE bill_day = '2026-05-31'"
}

bills() {
    sql "SELECT kind, version, state FROM recon.bill_file WHERE bill_day = '2026-05-31' ORDER BY kind, version" | paste -sd ,
}

# Bill days of the requests to a path, in the order in which they came.
asked() { # path, how many of the last lines
    tail -n "$2" "$work/requests" | grep "\"path\":\"$1\"" | grep -o '"bill_date":"[^"]*"' | cut -d'"' -f4 | paste -sd ' '
}

# ---- asked for again ----------------------------------------------------------------------------

fresh
run payrecon-fetch
run payrecon-reconcile
is "$(day)" "RECONCILED BALANCED " "a day with its verdict"
before=$(requests /v3/bill/)
run payrecon-fetch
is "$(requests /v3/bill/)" "$before" "is not asked for again on the same day"
now=2026-06-02T10:30:00+08:00
run payrecon-fetch --recheck 0
is "$(($(requests /v3/bill/) - before))" 2 "without --recheck only the next day is fetched"
run payrecon-fetch
is "$(($(requests /v3/bill/) - before))" 4 "with it yesterday's bills are asked for again"
is "$code $out" "0 nothing is due" "and are the same: there is nothing to do"
like "$log" "2026-05-31 trade bill: version 1 is the same again, [0-9]+ bytes \(Request-Id [0-9A-F]+-[0-9]+" "which is logged with its Request-Id"
run payrecon-fetch
is "$(($(requests /v3/bill/) - before))" 4 "once a day"
is "$(day)" "RECONCILED BALANCED " "the verdict stands"

now=2026-06-03T10:30:00+08:00
set_faults 'tradebill bill_date=2026-05-31 status=403'
run payrecon-fetch
set_faults ''
like "$log" "warning payrecon-fetch: $MCHID 2026-05-31: E01 trade ALL bill of 2026-05-31: GET /v3/bill/tradebill: status 403" "a refusal is logged"
is "$code $(day)" "0 RECONCILED BALANCED " "and changes nothing: the bill is there"
is "$(sql "SELECT stage FROM recon.day WHERE bill_day = '2026-06-02'")" FETCHED "what is missing was asked for before"
before=$(requests /v3/)
run payrecon-fetch
is "$(asked /v3/bill/tradebill $(($(requests /v3/) - before)))" "2026-05-31 2026-06-01" "the next run asks again"

now=2026-06-04T10:30:00+08:00
before=$(requests /v3/bill/tradebill)
run payrecon-fetch
is "$(($(requests /v3/bill/tradebill) - before))" 3 "three days back"
now=2026-06-05T10:30:00+08:00
before=$(sql "SELECT checked_at FROM recon.day WHERE bill_day = '2026-05-31'")
run payrecon-fetch
is "$(sql "SELECT checked_at FROM recon.day WHERE bill_day = '2026-05-31'")" "$before" "and no farther"
run payrecon-fetch --recheck 91
is "$code" 64 "nobody has older bills"
like "$log" "option --recheck: 91 is above 90" "and it says so"

# ---- another order, another content -------------------------------------------------------------

now=2026-06-01T10:30:00+08:00
fresh
run payrecon-fetch
run payrecon-reconcile
tell quit
wait "${pids[-1]}"
unset 'pids[-1]'
start_sim "$now" --seed 2
use_database "${conninfo##*dbname=}"
run payrecon-fetch --day 2026-05-31
is "$code $(day)" "0 RECONCILED BALANCED " "the same rows in another order change nothing"
like "$log" "trade bill: version 1 is the same again, its rows in another order" "which is logged"
is "$(bills)" "FUND_BASIC 1 VALID,TRADE_ALL 1 VALID" "there is no other version"

cp "$work/world/world.jsonl" "$work/world/first.jsonl"
line=$(grep -n "\"payment\":{\"mchid\":\"$MCHID\".*\"time\":\"2026-05-31" "$work/world/world.jsonl" | head -n 1 | cut -d: -f1)
total=$(sed -n "${line}s/.*\"total_fen\":\([0-9]*\).*/\1/p" "$work/world/world.jsonl")
sed -i "${line}s/\"total_fen\":[0-9]*/\"total_fen\":$((total + 100))/" "$work/world/world.jsonl"
tell reload
was=$(sql "SELECT sum(left_fen) FROM recon.identity WHERE name = 'payments'")
run payrecon-fetch --day 2026-05-31
is "$code" 1 "other amounts are a finding"
like "$out" "E06 (trade|fund-flow) bill of 2026-05-31: version 2 differs from version 1: .*, was " "and the difference is told"
is "$(bills)" "FUND_BASIC 1 VALID,FUND_BASIC 2 VALID,TRADE_ALL 1 VALID,TRADE_ALL 2 VALID" "both versions are kept"
is "$(day)" "FETCHED  " "the day is due again"
is "$(sql "SELECT code, state, diff_fen FROM recon.finding WHERE key = 'TRADE_ALL'")" "E06 OPEN 100" "the finding has the difference in money"
is "$(sql "SELECT t->>'was', t->>'is' FROM recon.finding, json_array_elements(evidence->'totals') AS t
            WHERE key = 'TRADE_ALL' AND t->>'total' = '订单总金额'")" "$was $((was + 100))" "and every total, old and new"
run payrecon-fetch --day 2026-05-31
is "$code $(bills)" "0 FUND_BASIC 1 VALID,FUND_BASIC 2 VALID,TRADE_ALL 1 VALID,TRADE_ALL 2 VALID" "once more: nothing new"
run payrecon-reconcile
is "$code $(sql "SELECT verdict FROM recon.day")" "1 BROKEN" "the day is broken"
is "$(sql "SELECT count(*) FROM recon.finding_event e JOIN recon.finding f USING (mchid, finding_id) WHERE f.code = 'E06'")" 2 "found once each"

# A killed run leaves version and finding together, or neither.
sed -i "${line}s/\"total_fen\":[0-9]*/\"total_fen\":$((total + 200))/" "$work/world/world.jsonl"
tell reload
for n in 1 2 3 4 5 6; do
    (
        PAYRECON_FAILPOINT=commit-before:$n "$BUILD/payrecon-fetch" --now "$now" --day 2026-05-31
        exit $?
    ) >/dev/null 2>&1
    is "$(sql "SELECT count(*) FROM recon.finding f WHERE f.key = 'TRADE_ALL' AND f.code = 'E06' AND f.diff_fen =
            100 * (SELECT max(version) - 1 FROM recon.bill_file WHERE kind = 'TRADE_ALL')")" 1 "killed before commit $n: the finding fits the newest version"
done

# ---- gone ---------------------------------------------------------------------------------------

# WeChat Pay has none any more, which nobody can accept; what was kept of it can be imported, and then it is that again.
mv "$work/world/first.jsonl" "$work/world/world.jsonl"
tell reload
fresh
sql_files sql/roles.sql
sql "CREATE ROLE anna_$$ LOGIN IN ROLE payrecon_finance"
run payrecon-fetch
run payrecon-reconcile
set_faults 'tradebill no-bill'
run payrecon-fetch --day 2026-05-31
run payrecon-reconcile
is "$code $(sql "SELECT verdict FROM recon.day")" "75 INCOMPLETE" "a bill that is gone proves nothing"
like "$(day)" "E06 trade bill of 2026-05-31: there is none any more, says WeChat Pay: version 2 differs from version 1: .*订单总金额 0.00, was [0-9.]+" "which is said, with its money"
propose=$(sql "SET SESSION AUTHORIZATION anna_$$; SELECT recon.finding_propose(mchid, finding_id, '已知', now()) FROM recon.finding WHERE code = 'E06'" 2>&1)
like "$propose" "E06 of a bill that is gone: that is mended, not accepted; import the bill, or the version that is kept of it" "nobody can accept that"
sql "DROP ROLE anna_$$"
payrecon bill export --mchid $MCHID --day 2026-05-31 --kind TRADE_ALL "$work/kept.gz"
is "$code" 65 "there is no bill that counts"
payrecon bill export --mchid $MCHID --day 2026-05-31 --kind TRADE_ALL --bill-version 3 "$work/kept.gz"
like "$code $log" "^65 .*version 3: there is no trade bill of 2026-05-31" "nor a third version"
payrecon bill export --mchid $MCHID --day 2026-05-31 --kind TRADE_ALL --bill-version 0 "$work/kept.gz"
like "$code $log" "^64 .*option --bill-version: not a number from 1 to " "nor one before the first"
payrecon bill export --mchid $MCHID --day 2026-05-31 --kind TRADE_ALL --bill-version 1 "$work/kept.gz"
is "$code $(sha256sum <"$work/kept.gz" | cut -d' ' -f1)" "0 $(sql "SELECT received_sha256 FROM recon.bill_file WHERE kind = 'TRADE_ALL' AND version = 1")" \
    "but the first version is kept"
payrecon bill import --mchid $MCHID --day 2026-05-31 --kind TRADE_ALL "$work/kept.gz"
is "$code $out" "0 $MCHID 2026-05-31 TRADE_ALL version 3" "and is imported"
run payrecon-reconcile
is "$code $(day) $(sql "SELECT state, resolution FROM recon.finding WHERE code = 'E06'")" "0 RECONCILED BALANCED  RESOLVED auto_timing" "the day rests on it again"
set_faults ''

# ---- on request ---------------------------------------------------------------------------------

now=2026-06-01T10:30:00+08:00
fresh
run payrecon-fetch --day 2026-05-31 --kind TRADE_SUCCESS --kind TRADE_REFUND --kind FUND_OPERATION --kind FUND_FEES
is "$code" 0 "other kinds on request"
is "$(bills)" "FUND_FEES 1 NO_STATEMENT,FUND_OPERATION 1 NO_STATEMENT,TRADE_REFUND 1 VALID,TRADE_SUCCESS 1 VALID" "are kept"
is "$(day)" "DUE  " "the day is still due"
like "$(tail -n 8 "$work/requests" | grep -o 'bill_type=[A-Z_]*\|account_type=[A-Z]*' | sort | paste -sd ' ')" \
    "account_type=FEES account_type=OPERATION bill_type=REFUND bill_type=SUCCESS" "each was asked for as such"
payrecon bill list
like "$out" "TRADE_REFUND +1 +VALID" "they are listed"
payrecon bill export --mchid $MCHID --day 2026-05-31 --kind TRADE_REFUND "$work/refund.gz"
is "$code" 0 "and can be exported"
payrecon bill inspect "$work/refund.gz"
like "$out" "REFUND" "as what they are"
run payrecon-fetch --day 2026-05-31 --kind TRADE_REFUND
like "$out" "unchanged" "a second time they are the same"
set_faults 'tradebill not-ready'
run payrecon-fetch --day 2026-05-31 --kind TRADE_RECHARGE_REFUND
is "$code" 75 "one that is not there is for later"
like "$out" "INCOMPLETE.*E01 trade bill RECHARGE_REFUND of 2026-05-31 is not generated yet" "with the reason"
is "$(sql 'SELECT count(*) FROM recon.finding') $(day)" "0 DUE  " "but no finding: no day rests on it"
set_faults ''
run payrecon-fetch
is "$code $(day)" "0 FETCHED  " "the day's own bills are fetched beside them"
run payrecon-reconcile
is "$(day)" "RECONCILED BALANCED " "and reconciled"
run payrecon-fetch --kind TRADE_REFUND
is "$code" 64 "of days that are named only"
run payrecon-fetch --day 2026-05-31 --kind REFUND
like "$code $log" "^64 .*option --kind: \"REFUND\" is not TRADE_ALL, TRADE_SUCCESS," "a kind that nobody knows"
run payrecon-fetch --day 2026-05-31 --kind TRADE_ALL --kind TRADE_ALL
like "$code $log" "^64 .*option --kind: TRADE_ALL is given twice" "twice is once too often"

# Kinds that a quiet day does not have: a refund from the available balance, movements of the other accounts.
fresh
set_faults ''
cp "$work/world/world.jsonl" "$work/world/first.jsonl"
cat >>"$work/world/world.jsonl" <<END
{"payment":{"mchid":"$MCHID","appid":"wx0123456789abcdef","out_trade_no":"PRECHARGE","transaction_id":"4200009999","time":"2026-05-30T08:00:00+08:00","total_fen":5000}}
{"refund":{"mchid":"$MCHID","transaction_id":"4200009999","out_refund_no":"RRECHARGE","refund_id":"5030009999","time":"2026-05-31T12:00:00+08:00","refund_fen":1700,"funds_account":"AVAILABLE"}}
{"movement":{"mchid":"$MCHID","account":"OPERATION","time":"2026-05-31T11:00:00+08:00","amount_fen":12300,"business_no":"B1","flow_no":"F1"}}
{"movement":{"mchid":"$MCHID","account":"FEES","time":"2026-05-31T11:00:00+08:00","amount_fen":-45,"business_no":"B2","flow_no":"F2"}}
END
sed -i "s/\"appid\":\"wx0123456789abcdef\"/\"appid\":\"$(grep -o 'wx[0-9a-f]\{16\}' "$work/world/first.jsonl" | head -n 1)\"/" "$work/world/world.jsonl"
tell reload
run payrecon-fetch --day 2026-05-31 --kind TRADE_RECHARGE_REFUND --kind FUND_OPERATION --kind FUND_FEES --kind TRADE_REFUND
is "$code $(bills)" "0 FUND_FEES 1 VALID,FUND_OPERATION 1 VALID,TRADE_RECHARGE_REFUND 1 VALID,TRADE_REFUND 1 VALID" "each of the other kinds with rows in it"
# What a RECHARGE_REFUND bill looks like is not known for certain, so nobody reads it; it is kept.
while read -r kind holds count readable; do
    payrecon bill export --mchid $MCHID --day 2026-05-31 --kind "$kind" "$work/$kind.gz"
    gunzip <"$work/$kind.gz" >"$work/$kind"
    is "$(grep -c "$holds" "$work/$kind")" "$count" "$kind: how often it holds $holds"
    payrecon bill inspect "$work/$kind.gz"
    is "$code" "$readable" "$kind: whether its totals are right"
done <<'END'
TRADE_RECHARGE_REFUND RRECHARGE 1 65
TRADE_REFUND RRECHARGE 0 0
FUND_OPERATION `收入,`123.00 1 0
FUND_FEES `支出,`0.45 1 0
END
mv "$work/world/first.jsonl" "$work/world/world.jsonl"
tell reload

# ---- old ----------------------------------------------------------------------------------------

fresh
now=2026-08-01T10:30:00+08:00
before=$(requests /v3/)
run payrecon-fetch --from 2026-05-31 --to 2026-06-04
is "$code" 0 "a back-fill"
is "$(asked /v3/bill/tradebill $(($(requests /v3/) - before)))" "2026-05-31 2026-06-01 2026-06-02 2026-06-03 2026-06-04" "is oldest first"
fresh
set_faults 'tradebill bill_date=2026-05-31 not-ready'
run payrecon-fetch --day 2026-05-31
is "$code" 65 "a bill that is missing after two months"
like "$out" "E01 trade bill of 2026-05-31 is not generated yet; can be had until 2026-08-28 only" "says until when it can be had"
like "$log" "warning .* 2026-05-31: bills are still missing after 62 days and can be had until 2026-08-28 only" "and warns"
set_faults ''
now=2026-09-02T10:30:00+08:00
before=$(requests /v3/)
run payrecon-fetch --day 2026-05-31
is "$code" 65 "after three months it is lost"
like "$out" "E08 trade bill of 2026-05-31: can no longer be had from WeChat Pay's interface, which keeps three months" "and says so"
like "$log" "payrecon bill import" "with what can be done"
is "$(sql "SELECT code, state FROM recon.finding WHERE state <> 'RESOLVED'")" "E08 OPEN" "one finding for the day"
is "$(requests /v3/)" "$before" "nobody was asked"

# A back-fill that begins before the wall: what is lost is said day by day, the rest is there.
fresh
run payrecon-fetch --from 2026-05-31 --to 2026-06-04
is "$code $(sql "SELECT string_agg(to_char(bill_day, 'MMDD'), ' ' ORDER BY bill_day) FROM recon.finding WHERE code = 'E08' AND state = 'OPEN'")" "65 0531 0601" \
    "a back-fill of ninety days: two are lost"
is "$(sql "SELECT string_agg(to_char(bill_day, 'MMDD'), ' ' ORDER BY bill_day) FROM recon.day WHERE stage = 'FETCHED'")" "0602 0603 0604" "the others are fetched"

done_testing
