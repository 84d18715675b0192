#!/usr/bin/env bash
# payrecon-fetch through a service provider: the trade bill of one sub-merchant, and its fund flow, which comes sealed and in parts.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "$0")/night.sh"

PROVIDER=1900000200
MCHID=1900000201
first_day=2026-05-31
now=2026-06-01T10:30:00+08:00
mkdir -p "$work/world"
: >"$work/world/books.sql"

make_world() { # parts
    printf '{"merchant":{"mchid":"%s","name":"服务商","appids":["wx8d1f2a90c4e7b653"],"rate":"0.60%%"}}\n' $PROVIDER
    printf '{"merchant":{"mchid":"%s","name":"特约","appids":["wx8d1f2a90c4e7b653"],"rate":"0.60%%","provider":"%s","fund_flow_parts":%s}}\n' \
        $MCHID $PROVIDER "$1"
    for n in 1 2 3 4; do
        printf '{"payment":{"mchid":"%s","appid":"wx8d1f2a90c4e7b653","out_trade_no":"P%s","transaction_id":"42000020260531%014d","time":"2026-05-31T08:12:3%s+08:00","total_fen":2000}}\n' \
            $MCHID $n $n $n
    done
}

make_world 1 >"$work/world/world.jsonl"
start_sim "$now"

# The merchant is added through its provider.
add_merchant() { # mchid
    "$BUILD/payrecon" merchant add --mchid "$1" --sp-mchid $PROVIDER --fund-account BASIC --name 特约 --rate 0.60% --first-day $first_day \
        --appid wx8d1f2a90c4e7b653 >"$work/out" 2>&1 || bail "merchant add: $(cat "$work/out")"
}

bills() {
    sql "SELECT kind, version, state, announced_sha1 IS NOT NULL FROM recon.bill_file ORDER BY kind, version" | paste -sd ,
}

# The numbers of the payments in a bill that is kept.
payments() { # kind
    payrecon bill export --mchid $MCHID --day 2026-05-31 --kind "$1" "$work/$1"
    (gunzip <"$work/$1" 2>/dev/null || cat "$work/$1") | grep -o '`P[0-9]' | sort -u | tr -d '`' | paste -sd ' '
    rm "$work/$1"
}

fresh
run payrecon-fetch
is "$code $(bills)" "0 FUND_BASIC 1 VALID t,TRADE_ALL 1 VALID t" "both bills of a sub-merchant are fetched"
is "$(payments TRADE_ALL)" "P1 P2 P3 P4" "the trade bill is its own"
is "$(payments FUND_BASIC)" "P1 P2 P3 P4" "the fund flow has been opened"
is "$(grep -c "\"path\":\"/v3/bill/fundflowbill\"" "$work/requests")" 0 "the provider's own fund flow was not asked for"
run payrecon-fetch --day 2026-05-31
like "$out" "unchanged" "a second time it is the same, though sealed with another key"

make_world 3 >"$work/world/world.jsonl"
tell reload
fresh
run payrecon-fetch
is "$code $(bills)" "0 FUND_BASIC 1 VALID f,TRADE_ALL 1 VALID t" "a bill in three parts has no announced digest as a whole"
is "$(payments FUND_BASIC)" "P1 P2 P3 P4" "but all of its rows"

fresh
set_faults 'download nth=3 truncate=40'
run payrecon-fetch
is "$code $(bills)" "0 FUND_BASIC 1 VALID f,TRADE_ALL 1 VALID t" "a part that breaks off: all of it is asked for again"
is "$(payments FUND_BASIC)" "P1 P2 P3 P4" "and nothing is there twice"
fresh
set_faults 'download nth=2-9 truncate=40'
run payrecon-fetch
is "$code" 75 "a part that breaks off every time"
like "$(sql "SELECT reason FROM recon.day")" "^E04 fund-flow bill of 2026-05-31: " "is the reason"
is "$(bills)" "TRADE_ALL 1 VALID t" "no part of it is kept"

set_faults ''
fresh
run payrecon-fetch --day 2026-05-31 --kind FUND_OPERATION --kind FUND_FEES
is "$code $(bills)" "0 FUND_FEES 1 NO_STATEMENT f,FUND_OPERATION 1 NO_STATEMENT f" "its other accounts are asked for in the same way"

# ---- a fund flow with other content ---------------------------------------------------------------

