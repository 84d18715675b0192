#!/usr/bin/env bash
# Every fault of wxpay-sim once against a night: what was asked, what is stored, what is said. A row is a fault; the last test looks whether
# there is one for each of them.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "$0")/night.sh"
# shellcheck source=tests/e2e/lib_scenario.sh
source tests/e2e/lib_scenario.sh
# shellcheck source=tests/e2e/lib_fault.sh
source tests/e2e/lib_fault.sh

AT_ONCE=6
expected=()

expect() { # rules, outcome
    add_row "$1"
    expected+=("$2")
}

# ---- passed over: the day is settled as if nothing had happened ---------------------------------

# Requests | rules
while IFS='|' read -r requests rules; do
    expect "$rules" "0|$requests|fund 1 VALID, trade 1 VALID|-|SETTLED BALANCED|3"
done <<'END_OF_TABLE'
c2 t1 f1 d2|certificates nth=1 status=500
c2 t1 f1 d2|certificates nth=1 probe-signature
c2 t1 f1 d2|certificates nth=1 drop
c2 t1 f1 d2|certificates nth=1 not-json=502
c1 t1 f1 d2|certificates rotated-key
c1 t3 f1 d2|tradebill nth=1-2 status=503
c1 t2 f1 d2|tradebill nth=1 status=202
c1 t2 f1 d2|tradebill nth=1 after status=500
c1 t2 f1 d2|tradebill nth=1 rate-limit
c1 t2 f1 d2|tradebill nth=1 rate-limit=1
c1 t2 f1 d2|tradebill nth=1 drop
c1 t2 f1 d2|tradebill nth=1 after drop
c1 t2 f1 d2|tradebill nth=1 reset=10
c1 t2 f1 d2|tradebill nth=1 hang-up=10
c1 t2 f1 d2|tradebill nth=1 truncate=10
c1 t2 f1 d2|tradebill nth=1 not-json=502
c1 t2 f1 d2|tradebill nth=1 bad-signature
c1 t2 f1 d2|tradebill nth=1 no-signature
c1 t2 f1 d2|tradebill nth=1 foreign-signature
c1 t3 f1 d2|tradebill nth=1-2 probe-signature
c2 t1 f1 d2|tradebill rotated-key
c2 t1 f1 d2|fundflowbill rotated-key
c1 t1 f1 d2|tradebill timestamp=299
c1 t1 f1 d2|tradebill timestamp=-299
c1 t1 f1 d2|tradebill server-clock=-299
c1 t1 f1 d2|tradebill late=2026-05-11T10:30:00+08:00
c1 t1 f1 d2|tradebill leading-space
c1 t1 f1 d2|tradebill delay=50
c1 t1 f1 d2|tradebill goods=comma
c1 t1 f1 d2|tradebill goods=quotes
c1 t1 f1 d2|tradebill goods=formula
c1 t1 f1 d2|tradebill goods=footer
c1 t1 f1 d2|tradebill goods=not-utf8
c1 t1 f1 d2|tradebill goods=long
c1 t1 f1 d3|download nth=1 drop
c1 t1 f1 d3|download nth=1 status=500
c1 t1 f1 d3|download nth=1 rate-limit=1
c1 t1 f1 d2|download nth=1 trickle=4000
c1 t2 f1 d3|download nth=1 truncate=100
c1 t2 f1 d3|download nth=1 hang-up=100
c1 t2 f1 d3|download nth=1 reset=100
c1 t2 f1 d3|download nth=1 empty-body
END_OF_TABLE

# The same, but what came first is kept aside.
while IFS= read -r rules; do
    expect "$rules" "0|c1 t2 f1 d3|fund 1 VALID, trade 1 WRONG_DIGEST, trade 2 VALID|-|SETTLED BALANCED|3"
done <<'END_OF_TABLE'
tradebill nth=1 wrong-digest
download nth=1 shorten=100
download nth=1 damaged-gzip
download nth=1 gzip-bomb=16777216
download nth=1 huge=4096
END_OF_TABLE

# ---- told: the day is incomplete, and says why --------------------------------------------------

