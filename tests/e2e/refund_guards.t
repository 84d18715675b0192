#!/usr/bin/env bash
# What keeps deposit refunds from being sent: limits, the breaker, other refunds of the payment, what WeChat Pay says of it, an account that is
# short, keys that are wrong, refusals, approvals that have expired, lists and bytes that somebody has changed, clocks, and what is cut off in
# the middle. Of each: exit code, state, why, what is said, what WeChat Pay was asked and what it accepted.
# Takes minutes.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "${BASH_SOURCE[0]}")/night.sh"
# shellcheck source=tests/e2e/lib_refund.sh
source tests/e2e/lib_refund.sh

# A simulator and a database that know of nothing; the rest are options of the simulator.
anew() {
    forget_refunds "$@"
    : >"$work/requests"
    fresh_deposits
    tell "now $now"
    told=$now
}

# The same, with the first deposits approved.
anew_approved() { # how many, options of the simulator
    anew "${@:2}"
    approve_some 1 "$1"
}

configure() { # lines of the configuration
    printf '%s\n' "$@" >>"$work/payrecon.conf"
}

later() { # minutes
    now=$(date -u -d "$now + $1 minutes" +%FT%TZ)
}

# How often it was asked about payments, to give money back, and about refunds.
asked() {
    echo "$(grep -c '"path":"/v3/pay/' "$work/requests") $(requests_of POST $REFUNDS) $(requests_of GET $REFUNDS)"
}

why() {
    sql "SELECT why FROM recon.refund_request WHERE why IS NOT NULL"
}

reset_breaker() {
    sed 's/user=payrecon_job/user=payrecon_ops_checker/' "$work/payrecon.conf" >"$work/checker.conf"
    payrecon refund breaker reset --merchant "$MCHID" --reason 已核对 --config "$work/checker.conf" --now "$now"
}

queue() {
    sql "SELECT concat_ws(' ', state, needed_fen) FROM recon.refund_queue WHERE mchid = '$MCHID'"
}

write_world() {
    cp "$work/world.pristine" "$work/world/world.jsonl"
}

start_deposits 150 # more than twice as many as are under way at once
cp "$work/world/world.jsonl" "$work/world.pristine"

# ---- limits -------------------------------------------------------------------------------------

anew_approved 1
configure 'refund_request_most = 199'
run payrecon-refund
is "$code $(states) $(accepted) $(asked)" '1 DROPPED 1 0 0 0 1 0 0' 'above the limit of a request: dropped, nothing sent'
is "$(why)" '20000 fen are more than the limit of 19900 a request' 'and said so'
like "$log" "APPROVED -> DROPPED, FACTS_CHANGED: 20000 fen are more than the limit" 'in the log, too'

# limit | what is said | minutes until the rest is sent
while IFS='|' read -r limit said minutes; do
    anew_approved 3
    configure "$limit"
    run payrecon-refund
    is "$code $(states) $(requests_of POST $REFUNDS)" '75 APPROVED 1, PROCESSING 2 2' "$limit: the rest waits"
    like "$log" "no refund is sent: $said" "$limit: said so"
    later "$minutes"
    run payrecon-refund
    is "$code $(accepted)" "0 $(due_of 1 3)" "$limit: later the rest is sent, each once"
    now=$REFUND_NOW
done <<END_OF_TABLE
refund_run_most = 400|the limit of a run is reached|1
refund_hour_most = 400|the limit of an hour is reached|61
END_OF_TABLE

while IFS= read -r limit; do
    anew_approved 3
    configure "$limit"
    run payrecon-refund
    is "$code $(states) $(requests_of POST $REFUNDS) $(queue)" '65 APPROVED 1, PROCESSING 2 2 TRIPPED' "$limit: the breaker trips"
    like "$log" 'no refund is sent: the breaker has tripped: unusual: the limit of a day is reached' "$limit: said so"
    like "$log" 'see payrecon refund breaker' "$limit: and what to do"
    before=$(grep -c '"path":"/v3/pay/' "$work/requests")
    sed -i "/^$limit$/d" "$work/payrecon.conf"
    later 600
    run payrecon-refund
    is "$code $(states) $(asked)" "65 APPROVED 1, SUCCESS 2 $before 2 2" "$limit: nothing is sent any more, what is in flight is followed"
    reset_breaker
    run payrecon-refund
    is "$code $(states) $(accepted)" "0 PROCESSING 1, SUCCESS 2 $(due_of 1 3)" "$limit: until a person resets it"
    now=$REFUND_NOW
