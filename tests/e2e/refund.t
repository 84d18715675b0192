#!/usr/bin/env bash
# Deposit refunds from request to the rider's account: requested by one login, approved by another, sent over HTTPS to wxpay-sim, followed.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "${BASH_SOURCE[0]}")/night.sh"
# shellcheck source=tests/e2e/lib_refund.sh
source tests/e2e/lib_refund.sh

line() { # the result's line, its blanks made one
    tail -n 1 <<<"$out" | sed -E 's/ +/ /g; s/ $//'
}

later() { # minutes
    now=$(date -u -d "$now + $1 minutes" +%FT%TZ)
    now=${now%Z}+00:00
    now=${now/+00:00/Z}
}

start_deposits 20
fresh_deposits

# ---- the whole way ------------------------------------------------------------------------------

run payrecon-refund
is "$code $out" '0 no refund is due' 'nothing was asked for'
is "$(ask_for_all)" 20 'twenty are asked for'
run payrecon-refund
is "$code $out $(states)" '0 no refund is due REQUESTED 20' 'what nobody approved is not sent'
batch_all >/dev/null
run payrecon-refund
is "$code $out $(states)" '0 no refund is due REQUESTED 20' 'nor what is only in a list'
approve_all
run payrecon-refund
is "$code $(line)" "0 $MCHID 20 3975.00 0 20 0 0 0" 'what was approved is sent'
is "$(states)" 'PROCESSING 20' 'and accepted'
is "$(accepted)" "$(due_of 1 20)" 'each once, less what was deducted'
is "$(two_bodies)" '' 'no number with two bodies'
run payrecon-refund
is "$code $out" '0 no refund is due' 'nothing is sent twice'
is "$(requests_of POST $REFUNDS)" 20 'twenty requests'
later 1
run payrecon-refund --follow
is "$(requests_of GET $REFUNDS)" 20 'asked for after a minute'
later 10
run payrecon-refund --follow
is "$code $(states)" '0 SUCCESS 20' 'and again, until they have arrived'
later 60
before=$(wc -l <"$work/requests")
run payrecon-refund --follow
is "$code $out $(wc -l <"$work/requests")" "0 no refund is due $before" 'then nobody is asked any more'
is "$(sql "SELECT count(*) FROM recon.refund_call WHERE kind = 'CREATE' AND status = 200 AND request_id <> '' AND convert_from(reply, 'UTF8') LIKE '%refund_id%'")" \
    20 'request and reply of each are kept'
is "$(sql "SELECT count(*) FROM recon.refund_call AS c JOIN recon.refund_request AS r USING (mchid, refund_no) WHERE c.kind = 'CREATE' AND c.request = r.body")" \
    20 'as they were sent'
is "$(sql "SELECT count(*) FROM recon.refund_request WHERE refund_id IS NULL OR success_at IS NULL OR accepted_at IS NULL OR next_at IS NOT NULL")" 0 \
    'numbers and times of WeChat Pay are kept'
is "$(sql "SELECT string_agg(DISTINCT who || ' ' || to_state, ', ' ORDER BY who || ' ' || to_state) FROM recon.refund_event")" \
    'payrecon_job PROCESSING, payrecon_job SENDING, payrecon_job SUCCESS, payrecon_ops_checker APPROVED, payrecon_ops_maker REQUESTED' 'who did what is kept'

# ---- every attempt is kept ----------------------------------------------------------------------

forget_refunds --no-limits
approved_deposits 1
set_faults 'order-query nth=1 status=503' 'refund-query nth=1-2 bad-signature'
run payrecon-refund
later 1
run payrecon-refund --follow
set_faults ''
is "$(sql "SELECT string_agg(concat_ws(' ', call_no, kind, coalesce(status::text, '-'), outcome), ', ' ORDER BY call_no) FROM recon.refund_call")" \
    '1 ORDER 503 REPEATED, 2 ORDER 200 FOUND, 3 CREATE 200 SENT_PROCESSING, 4 QUERY 200 REPEATED, 5 QUERY 200 REPEATED, 6 QUERY 200 ASKED_PROCESSING' \
    'each attempt, what was asked again too'
is "$(sql "SELECT count(DISTINCT request_id) || ' ' || count(*) FILTER (WHERE sent_at <= replied_at AND reply <> '') || ' ' || (SELECT convert_from(reply, 'UTF8') FROM recon.refund_call WHERE call_no = 1) FROM recon.refund_call")" \
    '6 6 {"code":"SERVICE_UNAVAILABLE","message":"服务暂不可用，请稍后重试"}' 'with its Request-Id and reply'

