#!/usr/bin/env bash
# A refund that WeChat Pay has accepted and knows nothing of afterwards: nobody asks about it any more, until two people say what became of
# it. Who may, when, what it becomes, what is shown of it, and what happens when it was otherwise. And what a suspended merchant leaves unsent.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "${BASH_SOURCE[0]}")/night.sh"
# shellcheck source=tests/e2e/lib_refund.sh
source tests/e2e/lib_refund.sh

MAKER=payrecon_ops_maker
CHECKER=payrecon_ops_checker
BOTH=refund_resolve_$$ # a person with the rights of both

later() { # days
    now=$(date -u -d "$now + $1 days" +%FT%TZ)
}

# do_as LOGIN verb options…: payrecon refund, for this merchant
do_as() {
    sed "s/user=payrecon_job/user=$1/" "$work/payrecon.conf" >"$work/login.conf"
    payrecon refund "${@:2}" --merchant "$MCHID" --config "$work/login.conf" --now "$now"
}

number() {
    sql "SELECT refund_no FROM recon.refund_request WHERE deposit_id = 'D1' AND attempt = 1"
}

state_of() { # attempt
    sql "SELECT concat_ws(' ', state, resolved_no) FROM recon.refund_request WHERE deposit_id = 'D1' AND attempt = ${1:-1}"
}

queue() {
    sql "SELECT state FROM recon.refund_queue"
}

due() {
    sql "SELECT deposit_fen - deduction_fen - refunded_fen FROM recon.deposit_facts('$MCHID', 'D1', NULL)"
}

status_of() { # columns of payrecon status, as names
    payrecon status '' --merchant "$MCHID" --now "$now" --format csv
    awk -v wanted="$*" -F'","' 'NR == 1 { gsub(/"/, ""); n = split($0, name, ","); for (i = 1; i <= n; i++) at[name[i]] = i; next }
        { n = split(wanted, name, " "); for (i = 1; i <= n; i++) printf("%s%s", (i > 1 ? " " : ""), $at[name[i]]); print "" }' "$work/out" | tr -d '"'
}

# A row as a bill of its day may bring it later.
bill_shows() { # status
    sql "INSERT INTO recon.refund_bill_row SELECT '$MCHID', '2026-06-01', 7, refund_no, refund_id, amount_fen, '$1' FROM recon.refund_request
          WHERE deposit_id = 'D1' AND attempt = 1"
}

# The simulator that runs now has another address.
follow_sim() {
    sed -i "s,^wxpay_url = .*,wxpay_url = $url," "$work/payrecon.conf"
}

# The simulator knows again what $work/journal has.
remember_refunds() {
    tell quit
    wait "${pids[-1]}"
    unset 'pids[-1]'
    cp "$work/journal" "$work/sim/journal.jsonl"
    rm -f "$work/ready"
    start_sim "$now"
    told=$now
    follow_sim
}

# D1 is sent and accepted; then WeChat Pay does not know of it, which the next run will hear.
forgotten() {
    forget_refunds --no-limits
    : >"$work/requests"
    fresh_deposits
    tell "now $now"
    told=$now
    approve_some 1 1
    run payrecon-refund
    is "$code $(states)" '0 PROCESSING 1' 'accepted'
    cp "$work/sim/journal.jsonl" "$work/journal"
    forget_refunds --no-limits
    follow_sim
    later 1
}

vanished() {
    forgotten
    run payrecon-refund
    is "$code $(states) $(queue)" '65 UNKNOWN 1 TRIPPED' 'then WeChat Pay does not know of it: the breaker trips'
    refund=$(number)
}

# One more payment, so that the bill of the day on which refunds are sent is not empty.
first_day=2026-05-28
write_deposits 2
echo "{\"payment\":{\"mchid\":\"$MCHID\",\"appid\":\"wx0123456789abcdef\",\"out_trade_no\":\"P000009\",\"transaction_id\":\"4200000009\",\"time\":\"2026-06-01T08:00:00+08:00\",\"total_fen\":100}}" >>"$work/world/world.jsonl"
cat >>"$work/world/books.sql" <<END
INSERT INTO rental.payment VALUES ('$MCHID', 'P000009', NULL, 'wx0123456789abcdef', '4200000009', 100, 'PAID', '2026-06-01 08:00+08', '2026-06-01 08:00+08', '2026-06-01 08:00+08');
INSERT INTO rental.payment_item VALUES ('$MCHID', 'P000009', 1, 'RENT', NULL, 'S1', 100);
END
now=$REFUND_NOW
start_sim "$now"
told=$now
fresh_deposits # makes the roles
admin "CREATE ROLE $BOTH LOGIN; GRANT payrecon_ops_maker, payrecon_ops_checker TO $BOTH"