done <<END_OF_TABLE
refund_day_most = 400
refund_day_count = 2
END_OF_TABLE

# ---- two deposits of one payment ----------------------------------------------------------------

two_deposits() {
    sql "UPDATE rental.payment_item SET kind = 'DEPOSIT' WHERE out_trade_no = 'P000001' AND item_no = 2;
         INSERT INTO rental.deposit VALUES ('$MCHID', 'D1b', 'P000001', 2, 'L1', 'S1', 3000, false, 'REFUND_DUE', '2026-06-01 00:00+08')"
    as payrecon_ops_maker "SELECT recon.request_deposit_refund('$MCHID', 'D1b', '退还押金', '$now')" >/dev/null
    approve_some 1 1
}

sed -i '/"P000001"/s/}}$/,"refund_after_s":600}}/' "$work/world/world.jsonl"
anew
two_deposits
run payrecon-refund
is "$code $(states) $(requests_of POST $REFUNDS)" '75 APPROVED 1, PROCESSING 1 1' 'two of one payment: the second waits for the first'
later 2
run payrecon-refund --verbose
is "$code $(states) $(requests_of POST $REFUNDS)" '75 APPROVED 1, PROCESSING 1 1' 'as long as that is on its way'
like "$log" 'another refund of its payment is on its way' 'said so'
later 10
run payrecon-refund
is "$code $(states) $(accepted) $(two_bodies)" '0 PROCESSING 1, SUCCESS 1 2 2 23000 ' 'then it is sent'
now=$REFUND_NOW
write_world

sed -i '/"P000001"/s/}}$/,"refund_after_s":0}}/' "$work/world/world.jsonl"
anew
two_deposits
run payrecon-refund
is "$code $(states) $(requests_of POST $REFUNDS)" '75 APPROVED 1, SUCCESS 1 1' 'paid at once: the second waits all the same'
run payrecon-refund --verbose
like "$log" 'a refund of its payment was sent less than a minute ago' 'said so'
now=2026-06-01T12:00:59+08:00
run payrecon-refund
is "$code $(states) $(requests_of POST $REFUNDS)" '75 APPROVED 1, SUCCESS 1 1' 'for a minute'
now=2026-06-01T12:01:00+08:00
run payrecon-refund
is "$code $(states) $(accepted)" '0 SUCCESS 2 2 2 23000' 'and no longer'
now=$REFUND_NOW
write_world

# ---- what WeChat Pay says of the payment --------------------------------------------------------

# what is so there | the books | what is said
while IFS='|' read -r there books said; do
    sed -i "$there" "$work/world/world.jsonl"
    anew
    sql "$books"
    approve_some 1 1
    run payrecon-refund
    is "$code $(states) $(accepted) $(asked)" '1 DROPPED 1 0 0 0 1 0 0' "$said: dropped, nothing sent"
    is "$(why)" "$said" "$said: said so"
    like "$log" "APPROVED -> DROPPED, FACTS_CHANGED: $said" "$said: in the log, too"
    write_world
done <<END_OF_TABLE
/"P000001"/d|SELECT|WeChat Pay does not know the payment
/"P000001"/s/23000/24000/|SELECT|the payment is of another amount at WeChat Pay
/"P000001"/s/}}/,"state":"REVOKED"}}/|SELECT|the payment is not paid at WeChat Pay
s/^#//|UPDATE rental.payment SET transaction_id = 'x' WHERE out_trade_no = 'P000002'; UPDATE rental.payment SET transaction_id = '4200000002' WHERE out_trade_no = 'P000001'|the transaction_id is that of another payment at WeChat Pay
\$a{"refund":{"mchid":"$MCHID","transaction_id":"4200000001","out_refund_no":"HAND1","refund_id":"5030000001","time":"2026-05-30T12:00:00+08:00","refund_fen":100}}|SELECT|WeChat Pay has refunded something of its payment that nobody here knows of
END_OF_TABLE

# ---- an account that is short -------------------------------------------------------------------

short() { # how many were refused
    sql "SELECT count(*) FROM recon.refund_request WHERE state = 'WAITING_FUNDS'"
}

