# shellcheck shell=bash
# Deposits that are due, people who ask for them and approve, and what the simulator knows of their refunds. Sourced after night.sh.
#
#     start_deposits 20               a merchant with so many deposits of payments of deposit and rent, due; the simulator runs
#     fresh_deposits                  a new database with them, nothing asked for; the simulator forgets
#     ask_for_all; batch_all; approve_all
#     run payrecon-refund
#     states                          "SUCCESS 19, UNKNOWN 1"

# Deposit i: payment of 200.00 deposit and 30.00 rent in one, paid on day 1 at 10:00 and i seconds; 5.00 deducted of each fourth.
write_deposits() { # how many
    local i number
    mkdir -p "$work/world"
    {
        echo "{\"merchant\":{\"mchid\":\"$MCHID\",\"name\":\"测试出行\",\"appids\":[\"wx0123456789abcdef\"],\"rate\":\"0.60%\",\"opening_balance_fen\":${opening_fen:-100000000}}}"
        for ((i = 1; i <= $1; i++)); do
            number=$(printf '%06d' "$i")
            echo "{\"payment\":{\"mchid\":\"$MCHID\",\"appid\":\"wx0123456789abcdef\",\"out_trade_no\":\"P$number\",\"transaction_id\":\"4200$number\",\"time\":\"$(date -u -d "@$((1779933600 + i))" +%FT%T)+00:00\",\"total_fen\":23000}}"
        done
    } | sed 's/+00:00/Z/' >"$work/world/world.jsonl"
    cat >"$work/world/books.sql" <<END
INSERT INTO rental.contract_meta VALUES ('$MCHID', 1, '2027-01-01 00:00+08');
INSERT INTO rental.store VALUES ('$MCHID', 'S1', '一店', NULL, '2026-01-01', NULL);
INSERT INTO rental.payment
SELECT '$MCHID', 'P' || lpad(i::text, 6, '0'), NULL, 'wx0123456789abcdef', '4200' || lpad(i::text, 6, '0'), 23000, 'PAID',
       to_timestamp(1779933600 + i), to_timestamp(1779933600 + i), to_timestamp(1779933600 + i) FROM generate_series(1, $1) AS i;
INSERT INTO rental.payment_item
SELECT '$MCHID', 'P' || lpad(i::text, 6, '0'), n, CASE n WHEN 1 THEN 'DEPOSIT' ELSE 'RENT' END, 'L' || i, 'S1', CASE n WHEN 1 THEN 20000 ELSE 3000 END
  FROM generate_series(1, $1) AS i, generate_series(1, 2) AS n;
INSERT INTO rental.deposit
SELECT '$MCHID', 'D' || i, 'P' || lpad(i::text, 6, '0'), 1, 'L' || i, 'S1', 20000, false, 'REFUND_DUE', '2026-06-01 00:00+08' FROM generate_series(1, $1) AS i;
INSERT INTO rental.deposit_deduction
SELECT '$MCHID', 'X' || i, 'D' || i, 500, 'DAMAGE', 'a', 'b', '2026-06-01 00:00+08', NULL FROM generate_series(4, $1, 4) AS i;
END
}

REFUND_NOW=2026-06-01T12:00:00+08:00

start_deposits() { # how many, more options of the simulator
    first_day=2026-05-28
    write_deposits "$1"
    now=$REFUND_NOW
    start_sim "$now" "${@:2}"
    told=$now
}

# The job logs in as itself: what it is not granted it cannot do.
fresh_deposits() {
    fresh
    sql_files sql/roles.sql
    sed -i "s/^database = .*/& user=payrecon_job/" "$work/payrecon.conf"
    now=$REFUND_NOW
}

as() { # login, SQL
    sql "SET SESSION AUTHORIZATION $1; $2"
}

# Some deposits, D$1 to D$2, through two people.
approve_some() { # first, last
    as payrecon_ops_maker "SELECT recon.request_deposit_refund('$MCHID', 'D' || i, '退还押金', '$now') FROM generate_series($1, $2) AS i" >/dev/null
    batch_all >/dev/null
    approve_all
}

ask_for_all() {
    as payrecon_ops_maker "SELECT count(recon.request_deposit_refund(mchid, deposit_id, '退还押金', '$now'))
                             FROM (SELECT mchid, deposit_id FROM rental.deposit ORDER BY deposit_id OFFSET 0) AS d"
}

batch_all() {
    as payrecon_ops_maker "SELECT recon.make_refund_batch('$MCHID', NULL, '$now'::timestamptz + interval '1 day', '$now')"
}

approve_all() {
    as payrecon_ops_checker "SELECT recon.decide_refund_batch(mchid, batch_no, true, list_hash, requests, total_fen, NULL, '$now')
                               FROM recon.refund_batch WHERE state = 'OPEN'" >/dev/null
}

approved_deposits() { # how many
    fresh_deposits
    approve_some 1 "$1"
}

states() {
    sql "SELECT string_agg(state || ' ' || n, ', ' ORDER BY state) FROM (SELECT state, count(*) AS n FROM recon.refund_request GROUP BY state) AS s"
}

# Numbers that were sent with more than one body: none, ever.
two_bodies() {
    grep '"method":"POST"' "$work/requests" | sed -E 's/.*"out_refund_no":"([^"]*)".*"body":(".*")}$/\1 \2/' | sort -u | cut -d ' ' -f 1 | uniq -d
}

# What the simulator has accepted: requests, different numbers, fen.
accepted() {
    grep -h '^{"refund"' "$work/sim/journal.jsonl" 2>/dev/null |
        sed -E 's/.*"out_refund_no":"([^"]*)","refund_id".*"refund_fen":([0-9]+).*/\1 \2/' |
        awk '{ refunds++; numbers[$1] = 1; fen += $2 } END { print refunds + 0, length(numbers), fen + 0 }'
}

# The same from the database: what is PROCESSING or better.
proved() {
    sql "SELECT count(*), count(DISTINCT refund_no), coalesce(sum(amount_fen), 0) FROM recon.refund_request
          WHERE state IN ('PROCESSING', 'SUCCESS', 'CONFIRMED')"
}

# Money of these deposits as their books have it: what is to be given back once, whatever happens.
due_of() { # first, last
    sql "SELECT count(*), count(*), sum(20000 - CASE WHEN i % 4 = 0 THEN 500 ELSE 0 END) FROM generate_series($1, $2) AS i"
}

# A new simulator that knows of no refund.
forget_refunds() {
    tell quit
    wait "${pids[-1]}"
    unset 'pids[-1]'
    rm -f "$work/sim/journal.jsonl" "$work/ready"
    start_sim "$now" "$@"
    told=$now
}

requests_of() { # method, path, as patterns
    grep "\"method\":\"$1\"" "$work/requests" | grep -c "\"path\":\"$2"
}

REFUNDS=/v3/refund/domestic/refunds