# What the reasons begin with.
certificates='trade ALL bill of 2026-05-10: GET /v3/certificates:'
apply='trade ALL bill of 2026-05-10: GET /v3/bill/tradebill:'
offer='trade ALL bill of 2026-05-10: the offer:'
download='trade bill of 2026-05-10: download of a bill:'

told() { # exit code, requests, bills, findings, reason, rules
    local reason=$5
    reason=${reason/CERTIFICATES/$certificates}
    reason=${reason/APPLY/$apply}
    reason=${reason/OFFER/$offer}
    reason=${reason/DOWNLOAD/$download}
    expect "$6" "$1|$2|$3|$4|$reason|0"
}

# Nothing of either bill: exit code | requests | reason | rules
while IFS='|' read -r exit_code requests reason rules; do
    told "$exit_code" "$requests" - 'E01 fund PENDING, E01 trade PENDING' "DUE INCOMPLETE E01 $reason" "$rules"
done <<'END_OF_TABLE'
69|c10 t0 f0 d0|CERTIFICATES after 5 attempts: status 500 SYSTEM_ERROR "系统异常，请稍后重试" (Request-Id …)|certificates status=500
69|c10 t0 f0 d0|CERTIFICATES after 5 attempts: no complete reply from HOST: Recv failure: Connection reset by peer|certificates drop
77|c5 t0 f0 d0|CERTIFICATES after 5 attempts: the reply's signature with key "SERIAL" is wrong (Request-Id …)|certificates bad-signature
77|c5 t0 f0 d0|CERTIFICATES after 5 attempts: the reply is not signed (Request-Id …)|certificates no-signature
77|c1 t0 f0 d0|CERTIFICATES the reply is signed with the unknown key "SERIAL" (Request-Id …)|certificates unknown-key
77|c1 t0 f0 d0|CERTIFICATES the reply is signed with the unknown key "SERIAL" (Request-Id …)|certificates expired-key
77|c1 t0 f0 d0|CERTIFICATES the reply was signed at 1778466300, 300 s or more away from our clock (Request-Id …)|certificates timestamp=-300
77|c1 t0 f0 d0|CERTIFICATES status 401 SIGN_ERROR "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟" (Request-Id …)|certificates server-clock=301
65|c2 t0 f0 d0|CERTIFICATES "data" is not an array (Request-Id …)|certificates other-json
65|c2 t0 f0 d0|CERTIFICATES not valid JSON: line 1, column 1: '[' or '{' expected near '<' (Request-Id …)|certificates not-json
65|c2 t0 f0 d0|CERTIFICATES not valid JSON: line 1, column 0: '[' or '{' expected near end of file (Request-Id …)|certificates empty-body
65|c2 t0 f0 d0|CERTIFICATES the reply from HOST is larger than 1048576 bytes (Request-Id …)|certificates huge=8000000
78|c1 t0 f0 d0|CERTIFICATES status 307 (Request-Id …)|certificates redirect=https://localhost:1/
77|c1 t5 f0 d0|APPLY after 5 attempts: the reply's signature with key "SERIAL" is wrong (Request-Id …)|tradebill bad-signature
77|c1 t5 f0 d0|APPLY after 5 attempts: the reply's signature with key "SERIAL" is wrong (Request-Id …)|tradebill foreign-signature
77|c1 t5 f0 d0|APPLY after 5 attempts: the reply's signature with key "SERIAL" is wrong (Request-Id …)|tradebill probe-signature
77|c1 t5 f0 d0|APPLY after 5 attempts: the reply is not signed (Request-Id …)|tradebill no-signature
77|c2 t1 f0 d0|APPLY the reply is signed with the unknown key "SERIAL" (Request-Id …)|tradebill unknown-key
77|c2 t1 f0 d0|APPLY the reply is signed with the unknown key "SERIAL" (Request-Id …)|tradebill expired-key
77|c1 t1 f0 d0|APPLY the reply was signed at 1778466900, 300 s or more away from our clock (Request-Id …)|tradebill timestamp=300
77|c1 t1 f0 d0|APPLY status 401 SIGN_ERROR "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟" (Request-Id …)|tradebill server-clock=-301
78|c1 t1 f0 d0|APPLY status 307 (Request-Id …)|tradebill redirect=https://localhost:1/
75|c1 t1 f1 d10|DOWNLOAD GET /v3/billdownload/file: after 5 attempts: status 429 FREQUENCY_LIMITED "频率超限，请降低请求频率后重试" (Request-Id …)|download rate-limit
69|c1 t1 f1 d10|DOWNLOAD GET /v3/billdownload/file: after 5 attempts: status 500 SYSTEM_ERROR "系统异常，请稍后重试" (Request-Id …)|download status=500
77|c1 t0 f0 d0|CERTIFICATES status 403 NO_AUTH "此IP地址不允许调用该接口" (Request-Id …)|certificates ip-not-allowed
77|c1 t1 f0 d0|APPLY status 403 NO_AUTH "此IP地址不允许调用该接口" (Request-Id …)|tradebill ip-not-allowed
77|c1 t1 f0 d1|DOWNLOAD GET /v3/billdownload/file: status 403 NO_AUTH "此IP地址不允许调用该接口" (Request-Id …)|download ip-not-allowed
77|c1 t1 f0 d1|DOWNLOAD GET /v3/billdownload/file: status 403 NO_AUTH "商户无权下载该账单" (Request-Id …)|download status=403
78|c1 t1 f0 d1|DOWNLOAD GET /v3/billdownload/file: status 302 (Request-Id …)|download status=302
78|c1 t1 f0 d1|DOWNLOAD GET /v3/billdownload/file: status 307 (Request-Id …)|download redirect=https://localhost:1/
END_OF_TABLE