anew_approved 3
tell "balance $MCHID 0"
run payrecon-refund
sent=$(requests_of POST $REFUNDS)
is "$code $(accepted) $(short) $(queue)" "75 0 0 0 $sent WAITING_FUNDS 60000" 'an account that is empty: the queue waits'
is "$(sql "SELECT count(*) FROM recon.refund_request WHERE state IN ('APPROVED', 'WAITING_FUNDS')")" 3 'so does each request'
like "$log" 'the account is short of money for refunds: 3 requests of 600.00 yuan wait.*hint: top up the account' 'with the sum to top up'
before=$(asked)
later 59
run payrecon-refund
is "$code $(asked)" "75 $before" 'nothing is tried for an hour'
like "$log" 'waiting for funds; one refund is tried at 2026-06-01 13:00' 'said so'
later 1
run payrecon-refund
is "$code $(requests_of POST $REFUNDS) $(queue)" "75 $((sent + 1)) WAITING_FUNDS 60000" 'then one is tried'
like "$log" '3 requests of 600.00 yuan wait' 'and the sum said again'
tell "balance $MCHID 100000"
later 30
run payrecon-refund
is "$code $(requests_of POST $REFUNDS)" "75 $((sent + 1))" 'money that has come is not seen before the hour is over'
later 30
run payrecon-refund
is "$code $(states) $(accepted) $(queue)" "0 PROCESSING 3 $(due_of 1 3) OPEN" 'then all are sent'
is "$(two_bodies) $(sql 'SELECT count(*) FROM recon.refund_request WHERE attempt > 1')" ' 0' 'with the same numbers and bytes'
now=$REFUND_NOW

anew_approved 3
tell "balance $MCHID 0"
run payrecon-refund
tell "balance $MCHID 100000"
reset_breaker
run payrecon-refund
is "$code $(states) $(accepted)" "0 PROCESSING 3 $(due_of 1 3)" 'or as soon as a person says that it has come'

anew_approved 3
sql "INSERT INTO recon.fund_balance VALUES ('$MCHID', '2026-05-31', 1, 0, 50000)"
run payrecon-refund
is "$code $(accepted)" "0 $(due_of 1 3)" 'the balance of yesterday is too low: sent, because WeChat Pay has the last word'
like "$log" 'refunds of 600.00 yuan were to be sent, the account had 500.00 at the end of 2026-05-31: top up 100.00' 'but said, with what to top up'

# ---- keys and clocks that WeChat Pay does not take ----------------------------------------------

other=1900000110
sed -i "1i{\"merchant\":{\"mchid\":\"$other\",\"name\":\"乙\",\"appids\":[\"wx0123456789abcdea\"],\"rate\":\"0.60%\"}}" "$work/world.pristine"
write_world
anew_approved 2
keys=$work/sim/merchants/$MCHID
cp -R "$keys" "$work/keys"
cp "$work/sim/merchants/$other/apiclient_key.pem" "$keys/apiclient_key.pem"
run payrecon-refund
is "$code $(states) $(asked)" '77 APPROVED 2 0 0 0' "another merchant's key: nothing is asked or sent"
like "$log" 'apiclient_cert.pem" does not belong to apiclient_key.pem' 'said so'
rm -r "$keys"
mv "$work/keys" "$keys"
run payrecon-refund
is "$code $(accepted)" "0 $(due_of 1 2)" 'the right one is there again: sent'

# fault | states | asked
while IFS='|' read -r fault state requests; do
    anew_approved 1
    set_faults "$fault"
    run payrecon-refund
    is "$code $(states) $(accepted) $(asked)" "77 $state 1 0 0 0 $requests" "$fault: not sent any more"
    set_faults ''
    later 2
    run payrecon-refund
    is "$code $(states) $(accepted) $(two_bodies)" "0 PROCESSING 1 $(due_of 1 1) " "$fault: afterwards it is, once"
    now=$REFUND_NOW
done <<END_OF_TABLE
order-query server-clock=-301|APPROVED|1 0 0
order-query status=401|APPROVED|1 0 0
order-query ip-not-allowed|APPROVED|1 0 0
refund server-clock=-301|UNKNOWN|1 1 0
refund status=401|UNKNOWN|1 1 0
refund ip-not-allowed|UNKNOWN|1 1 0
END_OF_TABLE