# ---- when, and who ------------------------------------------------------------------------------

vanished
later 1
run payrecon-refund
is "$code $(requests_of GET $REFUNDS)" '65 1' 'nobody asks about it by itself'
is "$(status_of unknown_fen contradicting proposed)" '20000 1 0' 'status has it'
do_as $MAKER resolve "$refund" --as CLOSED --reason 商户平台查无此单
is "$code" 65 'too early'
like "$log" "refund $refund cannot be resolved: WeChat Pay was last asked about it less than eight days after it was sent" 'said so'
do_as $MAKER resolve "$refund" --as SUCCESS --reason x
is "$code $(state_of)" '0 UNKNOWN' 'that it was paid may be said after a day'
do_as $MAKER resolve DR0 --as CLOSED --reason x
is "$code" 65 'a number that is none'
like "$log" "refund DR0 of merchant $MCHID is not known" 'said so'
later 6
do_as payrecon_auditor query "$refund"
is "$code" 77 'an auditor asks nothing'
do_as $MAKER query "$refund"
is "$code $out" "0 refund $refund is asked for by the next payrecon-refund" 'a maker lets it be asked for'
do_as $MAKER resolve "$refund" --as CLOSED --reason x
like "$log" 'its answers do not contradict each other: WeChat Pay is still to be asked' 'not before the answer'
run payrecon-refund
is "$code $(state_of) $(requests_of GET $REFUNDS)" '65 UNKNOWN 2' 'asked, with the same answer'
do_as $MAKER resolve "$refund" --as CLOSED --reason x
like "$log" 'the bills from 2026-06-01 to 2026-06-02 are not all reconciled: one of them may show it' 'not before the bills are there'
run payrecon-nightly
do_as $CHECKER resolve "$refund" --as SUCCESS --confirm 1
is "$code" 65 'what was proposed before the last answer'
like "$log" "refund $refund is not what was proposed about any more" 'is void'

for login in payrecon_job payrecon_finance $CHECKER payrecon_auditor payrecon_platform; do
    do_as "$login" resolve "$refund" --as CLOSED --reason x
    is "$code" 77 "$login proposes nothing"
done
while IFS='|' read -r options message; do
    read -r -a words <<<"$options"
    do_as $MAKER resolve "$refund" "${words[@]}"
    is "$code" 64 "options $options"
    like "$log" "$message" 'said why'
done <<END_OF_TABLE
--reason x|option --as is SUCCESS \\(it was paid\\) or CLOSED \\(it was not\\)
--as DROPPED --reason x|option --as is SUCCESS
--as CLOSED|one of --reason and --confirm is needed
--as CLOSED --reason x --confirm 1|one of --reason and --confirm is needed
--as CLOSED --confirm 1 --evidence x|option --evidence belongs to a proposal
END_OF_TABLE
do_as $MAKER resolve "$refund" --as CLOSED --reason ' '
is "$code" 64 'a blank reason'

do_as $BOTH resolve "$refund" --as CLOSED --reason 商户平台查无此单 --evidence KF-20260609-17
is "$code" 0 'proposed'
is "$out" "proposed to resolve refund $refund as CLOSED
$BOTH proposed: 商户平台查无此单 (KF-20260609-17)
WeChat Pay's last answer: ASKED_VANISHED, asked 2026-06-09 12:00:00
next: a checker: payrecon refund resolve $refund --merchant $MCHID --as CLOSED --confirm 2" 'with what it rests on, and what is next'
is "$(status_of contradicting proposed)" '1 1' 'status says that it waits for somebody'
do_as payrecon_auditor list --format csv
like "$out" "\"CLOSED\",\"$BOTH\"\$" 'so does the list'
do_as payrecon_auditor show "$refund"
like "$out" "proposal +2026-06-09 12:00:00 2: CLOSED by $BOTH: 商户平台查无此单 \\(KF-20260609-17\\), after ASKED_VANISHED of 2026-06-09 12:00:00; waits for a second person" 'and the story'
like "$out" "proposal +2026-06-03 12:00:00 1: SUCCESS by $MAKER: x, after ASKED_VANISHED of 2026-06-02 12:00:00; void" 'with the one that is void'

for login in payrecon_job payrecon_finance $MAKER payrecon_auditor payrecon_platform; do
    do_as "$login" resolve "$refund" --as CLOSED --confirm 2
    is "$code" 77 "$login confirms nothing"