# The fund-flow bill is there: exit code | requests | reason | rules
while IFS='|' read -r exit_code requests reason rules; do
    told "$exit_code" "$requests" 'fund 1 VALID' 'E01 trade PENDING' "DUE INCOMPLETE E01 $reason" "$rules"
done <<'END_OF_TABLE'
75|c1 t1 f1 d1|trade bill of 2026-05-10 is not generated yet|tradebill not-ready
75|c1 t1 f1 d1|trade bill of 2026-05-10 is not generated yet|tradebill late=2026-05-11T10:30:01+08:00
69|c1 t5 f1 d1|APPLY after 5 attempts: status 500 SYSTEM_ERROR "系统异常，请稍后重试" (Request-Id …)|tradebill status=500
69|c1 t5 f1 d1|APPLY after 5 attempts: status 202 (Request-Id …)|tradebill status=202
69|c1 t5 f1 d1|APPLY after 5 attempts: status 502 (Request-Id …)|tradebill not-json=502
65|c1 t1 f1 d1|APPLY status 404 RESOURCE_NOT_EXISTS "请求的资源不存在" (Request-Id …)|tradebill status=404
75|c1 t5 f1 d1|APPLY after 5 attempts: status 429 FREQUENCY_LIMITED "频率超限，请降低请求频率后重试" (Request-Id …)|tradebill rate-limit
75|c1 t1 f1 d1|APPLY status 429 FREQUENCY_LIMITED "频率超限，请降低请求频率后重试" (Request-Id …)|tradebill rate-limit=60
69|c1 t5 f1 d1|APPLY after 5 attempts: no complete reply from HOST: Recv failure: Connection reset by peer (Request-Id …)|tradebill reset=10
65|c1 t1 f1 d1|APPLY the reply from HOST is larger than 1048576 bytes (Request-Id …)|tradebill huge=8000000
65|c1 t1 f1 d1|OFFER "download_url": the URL is on host "wxpay.invalid", not on "HOST" (Request-Id …)|tradebill other-host
65|c1 t1 f1 d1|OFFER not valid JSON: line 1, column 0: '[' or '{' expected near end of file (Request-Id …)|tradebill empty-body
65|c1 t1 f1 d1|OFFER not valid JSON: line 1, column 80: premature end of input near '"dow' (Request-Id …)|tradebill shorten=80
65|c1 t1 f1 d1|OFFER not valid JSON: line 1, column 200: premature end of input (Request-Id …)|tradebill shorten=200
65|c1 t1 f1 d1|OFFER not valid JSON: line 1, column 1: '[' or '{' expected near '<' (Request-Id …)|tradebill not-json
65|c1 t1 f1 d1|OFFER "hash_type" is missing (Request-Id …)|tradebill other-json
END_OF_TABLE