# ---- refusals -----------------------------------------------------------------------------------

fifty_refunds() {
    local i
    for ((i = 1; i <= 50; i++)); do
        printf '{"refund":{"mchid":"%s","transaction_id":"4200000001","out_refund_no":"HAND%s","refund_id":"503%07d","time":"2026-05-30T12:00:00+08:00","refund_fen":1}}\n' \
            "$MCHID" "$i" "$i"
    done
}

# A refusal that WeChat Pay gives of itself, and one of a fault.
# what is so there | the books | faults | what is said
while IFS='|' read -r there books fault said; do
    sed -i "$there" "$work/world/world.jsonl"
    [ "$said" = RULE_LIMIT ] && fifty_refunds >>"$work/world/world.jsonl"
    anew
    sql "$books"
    approve_some 1 1
    set_faults "$fault"
    run payrecon-refund
    is "$code $(states) $(accepted) $(asked)" '75 UNKNOWN 1 0 0 0 1 1 1' "$said: refused, asked for at once"
    like "$(sql 'SELECT refusal FROM recon.refund_request')" "$said" "$said: the refusal is kept"
    set_faults ''
    later 9
    run payrecon-refund
    is "$code $(states) $(asked)" '75 UNKNOWN 1 1 1 2' "$said: in ten minutes it could still arrive"
    later 2
    run payrecon-refund
    is "$code $(states) $(accepted) $(asked)" '1 DROPPED 1 0 0 0 1 1 3' "$said: then a query has the last word, and nothing was sent again"
    is "$(why)" "$(sql 'SELECT refusal FROM recon.refund_request')" "$said: why is the refusal"
    like "$log" "UNKNOWN -> DROPPED, ASKED_REFUSED" "$said: in the log, too"
    later 100
    run payrecon-refund
    is "$code $out $(asked)" '0 no refund is due 1 1 3' "$said: then nobody asks any more"
    now=$REFUND_NOW
    write_world
done <<END_OF_TABLE
s/^#//|SELECT|refund nth=1 status=400|400
s/^#//|SELECT|refund nth=1 invalid-request|INVALID_REQUEST
/"P000001"/s/}}/,"refund_ends":"USER_ACCOUNT_ABNORMAL"}}/|SELECT||USER_ACCOUNT_ABNORMAL
s/^#//|INSERT INTO rental.refund VALUES ('$MCHID', 'HAND1', 'P000001', 2, 'RENT', 1, 'SUCCESS', '2026-05-30 11:00+08')||RULE_LIMIT
END_OF_TABLE

# INVALID_REQUEST says that something does not fit, not that there is no refund: the query decides, and a number that is another's is for people.
anew_approved 1
set_faults 'refund nth=1 after invalid-request'
run payrecon-refund
is "$code $(states) $(accepted) $(asked)" "0 PROCESSING 1 $(due_of 1 1) 1 1 1" 'INVALID_REQUEST of a refund that was accepted: the query says so at once'
is "$(sql "SELECT string_agg(kind || ' ' || status || ' ' || outcome, ', ' ORDER BY call_no) FROM recon.refund_call")" \
    'ORDER 200 FOUND, CREATE 400 SENT_REFUSED, QUERY 200 ASKED_PROCESSING' 'each call is kept'
set_faults ''
later 10
run payrecon-refund
is "$code $(states) $(asked)" '0 SUCCESS 1 1 1 2' 'and it is followed like any other'
now=$REFUND_NOW

anew_approved 2
number=$(sql "SELECT refund_no FROM recon.refund_request WHERE deposit_id = 'D1'")
printf '{"refund":{"mchid":"%s","transaction_id":"4200000009","out_refund_no":"%s","refund_id":"5030000009","time":"2026-05-30T12:00:00+08:00","refund_fen":20000}}\n' \
    "$MCHID" "$number" >>"$work/world/world.jsonl"
tell reload
run payrecon-refund
is "$code $(states) $(queue)" '65 PROCESSING 1, UNKNOWN 1 TRIPPED' 'INVALID_REQUEST because the number gives another payment back: the breaker trips'
is "$(sql "SELECT string_agg(c.kind || ' ' || c.status || ' ' || c.outcome, ', ' ORDER BY c.call_no) FROM recon.refund_call c WHERE c.refund_no = '$number'")" \
    'ORDER 200 FOUND, CREATE 400 SENT_REFUSED, QUERY 200 ASKED_MISMATCH' 'the query has shown it'
