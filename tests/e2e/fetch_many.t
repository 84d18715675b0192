#!/usr/bin/env bash
# payrecon-fetch for many merchants at once: that it is, and within which limits. The simulator holds every reply back, so what its
# request log shows in less than that time was under way together; nothing here depends on how fast the machine is.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "$0")/night.sh"

MERCHANTS=80
HELD_MS=300
FIRST=1910000000
first_day=2026-05-30
SIM_LIMITS=yes

# One key for all: making so many takes longer than everything else.
make_world() { # merchants
    local n mchid
    mkdir -p "$work/world"
    for ((n = 0; n < $1; n++)); do
        mchid=$((FIRST + n))
        printf '{"merchant":{"mchid":"%s","name":"%s","appids":["wx8d1f2a90c4e7b653"],"rate":"0.60%%","mode":"public_key"}}\n' $mchid $n
        printf '{"payment":{"mchid":"%s","appid":"wx8d1f2a90c4e7b653","out_trade_no":"P%s","transaction_id":"42000020260530%014d","openid":"o%s","time":"2026-05-30T08:12:30+08:00","total_fen":2000,"body":"x"}}\n' \
            $mchid $mchid $n $mchid
    done >"$work/world/world.jsonl"
    : >"$work/world/books.sql"
}

now=2026-06-01T10:30:00+08:00
make_world 1
start_sim "$now"
tell quit
wait "${pids[-1]}"
unset 'pids[-1]'
for ((n = 1; n < MERCHANTS; n++)); do
    cp -R "$work/sim/merchants/$FIRST" "$work/sim/merchants/$((FIRST + n))"
done
make_world $MERCHANTS
start_sim "$now" --latency $HELD_MS
MCHID=$FIRST
fresh
sql "INSERT INTO recon.merchant (mchid, name, mode, rate_ppm, fund_account, first_day, created_at)
     SELECT ($FIRST + n)::text, 'x', 'DIRECT', 6000, 'BASIC', '$first_day', '$now' FROM generate_series(1, $((MERCHANTS - 1))) AS n"

# Arrival time, merchant and path of the bill requests since line N.
arrivals() { # line
    tail -n +"$1" "$work/requests" | grep '"path":"/v3/bill' |
        sed -E 's/.*"at_ms":([0-9]+).*"path":"([^"]*)".*"mchid":"([^"]*)".*/\1 \3 \2/' | sort -s -n -k 1,1
}

# The most requests that were under way together: each from its arrival for as long as its reply is held.
most_at_once() {
    awk -v held=$HELD_MS '{ at[NR] = $1 } END { for (i = 1; i <= NR; i++) { n = 0; for (j = i; j <= NR && at[j] < at[i] + held; j++) n++; if (n > most) most = n } print most + 0 }'
}

# ---- all of them --------------------------------------------------------------------------------

line=$(($(wc -l <"$work/requests") + 1))
run payrecon-fetch -q
is "$code" 0 "bills of $MERCHANTS merchants"
is "$(sql "SELECT count(*) FROM recon.day WHERE stage = 'FETCHED'")" $((2 * MERCHANTS)) "all their days are fetched"
is "$(sql "SELECT count(DISTINCT mchid), count(*) FROM recon.bill_file")" "$MERCHANTS $((4 * MERCHANTS))" "and all bills are kept"
is "$(sql "SELECT count(*) FROM recon.bill_file f WHERE f.state = 'VALID' AND f.plain_sha1 <> f.announced_sha1")" 0 "none under another's name"
arrivals "$line" >"$work/arrivals"
is "$(wc -l <"$work/arrivals")" "$(sql "SELECT count(*) + count(*) FILTER (WHERE state = 'VALID') FROM recon.bill_file")" "nothing was asked for twice"
most=$(most_at_once <"$work/arrivals")
is "$((most <= 32))" 1 "at most 32 requests were under way together: $most"
is "$(head -n 2 "$work/arrivals" | cut -d' ' -f2 | sort -u | wc -l)" 2 "the second request is another merchant's: nobody waits for the first"
is "$(awk '{ if ($1 < last[$2] + '$HELD_MS') early++; last[$2] = $1 } END { print early + 0 }' "$work/arrivals")" 0 "one merchant's requests come one after the other"

# ---- the rate -----------------------------------------------------------------------------------

sql "DELETE FROM recon.bill_chunk; DELETE FROM recon.bill_file; DELETE FROM recon.day"
line=$(($(wc -l <"$work/requests") + 1))
sql "UPDATE recon.merchant SET first_day = '2026-05-21' WHERE mchid = '$FIRST'"
now=2026-06-12T10:30:00+08:00
run payrecon-fetch -q -m $FIRST --from 2026-05-21 --to 2026-06-11
is "$code" 0 "three weeks of one merchant"
arrivals "$line" | grep fundflowbill >"$work/funds"
is "$(awk '{ at[NR] = $1 } END { for (i = 4; i <= NR; i++) if (at[i] - at[i - 3] < 1000) n++; print NR, n + 0 }' "$work/funds")" "22 0" \
    "never more than three fund-flow bills a second"
is "$(grep -c FREQUENCY_LIMITED "$work/requests")" 0 "and WeChat Pay never had to say so"

# ---- one of them --------------------------------------------------------------------------------

now=2026-06-01T10:30:00+08:00
fresh
sql "INSERT INTO recon.merchant (mchid, name, mode, rate_ppm, fund_account, first_day, created_at)
     SELECT ($FIRST + n)::text, 'x', 'DIRECT', 6000, 'BASIC', '$first_day', '$now' FROM generate_series(1, 9) AS n"
mv "$work/sim/merchants/$((FIRST + 3))/apiclient_key.pem" "$work/key"
set_faults "tradebill mchid=$((FIRST + 5)) status=403" "download mchid=$((FIRST + 7)) nth=1 truncate=100"
run payrecon-fetch --format csv
is "$code" 77 "a key that is gone and a merchant without rights decide the exit code"
is "$(sql "SELECT string_agg(DISTINCT mchid, ' ' ORDER BY mchid) FROM recon.day WHERE stage <> 'FETCHED'")" "$((FIRST + 3)) $((FIRST + 5))" \
    "the others are served"
is "$(grep -c '^"191000' "$work/out")" 20 "a line for each day"

done_testing