# Downloads that are never whole: bills | reason | rules
while IFS='|' read -r bills reason rules; do
    told 75 'c1 t3 f3 d6' "$bills" 'E04 fund OPEN, E04 trade OPEN' "DUE INCOMPLETE E04 $reason" "$rules"
done <<'END_OF_TABLE'
-|DOWNLOAD GET /v3/billdownload/file: no complete reply from HOST: transfer closed with 626 bytes remaining to read|download truncate=100
-|DOWNLOAD GET /v3/billdownload/file: no complete reply from HOST: transfer closed with 626 bytes remaining to read|download hang-up=100
-|DOWNLOAD GET /v3/billdownload/file: no complete reply from HOST: Recv failure: Connection reset by peer|download reset=100
-|DOWNLOAD the reply is empty|download empty-body
fund 1 WRONG_DIGEST, trade 1 WRONG_DIGEST|trade bill of 2026-05-10: unreadable: gzip stream ends in the middle, after 100 bytes|download shorten=100
fund 1 WRONG_DIGEST, trade 1 WRONG_DIGEST|trade bill of 2026-05-10: unreadable: gzip stream is damaged near byte 393: a look back behind its beginning|download damaged-gzip
fund 1 WRONG_DIGEST, trade 1 WRONG_DIGEST|trade bill of 2026-05-10: unreadable: gzip stream inflates to more than 400 times its size|download gzip-bomb=67108864
fund 1 WRONG_DIGEST, trade 1 WRONG_DIGEST|trade bill of 2026-05-10: unreadable: gzip stream is followed by other bytes, at byte 726|download huge=100000
END_OF_TABLE

# Whole and as announced, but not a bill of that day that makes sense: finding, key | reason | rules
while IFS='|' read -r finding reason rules; do
    told 65 'c1 t1 f1 d2' 'fund 1 VALID, trade 1 VALID' "$finding OPEN" "FETCHED INCOMPLETE ${finding% *} $reason" "$rules"
done <<'END_OF_TABLE'
E04 trade|trade bill of 2026-05-10: line 2: found 28 fields, expected 27|tradebill goods=separator
E04 trade|trade bill of 2026-05-10: line 2: a byte of value 0|tradebill goods=nul
E07 trade|every row of the trade bill of 2026-05-10 is of another merchant, AppID or currency|tradebill swap-merchant=1900000110
E05 trade|trade bill of 2026-05-10: line 12: summary differs from the rows: 总交易单数 stated 8, computed 9; 应结订单总金额 stated 621.00, computed 636.00; 手续费总金额 stated 2.50000, computed 2.59000; 订单总金额 stated 621.00, computed 636.00|tradebill duplicate-row
E05 trade|trade bill of 2026-05-10: line 10: summary differs from the rows: 总交易单数 stated 8, computed 7; 应结订单总金额 stated 621.00, computed 606.00; 手续费总金额 stated 2.50000, computed 2.41000; 订单总金额 stated 621.00, computed 606.00|tradebill missing-row
E05 trade|trade bill of 2026-05-10: line 11: summary differs from the rows: 总交易单数 stated 9, computed 8|tradebill footer-off=1
E05 trade|trade bill of 2026-05-10: line 11: summary differs from the rows: 应结订单总金额 stated 621.01, computed 621.00|tradebill footer-off=2
E05 trade|trade bill of 2026-05-10: line 11: summary differs from the rows: 退款总金额 stated 204.01, computed 204.00|tradebill footer-off=3
E05 trade|trade bill of 2026-05-10: line 11: summary differs from the rows: 充值券退款总金额 stated 0.01, computed 0.00|tradebill footer-off=4
E05 trade|trade bill of 2026-05-10: line 11: summary differs from the rows: 手续费总金额 stated 2.50001, computed 2.50000|tradebill footer-off=5
E05 trade|trade bill of 2026-05-10: line 11: summary differs from the rows: 订单总金额 stated 621.01, computed 621.00|tradebill footer-off=6
E05 trade|trade bill of 2026-05-10: line 11: summary differs from the rows: 申请退款总金额 stated 204.01, computed 204.00|tradebill footer-off=7
E05 fund|fund-flow bill of 2026-05-10: line 19: summary differs from the rows: 资金流水总笔数 stated 17, computed 16|fundflowbill footer-off=1
E05 fund|fund-flow bill of 2026-05-10: line 19: summary differs from the rows: 收入笔数 stated 9, computed 8|fundflowbill footer-off=2
E05 fund|fund-flow bill of 2026-05-10: line 19: summary differs from the rows: 收入金额 stated 622.23, computed 622.22|fundflowbill footer-off=3
E05 fund|fund-flow bill of 2026-05-10: line 19: summary differs from the rows: 支出笔数 stated 9, computed 8|fundflowbill footer-off=4
E05 fund|fund-flow bill of 2026-05-10: line 19: summary differs from the rows: 支出金额 stated 207.73, computed 207.72|fundflowbill footer-off=5
E05 fund|fund-flow bill of 2026-05-10: line 20: summary differs from the rows: 资金流水总笔数 stated 16, computed 17; 收入笔数 stated 8, computed 9; 收入金额 stated 622.22, computed 642.22|fundflowbill duplicate-row
E05 fund|fund-flow bill of 2026-05-10: line 18: summary differs from the rows: 资金流水总笔数 stated 16, computed 15; 收入笔数 stated 8, computed 7; 收入金额 stated 622.22, computed 602.22|fundflowbill missing-row
END_OF_TABLE