add_books() {
    sql "INSERT INTO rental.contract_meta VALUES ('$MCHID', 1, '2026-06-02 00:00+08')"
    for n in 1 2 3 4; do
        sql "INSERT INTO rental.payment VALUES ('$MCHID', 'P$n', '$MCHID', 'wx8d1f2a90c4e7b653', '42000020260531$(printf %014d $n)', 2000, 'PAID',
                 '2026-05-31 08:12:3$n+08', '2026-05-31 08:12:00+08', '2026-05-31 08:12:3$n+08');
             INSERT INTO rental.payment_item VALUES ('$MCHID', 'P$n', 1, 'RENT', 'R$n', NULL, 2000)"
    done
}

# Sets $said: what becomes of the day when its sealed bill is spoilt.
spoil() { # rule
    fresh
    add_books
    set_faults "$1"
    run payrecon-fetch
    run payrecon-reconcile
    said=$(sql "SELECT concat_ws(' ', verdict, reason) FROM recon.day" | sed -E 's/[0-9a-f]{40}/DIGEST/g; s/localhost:[0-9]+/HOST/g; s/Request-Id [0-9A-F]+-[0-9]+/Request-Id …/g')
}
spoil 'sub-fundflowbill leading-space'
is "$said" "BALANCED" "a blank before the URL is no matter"
spoil 'sub-fundflowbill footer-off=1'
like "$said" "^INCOMPLETE E05 fund-flow bill of 2026-05-31: " "a summary that is off"
spoil 'sub-fundflowbill duplicate-row'
like "$said" "^INCOMPLETE E05 fund-flow bill of 2026-05-31: " "a row that stands there twice"
spoil 'sub-fundflowbill missing-row'
like "$said" "^INCOMPLETE E05 fund-flow bill of 2026-05-31: " "a row that is missing"
spoil 'sub-fundflowbill wrong-digest'
like "$said" "^INCOMPLETE E0[34] fund-flow bill of 2026-05-31: .*SHA-1" "parts with other digests than were announced"
spoil 'sub-fundflowbill other-host'
like "$said" "^INCOMPLETE E01 sub-merchant fund BASIC bill of 2026-05-31: .*the URL is on host \"wxpay.invalid\", not on \"HOST\"" "parts on another host"
spoil 'sub-fundflowbill swap-day=2026-05-30'
like "$said" "^INCOMPLETE " "the bill of a day that has none"

# Another sub-merchant's: one that moved money, with rows of the same amounts, and one that did not.
for sum in 2000 2500; do
    make_world 3 >"$work/world/world.jsonl"
    for other in 1900000202 1900000203; do
        printf '{"merchant":{"mchid":"%s","name":"邻家","appids":["wx8d1f2a90c4e7b653"],"rate":"0.60%%","provider":"%s"}}\n' $other $PROVIDER
    done >>"$work/world/world.jsonl"
    for n in 5 6 7 8; do
        printf '{"payment":{"mchid":"1900000202","appid":"wx8d1f2a90c4e7b653","out_trade_no":"P%s","transaction_id":"42000020260531%014d","time":"2026-05-31T08:12:3%s+08:00","total_fen":%s}}\n' \
            $n $n $n $sum
    done >>"$work/world/world.jsonl"
    tell reload
    spoil 'sub-fundflowbill swap-merchant=1900000202'
    is "$said" "INCOMPLETE E07 no row of the fund-flow bill of 2026-05-31 has a number of the books" "the sealed bill of another sub-merchant, with payments of $sum fen"
done
spoil 'sub-fundflowbill swap-merchant=1900000203'
like "$said" "^INCOMPLETE E02 the fund-flow bill of 2026-05-31 is empty" "that of one without any movement"

# The trade bills of two sub-merchants swapped.
spoil 'tradebill swap-merchant=1900000202'
is "$said" "INCOMPLETE E07 every row of the trade bill of 2026-05-31 is of another merchant, AppID or currency" "the trade bill of another sub-merchant"

# Both, so that they agree with each other.
spoil 'tradebill swap-merchant=1900000202
sub-fundflowbill swap-merchant=1900000202'
is "$said" "INCOMPLETE E07 every row of the trade bill of 2026-05-31 is of another merchant, AppID or currency" "both bills of another sub-merchant"

# Issued again, it is another version.
fresh
add_books
set_faults ''
run payrecon-fetch
run payrecon-reconcile
set_faults 'sub-fundflowbill reissue'
run payrecon-fetch --day 2026-05-31
is "$code $(bills)" "1 FUND_BASIC 1 VALID f,FUND_BASIC 2 VALID f,TRADE_ALL 1 VALID t" "a sealed bill that is issued again"
is "$(sql "SELECT code, state, diff_fen FROM recon.finding WHERE key = 'FUND_BASIC'")" "E06 OPEN -1988" "is E06 by its last payment less the fee"
is "$(payments FUND_BASIC)" "P1 P2 P3" "which it has no more"

done_testing
