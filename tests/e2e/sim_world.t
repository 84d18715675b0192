#!/usr/bin/env bash
# wxpay-world: the same seed gives the same bytes, the books load into the reference platform, and channel and books differ in exactly
# what README.txt says. PostgreSQL reads both sides, so that nothing of the generator judges itself.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 69
BUILD=${BUILD:-build}
work=$(mktemp -d)
database=sim_world_$$
tests=0

clean_up() {
    psql -q -d "$PAYRECON_TEST_PG" -c "DROP DATABASE IF EXISTS $database" >/dev/null 2>&1
    rm -rf "$work"
}
trap clean_up EXIT

is() { # got, expected, name
    tests=$((tests + 1))
    if [ "$1" = "$2" ]; then
        echo "ok $tests - $3"
        return
    fi
    echo "not ok $tests - $3"
    printf 'got:\n%s\nexpected:\n%s\n' "$1" "$2" | sed 's/^/# /'
}

world() {
    "$BUILD/wxpay-world" "$@" 2>&1
    echo "exit $?"
}

digest() {
    (cd "$1" && sha256sum world.jsonl books.sql README.txt)
}

ask() { # query → rows, columns separated by a blank
    PGOPTIONS='-c timezone=Asia/Shanghai' psql -X -q -A -t -F ' ' -d "$PAYRECON_TEST_PG dbname=$database" -c "$1" 2>&1
}

# ---- files --------------------------------------------------------------------------------------

is "$(world --out "$work/one" --seed 7 --payments 400)" 'exit 0' 'a world is made'
is "$(world --out "$work/two" --seed 7 --payments 400)" 'exit 0' 'and another time'
is "$(digest "$work/one")" "$(digest "$work/two")" 'the same seed, the same bytes'
is "$(world --out "$work/two" --seed 8 --payments 400)" 'exit 0' 'another seed'
is "$(digest "$work/one" | sort - <(digest "$work/two") | uniq -d)" '' 'other bytes'
is "$(world --out "$work/clean" --clean --days 1 --from 2026-01-01 --payments 32 && tail -n 1 "$work/clean/README.txt")" \
    'exit 0
Both sides agree in everything.' 'a small one without faults'
is "$(world)" 'wxpay-world: --out is required
exit 64' 'no options'
is "$(world --out "$work/x" --days 6)" 'wxpay-world: faults need --days 7 or more, else say --clean
exit 64' 'too few days'
is "$(world --out "$work/x" --from 2026-02-30)" 'wxpay-world: --from: expected a day like 2026-05-25
exit 64' 'a day that does not exist'
is "$(world --out "$work/x" --payments 5)" 'wxpay-world: --payments: expected a whole number from 32 to 2000000
exit 64' 'too few payments'
is "$(world --out /dev/null/x)" 'wxpay-world: could not make folder "/dev/null/x": Not a directory
exit 74' 'a folder that cannot be'

# ---- both sides in one database -----------------------------------------------------------------

psql -X -q -d "$PAYRECON_TEST_PG" -c "CREATE DATABASE $database" || exit 69
for file in sql/rental/*.sql "$work/one/books.sql"; do
    is "$(PGOPTIONS='-c timezone=America/New_York -c client_min_messages=warning' \
        psql -X -q -v ON_ERROR_STOP=1 -d "$PAYRECON_TEST_PG dbname=$database" -f "$file" 2>&1)" '' "${file##*/} loads"
done
ask 'CREATE TABLE line (j jsonb)'
# Each line as one field: neither quote nor delimiter occurs in it.
grep -v '^#' "$work/one/world.jsonl" | sed 's/\\/\\\\/g' | ask "COPY line FROM stdin"
ask "CREATE VIEW channel_payment AS SELECT j->'payment'->>'out_trade_no' AS out_trade_no, j->'payment'->>'transaction_id' AS transaction_id,
         j->'payment'->>'appid' AS appid, (j->'payment'->>'time')::timestamptz AS paid_at, (j->'payment'->>'total_fen')::bigint AS total_fen
         FROM line WHERE j ? 'payment';
     CREATE VIEW channel_refund AS SELECT j->'refund'->>'out_refund_no' AS out_refund_no, j->'refund'->>'refund_id' AS refund_id,
         j->'refund'->>'transaction_id' AS transaction_id, (j->'refund'->>'time')::timestamptz AS made_at,
         (j->'refund'->>'refund_fen')::bigint AS refund_fen
         FROM line WHERE j ? 'refund'"

planted() { # class → number
    awk -v class="$1" '$2 == class { print $3 }' "$work/one/README.txt"
}

is "$(ask "SELECT c.out_trade_no, coalesce(b.status, 'none'), b.paid_at IS NULL, b.transaction_id IS NULL
    FROM channel_payment c LEFT JOIN rental.payment b USING (out_trade_no) WHERE b.status IS DISTINCT FROM 'PAID' ORDER BY 1")" \
    "$(planted T02) CREATED t t
$(planted T06) CREATED t t" 'paid, but not so in the books: the dropped order and the first of the duplicate'
is "$(ask "SELECT count(*) > 0, count(*) = count(b.out_trade_no), count(*) FILTER (WHERE j->'order'->>'state' <> CASE b.status WHEN 'CREATED' THEN 'NOTPAY' ELSE b.status END)
    FROM line LEFT JOIN rental.payment b ON b.out_trade_no = j->'order'->>'out_trade_no' AND b.amount_fen = (j->'order'->>'total_fen')::bigint
    WHERE j ? 'order'")" 't t 0' 'orders left unpaid are known to both sides'