like "$(sql "SELECT refusal FROM recon.refund_request WHERE refund_no = '$number'")" 'status 400 INVALID_REQUEST' 'the refusal is kept by name'
is "$(accepted)" '1 1 20000' 'nothing was sent for it'
later 15
run payrecon-refund
is "$code $(states)" '65 SUCCESS 1, UNKNOWN 1' 'it stays for people, and is not dropped'
now=$REFUND_NOW
write_world

# ---- suspended; others --------------------------------------------------------------------------

suspend() { # suspend or resume
    payrecon merchant "$1" --merchant "$MCHID" --reason 核对 --now "$now"
}

anew_approved 2
configure 'refund_run_most = 200'
run payrecon-refund
sed -i '/^refund_run_most/d' "$work/payrecon.conf"
suspend suspend
later 600
run payrecon-refund
is "$code $(states) $(asked)" "75 APPROVED 1, SUCCESS 1 $(grep -c '"path":"/v3/pay/' "$work/requests") 1 1" 'suspended: nothing is sent, what is in flight is followed'
like "$log" "$MCHID: suspended: 1 approved refunds, 20000 fen, are not sent" 'said so'
suspend resume
run payrecon-refund
is "$code $(accepted)" "0 $(due_of 1 2)" 'resumed: sent'
now=$REFUND_NOW

# A payment of 230.00 with a deposit of 200.00, as the first one has it, of another merchant.
books_of() { # mchid, prefix of its numbers, transaction_id as SQL
    sql "INSERT INTO rental.contract_meta VALUES ('$1', 1, '2027-01-01 00:00+08');
         INSERT INTO rental.store VALUES ('$1', 'S1', '一店', NULL, '2026-01-01', NULL);
         INSERT INTO rental.payment SELECT '$1', '${2}000001', NULL, appid, $3, amount_fen, status, paid_at, created_at, updated_at
           FROM rental.payment WHERE mchid = '$MCHID' AND out_trade_no = 'P000001';
         INSERT INTO rental.payment_item SELECT '$1', '${2}000001', item_no, kind, rental_no, store_id, amount_fen
           FROM rental.payment_item WHERE mchid = '$MCHID' AND out_trade_no = 'P000001';
         INSERT INTO rental.deposit SELECT '$1', deposit_id, '${2}000001', item_no, rental_no, store_id, amount_fen, waived, status, due_at
           FROM rental.deposit WHERE mchid = '$MCHID' AND deposit_id = 'D1'"
}

payment_of() { # mchid, prefix, transaction_id, appid
    grep '"P000001"' "$work/world.pristine" | sed "s/$MCHID/$1/; s/P000001/${2}000001/; s/4200000001/$3/; s/wx0123456789abcdef/$4/"
}

states_of() { # mchid
    sql "SELECT string_agg(state, ' ') FROM recon.refund_request WHERE mchid = '$1'"
}

payment_of $other Q 4300000001 wx0123456789abcdea >>"$work/world/world.jsonl"
anew_approved 2
add_merchant $other
books_of $other Q "'4300000001'"
MCHID=$other approve_some 1 1
mv "$work/sim/merchants/$other" "$work/keys"
run payrecon-refund
is "$code $(states_of $other) $(states_of "$MCHID")" '77 APPROVED PROCESSING PROCESSING' 'keys of one are gone: another is not stopped'
like "$log" "$other: no refund is sent: " 'said whose'
mv "$work/keys" "$work/sim/merchants/$other"
run payrecon-refund
is "$code $(states_of $other) $(accepted)" '0 PROCESSING 3 3 60000' 'they are there again: sent'
write_world

# ---- the other ways to trade --------------------------------------------------------------------

public=1900000120
provider=1900000200
sub=1900000201
{
    cat <<END
{"merchant":{"mchid":"$public","name":"丙","appids":["wx0123456789abcdeb"],"rate":"0.60%","mode":"public_key"}}
{"merchant":{"mchid":"$provider","name":"服务商","appids":["wx0123456789abcdec"],"rate":"0.60%"}}
{"merchant":{"mchid":"$sub","name":"特约","appids":["wx0123456789abcdec"],"rate":"0.60%","provider":"$provider"}}
END
    payment_of $public R 4300000002 wx0123456789abcdeb
    payment_of $sub S 4300000003 wx0123456789abcdec
} >>"$work/world/world.jsonl"