# ---- the first host is not reached --------------------------------------------------------------

# The order query has to go to the other host; the refund, which is not repeated, begins there.
forget_refunds --no-limits
approved_deposits 3
sed -i "s|^wxpay_url.*|wxpay_url = https://localhost:1\nwxpay_backup_url = $url|" "$work/payrecon.conf"
: >"$work/requests"
run payrecon-refund
is "$code $(states) $(requests_of POST $REFUNDS)" '0 PROCESSING 3 3' 'a first host that refuses connections: refunds go to the backup host, once each'
is "$(sql "SELECT string_agg(DISTINCT concat_ws(' ', kind, coalesce(status::text, '-'), outcome), ', ') FROM recon.refund_call WHERE kind = 'CREATE'")" \
    'CREATE 200 SENT_PROCESSING' 'and nothing is in doubt'

# ---- a pay-score payment ------------------------------------------------------------------------

# For automatic deductions WeChat Pay has a number of its own as out_trade_no: what both know is the transaction_id.
cp "$work/world/world.jsonl" "$work/world.before"
sed -i 's/"out_trade_no":"P000001",\(.*\)}}$/"out_trade_no":"wxpay0000000001",\1,"trade_type":"AUTH"}}/' "$work/world/world.jsonl"
: >"$work/requests"
forget_refunds --no-limits
approved_deposits 1
run payrecon-refund
is "$code $(states)" '0 PROCESSING 1' 'a deposit of a pay-score payment is given back'
is "$(requests_of GET /v3/pay/transactions/id/4200000001) $(requests_of POST $REFUNDS)" '1 1' 'the order is asked for by transaction_id'
is "$(sql "SELECT body::json ->> 'transaction_id', body::json -> 'out_trade_no' IS NULL FROM recon.refund_request")" '4200000001 t' 'and so is the refund'
cp "$work/world.before" "$work/world/world.jsonl"

# ---- what the facts stop ------------------------------------------------------------------------

# Between approval and sending: what happens | what is said
while IFS='|' read -r change said; do
    forget_refunds --no-limits
    approved_deposits 1
    sql "$change"
    run payrecon-refund
    is "$code $(states) $(accepted)" '1 DROPPED 1 0 0 0' "$said: dropped, nothing sent"
    is "$(sql 'SELECT why FROM recon.refund_request')" "$said" "$said: said so"
done <<END_OF_TABLE
INSERT INTO rental.deposit_deduction VALUES ('$MCHID', 'Y1', 'D1', 1000, 'LOSS', 'a', 'b', '2026-06-01 11:00+08', NULL)|deductions are 1000 fen now, not 0
INSERT INTO rental.refund VALUES ('$MCHID', 'HAND1', 'P000001', 1, 'DEPOSIT', 20000, 'SUCCESS', '2026-06-01 11:00+08')|nothing is due: 20000 fen less 0 deducted and 20000 refunded
INSERT INTO rental.refund VALUES ('$MCHID', 'HAND1', 'P000001', 1, 'DEPOSIT', 5000, 'SUCCESS', '2026-06-01 11:00+08')|5000 fen are refunded now, not 0
UPDATE rental.deposit SET status = 'HELD' WHERE deposit_id = 'D1'|the deposit is HELD
UPDATE rental.deposit SET status = 'FORFEITED' WHERE deposit_id = 'D1'|the deposit is FORFEITED
UPDATE rental.payment SET status = 'UNKNOWN' WHERE out_trade_no = 'P000001'|its payment is UNKNOWN
UPDATE rental.payment SET amount_fen = 22000 WHERE out_trade_no = 'P000001'|the payment is of 22000 fen now, not 23000
UPDATE rental.payment SET transaction_id = '4200000002' WHERE out_trade_no = 'P000001'|the deposit belongs to another payment now
INSERT INTO recon.finding SELECT '$MCHID', 'f', '2026-05-28', 'TRADE', 'P000001', 'T04', 'OPEN', NULL, 23000, 22000, 1000, now(), NULL, 'finance', '{}', now()|its payment has an open finding T04
UPDATE rental.payment SET paid_at = paid_at - interval '370 days' WHERE out_trade_no = 'P000001'|its payment is older than 365 days
END_OF_TABLE

done_testing
