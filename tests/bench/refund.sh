# shellcheck shell=bash
# Sending deposit refunds through a simulator that holds every reply back for LATENCY_MS: REFUNDS of one merchant, against the time that the
# channel's 150 a second allow, and REFUNDS_EACH of each of ten merchants at once, against those of one alone. Each refund is an order query
# and a request. Sourced by bench.sh after fetch.sh, whose helpers it uses.
REFUNDS=${REFUNDS:-5000}
REFUNDS_EACH=${REFUNDS_EACH:-300}
# Far away, replies take FAR_MS, and a few refunds keep no processor busy: what is left of ten against one is whether they wait for each other.
FAR_EACH=20
FAR_MS=3000
REFUND_MERCHANTS=10
refund_mchid=1920000000

# A payment of 200.00 of the day for each deposit: of the first merchant REFUNDS, of ten others REFUNDS_EACH, of ten more FAR_EACH.
refund_counts() {
    local n
    printf '%s %s\n' "$refund_mchid" "$REFUNDS"
    for ((n = 1; n <= REFUND_MERCHANTS; n++)); do
        printf '%s %s\n' "$((refund_mchid + n))" "$REFUNDS_EACH"
        printf '%s %s\n' "$((refund_mchid + REFUND_MERCHANTS + n))" "$FAR_EACH"
    done
}

refund_world() {
    refund_counts | awk -v day="$day" '{
        printf "{\"merchant\":{\"mchid\":\"%s\",\"name\":\"x\",\"appids\":[\"wx8d1f2a90c4e7b653\"],\"rate\":\"0.60%%\",\"mode\":\"public_key\",\"opening_balance_fen\":1000000000}}\n", $1
        for (i = 1; i <= $2; i++)
            printf "{\"payment\":{\"mchid\":\"%s\",\"appid\":\"wx8d1f2a90c4e7b653\",\"out_trade_no\":\"P%s%06d\",\"transaction_id\":\"4%s%06d\",\"time\":\"%sT08:12:30+08:00\",\"total_fen\":20000}}\n", $1, $1, i, $1, i, day
    }' >"$work/fetch.jsonl"
}

refund_books() { # mchid, deposits
    run_sql refunds -c "
        INSERT INTO recon.merchant (mchid, name, mode, rate_ppm, first_day, created_at) VALUES ('$1', 'x', 'DIRECT', 6000, '$day', '$now');
        INSERT INTO rental.payment SELECT '$1', 'P$1' || lpad(i::text, 6, '0'), NULL, 'wx8d1f2a90c4e7b653', '4$1' || lpad(i::text, 6, '0'), 20000, 'PAID',
               '$day 08:12:30+08', '$day 08:12:30+08', '$day 08:12:30+08' FROM generate_series(1, $2) AS i;
        INSERT INTO rental.payment_item SELECT '$1', 'P$1' || lpad(i::text, 6, '0'), 1, 'DEPOSIT', 'L' || i, NULL, 20000 FROM generate_series(1, $2) AS i;
        INSERT INTO rental.deposit SELECT '$1', 'D' || i, 'P$1' || lpad(i::text, 6, '0'), 1, 'L' || i, NULL, 20000, false, 'REFUND_DUE', '$now'
          FROM generate_series(1, $2) AS i;
        SET SESSION AUTHORIZATION payrecon_ops_maker;
        SELECT count(recon.request_deposit_refund('$1', 'D' || i, '退还押金', '$now')) FROM generate_series(1, $2) AS i;
        SELECT recon.make_refund_batch('$1', NULL, '$now'::timestamptz + interval '1 day', '$now');
        SET SESSION AUTHORIZATION payrecon_ops_checker;
        SELECT recon.decide_refund_batch(mchid, batch_no, true, list_hash, requests, total_fen, NULL, '$now') FROM recon.refund_batch WHERE mchid = '$1'" >"$work/output"
}

prepare_refunds() {
    local n mchid count
    say "$REFUNDS refunds of a merchant and $REFUNDS_EACH of each of $REFUND_MERCHANTS, $LATENCY_MS ms of latency"
    refund_world
    for ((n = 0; n <= 2 * REFUND_MERCHANTS; n++)); do
        cp -R "$work/sim/merchants/$first_mchid" "$work/sim/merchants/$((refund_mchid + n))"
    done
    run_sql postgres -c 'CREATE DATABASE refunds'
    for file in sql/rental/*.sql; do
        run_sql refunds --single-transaction -f "$file"
    done
    printf 'database = %s\nkeys_dir = %s\nstatements_dir = %s\nrefund_run_most = 100000000\nrefund_hour_most = 100000000\nrefund_day_most = 100000000\n' \
        "$admin dbname=refunds" "$work/sim/merchants" "$work/statements" >"$work/fetch.conf"
    "$BUILD/payrecon" migrate --config "$work/fetch.conf" >"$work/output" 2>&1 ||
        { cat "$work/output" >&2; die "payrecon migrate failed"; }
    run_sql refunds -f sql/roles.sql
    while read -r mchid count; do
        refund_books "$mchid" "$count"
    done <<<"$(refund_counts)"
    run_sql postgres -c 'CREATE DATABASE refunds_ready TEMPLATE refunds'
    start_fetch_sim --latency "$LATENCY_MS"
    printf 'wxpay_url = %s\nwxpay_ca_file = %s\n' "$(cat "$work/ready")" "$work/sim/ca.pem" >>"$work/fetch.conf"
}

# The same deposits again: the database as it was, and a simulator that knows of no refund.
refund_case() { # case, latency, round, refunds expected, options
    local case=$1 latency=$2
    shift 2
    run_sql postgres -c 'DROP DATABASE refunds' -c 'CREATE DATABASE refunds TEMPLATE refunds_ready' -c CHECKPOINT
    stop_fetch_sim
    rm -f "$work/sim/journal.jsonl"
    start_fetch_sim --latency "$latency"
    sed -i "s|^wxpay_url = .*|wxpay_url = $(cat "$work/ready")|" "$work/fetch.conf"
    measure "$case" "$1" "$BUILD/payrecon-refund" --quiet --config "$work/fetch.conf" --now "$now" "${@:3}"
    [ "$(run_sql refunds -At -c "SELECT count(*) FROM recon.refund_request WHERE state = 'PROCESSING' OR state = 'SUCCESS'")" = "$2" ] ||
        die "$case: not all refunds were accepted"
    [ "$(wc -l <"$work/sim/journal.jsonl")" = "$2" ] || die "$case: the simulator has not accepted each once"
}

refund_rounds() {
    local round n ten=() far=()
    prepare_refunds
    for ((n = 1; n <= REFUND_MERCHANTS; n++)); do
        ten+=(--merchant $((refund_mchid + n)))
        far+=(--merchant $((refund_mchid + REFUND_MERCHANTS + n)))
    done
    for ((round = 1; round <= ROUNDS; round++)); do
        refund_case "refund $REFUNDS" "$LATENCY_MS" "$round" "$REFUNDS" --merchant "$refund_mchid"
        refund_case 'refund 1 merchant' "$LATENCY_MS" "$round" "$REFUNDS_EACH" --merchant "$((refund_mchid + 1))"
        refund_case 'refund 10 merchants' "$LATENCY_MS" "$round" $((REFUND_MERCHANTS * REFUNDS_EACH)) "${ten[@]}"
        refund_case 'refund 1 far' "$FAR_MS" "$round" "$FAR_EACH" "${far[@]:0:2}"
        refund_case 'refund 10 far' "$FAR_MS" "$round" $((REFUND_MERCHANTS * FAR_EACH)) "${far[@]}"
    done
    stop_fetch_sim
}