body_of() { # mchid of whose request, as it was sent
    grep '"method":"POST"' "$work/requests" | grep "\"mchid\":\"$1\"" | sed 's/.*"body":"//; s/"}$//; s/\\//g'
}

refund_no_of() { # mchid
    sql "SELECT refund_no FROM recon.refund_request WHERE mchid = '$1'"
}

anew
sql "UPDATE rental.payment SET transaction_id = NULL WHERE out_trade_no = 'P000001'"
approve_some 1 1
add_merchant $public
books_of $public R "'4300000002'"
MCHID=$public approve_some 1 1
add_merchant $sub --sp-mchid $provider --fund-account BASIC
books_of $sub S "'4300000003'"
MCHID=$sub approve_some 1 1
run payrecon-refund
is "$code $(states) $(accepted)" '0 PROCESSING 3 3 3 60000' 'public-key mode, through a service provider, without transaction_id: sent'
like "$(body_of "$MCHID")" '^\{"out_trade_no":"P000001","out_refund_no":"DR' 'a payment without transaction_id goes by its own number'
like "$(body_of $public)" '^\{"transaction_id":"4300000002","out_refund_no":"DR' 'public-key mode: by transaction_id'
like "$(body_of $provider)" "^\\{\"sub_mchid\":\"$sub\",\"transaction_id\":\"4300000003\"" 'through a provider: with the sub-merchant'
is "$(requests "/v3/pay/transactions/out-trade-no/P000001") $(requests "/v3/pay/partner/transactions/id/4300000003")" '1 1' 'the orders were asked for likewise'
later 10
run payrecon-refund
is "$code $(states)" '0 SUCCESS 3' 'and followed'
like "$(grep '"method":"GET"' "$work/requests" | grep "$(refund_no_of $sub)")" "sub_mchid=$sub" 'the query names the sub-merchant, too'
now=$REFUND_NOW
write_world

# ---- approvals, lists and bytes -----------------------------------------------------------------

anew_approved 1
later 1500
run payrecon-refund
is "$code $(states) $(accepted) $(asked)" '1 EXPIRED 1 0 0 0 1 0 0' 'the approval has expired: nothing is sent'
like "$log" 'APPROVED -> EXPIRED, EXPIRED: its approval has expired' 'said so'
now=$REFUND_NOW

# What a superuser does | what is said
while IFS='|' read -r change said; do
    anew_approved 2
    sql "$change"
    run payrecon-refund
    is "$code $(states) $(accepted) $(asked) $(queue)" '65 APPROVED 2 0 0 0 0 0 0 TRIPPED' "$change: the breaker trips"
    like "$log" "no refund is sent: the breaker has tripped: $said" "$change: said why"
done <<END_OF_TABLE
UPDATE recon.refund_request SET deduction_fen = 100, amount_fen = 19900 WHERE deposit_id = 'D1'|refunds of merchant $MCHID: batch 1 is not the list that was approved
UPDATE recon.refund_request SET reason = 'x' WHERE deposit_id = 'D1'|refunds of merchant $MCHID: batch 1 is not the list that was approved
UPDATE recon.refund_request SET transaction_id = '4200000003' WHERE deposit_id = 'D1'|refunds of merchant $MCHID: batch 1 is not the list that was approved
UPDATE recon.refund_batch SET expires_at = expires_at + interval '1 day'|refunds of merchant $MCHID: batch 1 is not the list that was approved
UPDATE recon.refund_batch SET checker = 'x'|refunds of merchant $MCHID: batch 1 is not the list that was approved
UPDATE recon.refund_act SET bytes = concat(bytes, 'x') WHERE act_no = 1|refunds of merchant $MCHID: act 1 is not what it was
DELETE FROM recon.refund_act WHERE act_no = 4|refunds of merchant $MCHID: act 4 is missing
END_OF_TABLE

