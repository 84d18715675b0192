#!/usr/bin/env bash
# payrecon-settle: what it prints, what it writes, and what is left of it when it dies.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "$0")/night.sh"

DAY=2026-05-30
now=2026-05-31T10:30:00+08:00
start_world "$DAY" 1 40 --clean
start_sim "$now"

# A day that is reconciled and not settled, in a template of its own: every test begins there.
fresh
run payrecon-fetch
is "$code" 0 "fetched"
run payrecon-settle --day "$DAY"
is "$code $(printf '%s\n' "$out" | tail -n 1 | grep -o 'not reconciled yet')" "75 not reconciled yet" "a day that is not reconciled is not settled"
run payrecon-reconcile
is "$code" 0 "reconciled"
reconciled=${databases[-1]}

anew() {
    local name=settle_$$_${#databases[@]}
    databases+=("$name")
    admin "CREATE DATABASE $name TEMPLATE $reconciled" || bail "no database"
    use_database "$name"
    rm -rf "$work/statements"
    mkdir "$work/statements"
}

files() {
    (cd "$work/statements" && find . -type f ! -name '*.tmp.*' | LC_ALL=C sort)
}

bytes() {
    (cd "$work/statements" && files | xargs -r -d '\n' sha256sum | sha256sum)
}

stored() {
    local table query=
    for table in statement statement_line statement_item settle_part identity finding; do
        query+=${query:+ UNION ALL }"SELECT '$table ' || to_jsonb(t)::text FROM recon.$table t"
    done
    sql "$query UNION ALL SELECT concat_ws(' ', 'day', bill_day, stage, verdict) FROM recon.day" | LC_ALL=C sort
}

# ---- dry run ------------------------------------------------------------------------------------

anew
run payrecon-settle --dry-run
is "$code $(sql 'SELECT stage FROM recon.day') $(files | wc -l)" "0 RECONCILED 0" "a dry run does nothing"
like "$out" "would be done: RECONCILED" "and says what it would do"

# ---- a day --------------------------------------------------------------------------------------

run payrecon-settle
is "$code $(sql 'SELECT stage FROM recon.day')" "0 SETTLED" "settled"
like "$out" "statements: 6 new, 0 unchanged, 0 withheld" "six statements"
like "$out" "operator +[0-9.]+ +[0-9.]+ +-?[0-9.]+" "the operator's part is printed"
sum=$(printf '%s\n' "$out" | sed -n 's/.*= sum *//p')
bill=$(printf '%s\n' "$out" | sed -n 's/.*= trade bill *\(.*[0-9]\) *holds$/\1/p')
squeeze() { # text
    printf '%s' "$1" | tr -s ' '
}
is "$sum" "$bill" "the parts are the trade bill, and both are printed"
is "$(squeeze "$bill")" "$(sql "SELECT concat_ws(' ', (sum(order_fen) FILTER (WHERE kind = 'PAYMENT') / 100.0)::numeric(20,2),
    (sum(order_fen) FILTER (WHERE kind = 'REFUND') / 100.0)::numeric(20,2), round(sum(fee_millifen) / 100000.0, 2)) FROM recon.entry")" "which are the sums of the bill's rows"
like "$out" "statements are in .*/statements" "and where the statements are"
is "$(files | wc -l)" 18 "three files a store"
whole=$(stored)
whole_bytes=$(bytes)

run payrecon-settle
is "$code $out" "0 nothing is due" "again: nothing is due"
run payrecon-settle --day "$DAY"
like "$out" "statements: 0 new, 6 unchanged, 0 withheld" "asked for by name: nothing new"
is "$(stored)" "$whole" "and nothing changed"
is "$(bytes)" "$whole_bytes" "nor any file"
run payrecon-settle --day "$DAY" --format json
is "$(printf '%s' "$out" | head -c 1)$(printf '%s' "$out" | tail -c 1)" "[]" "json is one array and nothing else"

# ---- dying everywhere ---------------------------------------------------------------------------

for point in commit-before commit-after rename-before rename-after; do
    for n in 1 2 9 40; do
        anew
        PAYRECON_FAILPOINT=$point:$n run payrecon-settle
        died=$code
        run payrecon-settle
        is "$(stored)" "$whole" "$point:$n (exit $died), then again: the same is stored"
        is "$(bytes)" "$whole_bytes" "$point:$n, then again: the same files"
        [ "$died" = 137 ] || break
    done
    is "$n" "$(case $point in commit-*) echo 9 ;; *) echo 40 ;; esac)" "$point was passed fewer than $n times"
done

# ---- a disk that does not take it ---------------------------------------------------------------

anew
rmdir "$work/statements"
: >"$work/statements"
run payrecon-settle
is "$code $(sql 'SELECT stage FROM recon.day')" "74 SETTLED" "statements_dir is a file: I/O error, the day is settled"
rm "$work/statements"
mkdir "$work/statements"
run payrecon-settle
is "$code $(bytes)" "0 $whole_bytes" "mended: the files are written although nothing is due"

# ---- stores -------------------------------------------------------------------------------------

anew
sql "UPDATE rental.store SET closed_on = '$DAY'::date - 1 WHERE store_id = 'S001'; UPDATE rental.store SET name = '=HYPERLINK(\"http://x\")' WHERE store_id = 'S002'"
run payrecon-settle
is "$code $(sql 'SELECT verdict FROM recon.day') $(sql "SELECT key || code || state FROM recon.finding WHERE leg = 'SETTLE'")" "1 BROKEN S001S01OPEN" "a closed store: its money is nobody's"
is "$(files | wc -l) $(files | grep -c S001)" "15 0" "it has no statement"
like "$out" "unattributed +[1-9]" "its money is printed"
is "$(head -n 1 "$work/statements/$MCHID/settle_${MCHID}_S002_${DAY}_v1.csv" | tr -d '\r' | cut -d, -f2)" "\"'=HYPERLINK(\"\"http://x\"\")\"" "a store's name that is a formula is text"
sql "UPDATE rental.store SET closed_on = NULL WHERE store_id = 'S001'"
run payrecon-settle --day "$DAY"
is "$code $(sql 'SELECT verdict FROM recon.day') $(sql 'SELECT count(*) FROM recon.statement')" "0 BALANCED 6" "mended in the books, settled again: all is well"

# ---- a doctored database ------------------------------------------------------------------------

anew
sql_files tests/support/edit_entries.sql
sql "SELECT public.edit_entries('DELETE FROM entry WHERE line_no = (SELECT min(line_no) FROM entry WHERE kind = ''PAYMENT'')')"
run payrecon-settle
is "$code $(sql 'SELECT verdict FROM recon.day') $(sql 'SELECT count(*) FROM recon.statement') $(files | wc -l)" "1 BROKEN 0 0" "an entry is gone: no statement at all"
like "$out" "= trade bill .* FAILS" "and the difference is printed"

done_testing