done
do_as $BOTH resolve "$refund" --as CLOSED --confirm 2
is "$code" 65 'nobody confirms himself'
like "$log" "proposal 2 of refund $refund was made by $BOTH: another person decides" 'said so'
do_as $CHECKER resolve "$refund" --as SUCCESS --confirm 2
is "$code" 65 'as something else than was proposed'
like "$log" "proposal 2 of refund $refund is CLOSED" 'said so'
is "$(state_of) $(due)" 'UNKNOWN 0' 'nothing of this has changed it'
for login in payrecon_job payrecon_finance $MAKER $CHECKER payrecon_auditor payrecon_platform; do
    for change in "UPDATE recon.refund_request SET state = 'CLOSED'" 'INSERT INTO recon.refund_resolution SELECT mchid, refund_no, 2, maker, maker, now() FROM recon.refund_proposal' \
        'UPDATE recon.refund_proposal SET proposal_no = proposal_no' "SELECT recon.refund_move('$MCHID', '$refund', now(), 'x', 'UNKNOWN', 'CLOSED', 'x')"; do
        like "$(as "$login" "$change" 2>&1)" 'permission denied' "$login: $change"
    done
done

# ---- not paid -----------------------------------------------------------------------------------

do_as $CHECKER resolve "$refund" --as CLOSED --confirm 2
is "$code $out" "0 resolved refund $refund as CLOSED
$BOTH proposed: 商户平台查无此单 (KF-20260609-17)
WeChat Pay's last answer: ASKED_VANISHED, asked 2026-06-09 12:00:00
next: the deposit may be asked for anew: payrecon refund request" 'another person confirms it'
is "$(state_of) $(due)" 'CLOSED 2 20000' 'then the deposit is due again'
is "$(status_of unknown_fen contradicting proposed)" '0 0 0' 'and status is rid of it'
do_as $CHECKER resolve "$refund" --as CLOSED --confirm 2
is "$code" 65 'a second time'
like "$log" "refund $refund is not what was proposed about any more" 'is refused'
do_as payrecon_auditor show "$refund"
like "$out" "event +2026-06-09 12:00:00 UNKNOWN to CLOSED by $CHECKER: resolved as $BOTH proposed: 商户平台查无此单 \\(KF-20260609-17\\)" 'the story has it'
like "$out" "; confirmed 2026-06-09 12:00:00 by $CHECKER" 'and who confirmed it'
do_as payrecon_auditor acts --format csv
is "$code $(tail -n 3 <<<"$out" | cut -d , -f 4-7)" "0 \"payrecon_ops_maker\",\"QUERY\",\"$refund\",\"UNKNOWN\"
\"$BOTH\",\"PROPOSE\",\"$refund\",\"2 CLOSED
\"$CHECKER\",\"RESOLVE\",\"$refund\",\"2 CLOSED" 'the chain of acts is whole, and has both'
is "$(as payrecon_platform 'SELECT status, why IS NOT NULL FROM recon_out.deposit_refund')" 'CLOSED t' 'the platform is told'
do_as $CHECKER breaker reset --reason 已核对
run payrecon-refund
is "$code" 0 'a run has nothing more to say of it'

approve_some 1 1
run payrecon-refund
is "$code $(state_of) $(state_of 2) $(accepted) $(two_bodies)" '0 CLOSED 2 PROCESSING 1 1 20000 ' 'asked for anew it is sent, once, under another number'

# ---- it was paid after all ----------------------------------------------------------------------

later 1
run payrecon-refund
is "$(state_of 2)" SUCCESS 'the second one was paid'
run payrecon-nightly
bill_shows SUCCESS
run payrecon-nightly
is "$(sql "SELECT string_agg(code || ' ' || key, ', ' ORDER BY code) FROM recon.finding WHERE leg = 'DEPOSIT' AND state IN ('OPEN', 'REOPENED') AND code IN ('R08', 'R09')")" \
    "R08 refunds/D1, R09 $refund" 'a bill shows the first one as paid, too: paid twice, and without anybody standing for it'
is "$(queue)" TRIPPED 'the breaker trips'
is "$(sql "SELECT next_at IS NOT NULL FROM recon.refund_request WHERE refund_no = '$refund'") $(due)" "t -20000" 'it is asked for, and the deposit counts as refunded twice'

# Likewise when it is only the channel that says so, before another one was sent.
now=$REFUND_NOW
forget_refunds --no-limits
fresh_deposits
approve_some 1 1
run payrecon-refund
cp "$work/sim/journal.jsonl" "$work/journal"
forget_refunds --no-limits
follow_sim
later 9
run payrecon-refund
refund=$(number)
run payrecon-nightly
do_as $MAKER resolve "$refund" --as CLOSED --reason x
do_as $CHECKER resolve "$refund" --as CLOSED --confirm 1
do_as $CHECKER breaker reset --reason x
is "$(state_of) $(queue)" 'CLOSED 1 OPEN' 'resolved, and sent on'
remember_refunds
do_as $CHECKER query "$refund"
run payrecon-refund
is "$code $(state_of) $(queue)" '65 SUCCESS TRIPPED' 'WeChat Pay says that it was paid: it was, and the breaker trips'
is "$(due)" 0 'the deposit is refunded'