anew_approved 1
set_faults 'refund nth=1 status=500'
run payrecon-refund
is "$code $(states) $(asked)" '75 UNKNOWN 1 1 1 1' '500: in doubt'
sql "UPDATE recon.refund_request SET body = replace(body, '20000', '23000')"
later 2
run payrecon-refund
is "$code $(states) $(accepted) $(requests_of POST $REFUNDS)" '65 UNKNOWN 1 0 0 0 1' 'bytes that somebody has changed are not sent'
like "$log" 'refund DR[0-9a-f]{30}: its stored bytes are not its own' 'said so'
now=$REFUND_NOW

# ---- cut off in the middle ----------------------------------------------------------------------

# Starts a run and waits until so many requests to give money back have reached WeChat Pay.
run_until_sent() { # how many
    "$BUILD/payrecon-refund" --now "$now" >"$work/out" 2>"$work/err" &
    pids+=($!)
    for _ in $(seq 2000); do
        [ "$(requests_of POST $REFUNDS)" -ge "$1" ] && return
        kill -0 "${pids[-1]}" 2>/dev/null || return
        sleep 0.01
    done
}

until_over() {
    wait "${pids[-1]}"
    code=$?
    unset 'pids[-1]'
    out=$(cat "$work/out")
    log=$(cat "$work/err")
}

undone() {
    sql "SELECT count(*) FROM recon.refund_request WHERE state NOT IN ('PROCESSING', 'SUCCESS')"
}

anew_approved 150 --latency 500
run_until_sent 5
kill -TERM "${pids[-1]}"
until_over
is "$code $(sql "SELECT count(*) FROM recon.refund_request WHERE state = 'SENDING'")" '75 0' 'asked to stop: of no request it is not known what was heard of it'
is "$([ "$(undone)" -gt 0 ] && echo rest)" rest 'a rest is left'
like "$log" 'asked to stop: what is left is done next time' 'said so'
later 2
run payrecon-refund
is "$code $(undone) $(accepted) $(two_bodies)" "0 0 $(due_of 1 150) " 'the next run does the rest, each once'
is "$(proved)" "$(accepted)" 'and the database says the same'
now=$REFUND_NOW

anew_approved 150 --latency 500
run_until_sent 5
is "$(sql "SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity WHERE datname = current_database() AND usename = 'payrecon_job'")" t 'the database ends the connection'
until_over
is "$code" 69 'the run cannot go on'
is "$([ "$(undone)" -gt 0 ] && echo rest)" rest 'a rest is left'
later 2
run payrecon-refund
is "$code $(undone) $(accepted) $(two_bodies)" "0 0 $(due_of 1 150) " 'the next run does the rest, each once'
is "$(proved)" "$(accepted)" 'and the database says the same'
now=$REFUND_NOW

# ---- our clock ----------------------------------------------------------------------------------

run_at() { # time, the simulator's stays
    "$BUILD/payrecon-refund" --now "$1" >"$work/out" 2>"$work/err"
    code=$?
    out=$(cat "$work/out")
    log=$(cat "$work/err")
}

for wrong in 2026-06-02T13:00:00+08:00 2026-05-31T11:00:00+08:00 2026-06-01T12:06:00+08:00; do
    anew_approved 2
    run_at "$wrong"
    is "$code $(states) $(accepted) $(requests_of POST $REFUNDS)" '77 APPROVED 2 0 0 0 0' "our clock says $wrong: nothing expired, nothing sent"
    like "$log" "clock" "our clock says $wrong: said so"
    run payrecon-refund
    is "$code $(accepted)" "0 $(due_of 1 2)" "our clock said $wrong: with the right one it is sent"
done

# ---- lists only; a full disk --------------------------------------------------------------------

everything() {
    sql "SELECT r.* FROM recon.refund_request r ORDER BY refund_no" && sql "SELECT q.* FROM recon.refund_queue q" && cat "$work/requests"
}

anew_approved 3
before=$(everything)
run payrecon-refund --dry-run --format csv
is "$code $(tail -n 1 <<<"$out")" "0 \"$MCHID\",\"3\",\"60000\"" '--dry-run lists what would be sent'
is "$(everything)" "$before" 'and does nothing'
"$BUILD/payrecon-refund" --now "$now" >/dev/full 2>"$work/err"
is "$? $(states) $(accepted)" "74 PROCESSING 3 $(due_of 1 3)" 'what came of it cannot be printed: said with the exit code, all are sent'
run payrecon-refund
is "$code $out $(requests_of POST $REFUNDS)" '0 no refund is due 3' 'once'

done_testing