# ---- one of a kind ------------------------------------------------------------------------------

told 77 'c1 t1 f1 d1' 'trade 1 VALID' 'E01 fund PENDING' \
    'DUE INCOMPLETE E01 fund BASIC bill of 2026-05-10: GET /v3/bill/fundflowbill: status 401 SIGN_ERROR "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟" (Request-Id …)' \
    'fundflowbill server-clock=301'
told 75 'c1 t3 f1 d4' 'fund 1 VALID, trade 1 WRONG_DIGEST' 'E03 trade OPEN' \
    'DUE INCOMPLETE E03 trade bill of 2026-05-10: SHA-1 is DIGEST, announced is DIGEST' 'tradebill wrong-digest'
for rules in 'tradebill no-bill' 'tradebill swap-day=2026-05-09'; do
    told 75 'c1 t1 f1 d1' 'fund 1 VALID, trade 1 NO_STATEMENT' 'E02 trade OPEN' \
        'FETCHED INCOMPLETE E02 the trade bill of 2026-05-10 is empty, the books have 8 payments and refunds, the fund-flow bill has 16 rows of trade' "$rules"
done
expect 'tradebill foreign-row=1900000110' '1|c1 t1 f1 d2|fund 1 VALID, trade 1 VALID|E07 P051004 OPEN|SETTLED BROKEN|3'
# One bill knows of a payment that the other does not, for a day at most.
expect 'tradebill reissue' '0|c1 t1 f1 d2|fund 1 VALID, trade 1 VALID|C01 payments PENDING, T03 P051006 PENDING|SETTLED PENDING|3'
expect 'fundflowbill reissue' '0|c1 t1 f1 d2|fund 1 VALID, trade 1 VALID|C02 payments PENDING|SETTLED PENDING|3'

# ---- all of them --------------------------------------------------------------------------------

prepare_faults
run_rows $AT_ONCE
for row in "${!expected[@]}"; do
    is "$(outcome "$row")" "${expected[row]}" "${fault_rows[row]}"
    is "$(leaks "$row")" '' "${fault_rows[row]}: no secret is told"
done

missing=
# What only a refund can meet is refund_guards.t's.
rows=$(printf '%s\n' "${fault_rows[@]}"; grep -oE 'refund [a-z0-9= ]*invalid-request' tests/e2e/refund_guards.t)
while read -r word; do
    grep -qE "(^| )$word(=|;|\$)" <<<"$rows" || missing+=" $word"
done < <(sed -n '/^\.Ss Faults/,/^\.Sh/s/^\.It Cm \([a-z-]*\).*/\1/p' tests/sim/wxpay-sim.1)
is "$missing" '' 'there is a row for every fault of the man page'

done_testing