# ---- paid ---------------------------------------------------------------------------------------

now=$REFUND_NOW
vanished
later 1
do_as $MAKER query "$refund"
run payrecon-refund
do_as $MAKER resolve "$refund" --as SUCCESS --reason 商户平台显示已到账
do_as $CHECKER resolve "$refund" --as SUCCESS --confirm 1
is "$code $(state_of) $(due)" '0 SUCCESS 1 0' 'resolved as paid: refunded'
like "$out" 'next: a bill confirms it' 'and what is next'
is "$(as payrecon_platform 'SELECT status FROM recon_out.deposit_refund')" SUCCESS 'the platform is told'
as $MAKER "SELECT recon.request_deposit_refund('$MCHID', 'D1', 'x', '$now')" >"$work/out" 2>&1
like "$(cat "$work/out")" 'nothing is due: 20000 fen less 0 deducted and 20000 refunded' 'it cannot be asked for again'
remember_refunds
run payrecon-nightly
is "$(state_of) $(sql "SELECT count(*) FROM recon.finding WHERE code IN ('R02', 'R08', 'R09')")" 'CONFIRMED 0' 'a bill confirms it as any other'

# No bill shows it: the doubt is back, and not ended that way.
now=$REFUND_NOW
vanished
later 1
do_as $MAKER query "$refund"
run payrecon-refund
do_as $MAKER resolve "$refund" --as SUCCESS --reason x
do_as $CHECKER resolve "$refund" --as SUCCESS --confirm 1
do_as $CHECKER breaker reset --reason x
later 1 # to the bill of the next day
run payrecon-nightly
is "$(sql "SELECT string_agg(code || ' ' || key, ', ' ORDER BY code) FROM recon.finding WHERE state IN ('OPEN', 'REOPENED') AND code LIKE 'R%' AND code <> 'R10'") $(queue)" \
    "R02 $refund TRIPPED" 'resolved as paid, and no bill shows it: R02, the breaker trips'
later 1
run payrecon-refund
is "$code $(state_of)" '65 UNKNOWN' 'asked for: WeChat Pay still does not know of it'
do_as $MAKER resolve "$refund" --as SUCCESS --reason x
like "$log" 'the bills of 2026-06-01 and 2026-06-02 do not show it' 'that it was paid cannot be said any more'

admin "REASSIGN OWNED BY $BOTH TO CURRENT_USER; DROP OWNED BY $BOTH; DROP ROLE $BOTH"

# ---- suspended ----------------------------------------------------------------------------------

now=$REFUND_NOW
forget_refunds --no-limits
fresh_deposits
approve_some 1 2
payrecon merchant suspend --merchant "$MCHID" --reason 核对 --now "$now"
run payrecon-refund
is "$code $(states)" '75 APPROVED 2' 'suspended: what was approved is not sent'
like "$log" "$MCHID: suspended: 2 approved refunds, 40000 fen, are not sent" 'said so'
like "$out" "$MCHID +0 +0.00 +0 +0 +0 +2 +0 +the merchant is suspended" 'with a line of its own'
run payrecon-refund --follow
is "$code" 0 'who only asks does not miss them'
is "$(status_of suspended why)" 'yes suspended: 2 approved refunds of 400.00 yuan are not sent' 'status has them'
payrecon merchant resume --merchant "$MCHID" --reason 已核对 --now "$now"
run payrecon-refund
is "$code $(states) $(status_of suspended why)" '0 PROCESSING 2 no ' 'resumed: sent'

# ---- killed while it hears of it ----------------------------------------------------------------

seen=
for point in commit-before commit-after; do
    for n in 1 2 3 4 5 6 7 8; do
        forgotten
        tell "now $now"
        told=$now
        # shellcheck disable=SC2030,SC2031 # the failpoint is for this run only
        (export PAYRECON_FAILPOINT=$point:$n; "$BUILD/payrecon-refund" --config "$work/payrecon.conf" --now "$now") >/dev/null 2>&1
        died=$?
        together="$(states) $(queue)"
        seen+="$together
"
        case $together in
        'PROCESSING 1 OPEN') is "$died" 137 "$point:$n: nothing heard yet" ;;
        *) is "$together" 'UNKNOWN 1 TRIPPED' "$point:$n: in doubt, and tripped" ;;
        esac
        [ "$died" -eq 137 ] || break
    done
done
is "$(sort -u <<<"$seen" | grep .)" 'PROCESSING 1 OPEN
UNKNOWN 1 TRIPPED' 'killed before and behind the commit that matters'

done_testing