is "$(ask "SELECT out_trade_no, c.total_fen - b.amount_fen FROM channel_payment c JOIN rental.payment b USING (out_trade_no)
    WHERE c.total_fen <> b.amount_fen")" "$(planted T04) 500" 'one amount differs'
is "$(ask "SELECT out_trade_no, c.paid_at::time, b.paid_at::time, b.paid_at::date - c.paid_at::date
    FROM channel_payment c JOIN rental.payment b USING (out_trade_no) WHERE c.paid_at <> b.paid_at")" \
    "$(planted T09) 23:59:59 00:00:02 1" 'one time differs'
is "$(ask "SELECT count(*) FROM channel_payment c JOIN rental.payment b USING (out_trade_no)
    WHERE c.appid <> b.appid OR c.transaction_id <> b.transaction_id")" 0 'nothing else does'
is "$(ask "SELECT count(*) FROM rental.payment b LEFT JOIN channel_payment c USING (out_trade_no)
    WHERE c.out_trade_no IS NULL AND b.status <> 'CLOSED'")" 0 'what the channel does not know was left unpaid'
is "$(ask "SELECT c.out_refund_no FROM channel_refund c LEFT JOIN rental.refund b USING (out_refund_no) WHERE b.out_refund_no IS NULL")" \
    "$(planted R01)" 'one refund is not in the books'
is "$(ask "SELECT count(*) FROM rental.refund b LEFT JOIN channel_refund c USING (out_refund_no)
    LEFT JOIN channel_payment p USING (transaction_id)
    WHERE c.refund_fen IS DISTINCT FROM b.amount_fen OR p.out_trade_no IS DISTINCT FROM b.out_trade_no
    OR c.made_at::date <> b.created_at::date OR b.status <> 'SUCCESS'")" 0 'all others agree'
is "$(ask "SELECT s.store_id, t.valid_to FROM rental.store s JOIN rental.store_terms t USING (mchid, store_id)
    WHERE valid_to IS NOT NULL AND kind = 'RENT'")" "$(planted S02) 2026-05-29" 'the terms of one store end'
is "$(awk 'NR > 1 && $2 ~ /^[A-Z][0-9][0-9]$/ { print $2 ":" $1 }' "$work/one/README.txt" | xargs)" \
    'T02:2026-05-26 T04:2026-05-27 T09:2026-05-28 R01:2026-05-29 T06:2026-05-30 S02:2026-05-30' 'a day each'

is "$(ask "SELECT count(*) FROM rental.payment p WHERE amount_fen <>
    (SELECT sum(amount_fen) FROM rental.payment_item i WHERE i.mchid = p.mchid AND i.out_trade_no = p.out_trade_no)")" 0 \
    'the items of each payment add up to it'
is "$(ask "SELECT count(*) FROM rental.refund r JOIN rental.payment_item i USING (mchid, out_trade_no, item_no)
    GROUP BY mchid, out_trade_no, item_no, i.amount_fen, i.kind, r.kind
    HAVING sum(r.amount_fen) > i.amount_fen OR i.kind <> r.kind")" '' 'no item gives back more than was paid'
is "$(ask "SELECT count(*) FROM rental.payment_item i LEFT JOIN rental.deposit d USING (mchid, out_trade_no, item_no)
    WHERE (i.kind = 'DEPOSIT') <> (d.deposit_id IS NOT NULL) OR d.amount_fen <> i.amount_fen")" 0 'each deposit paid has its row'
is "$(ask "SELECT count(*) FROM rental.deposit d LEFT JOIN rental.refund r USING (mchid, out_trade_no, item_no)
    LEFT JOIN rental.deposit_deduction k USING (mchid, deposit_id)
    WHERE NOT waived AND ((d.status = 'REFUNDED') <> (r.out_refund_no IS NOT NULL)
    OR r.amount_fen + coalesce(k.amount_fen, 0) <> d.amount_fen)")" 0 'given back in full, less what was deducted'
is "$(ask "SELECT min(length(out_trade_no)) > 5 AND max(length(out_trade_no)) <= 32 AND bool_and(transaction_id ~ '^42000[0-9]{23}$')
    AND count(*) = count(DISTINCT transaction_id) FROM channel_payment")" t 'numbers of payments look real'
is "$(ask "SELECT bool_and(refund_id ~ '^5030[0-9]{25}$') AND count(*) = count(DISTINCT refund_id) FROM channel_refund")" t 'and those of refunds'
is "$(ask "SELECT count(*) FROM (SELECT paid_at AS t FROM channel_payment UNION ALL SELECT made_at FROM channel_refund) a
    WHERE t::time < '00:00:30' OR t::time >= '23:59:30'")" 1 'only the fault is near midnight'
is "$(ask "SELECT count(*) FROM channel_refund r JOIN channel_payment p USING (transaction_id) WHERE r.made_at < p.paid_at + interval '10 minutes'")" 0 \
    'refunds come after their payments'
is "$(ask "SELECT count(*) BETWEEN 375 AND 425 FROM channel_payment WHERE paid_at >= '2026-05-25' GROUP BY paid_at::date" | sort | uniq -c | xargs)" \
    '7 t' 'about as many payments a day as asked for'
is "$(ask "SELECT count(*) BETWEEN 30 AND 51 FROM channel_refund GROUP BY made_at::date" | sort | uniq -c | xargs)" \
    '7 t' 'and a tenth of refunds'
is "$(ask "SELECT string_agg(DISTINCT kind, ' ' ORDER BY kind) FROM rental.payment_item")" 'DEPOSIT INSURANCE OTHER RENT SWAP' 'all kinds of items'
is "$(ask "SELECT contract_version, watermark_at FROM rental.contract_meta")" '1 2026-06-01 06:00:00+08' 'the watermark'

echo "1..$tests"
