# A doctored bill in evidence: one row more, and totals to fit.
run payrecon-fetch
payrecon bill export --mchid "$MCHID" --day 2026-05-11 --kind TRADE_ALL "$work/before.gz"
payrecon bill export --mchid "$MCHID" --day 2026-05-12 --kind TRADE_ALL "$work/bill.gz"
row=$(gunzip <"$work/before.gz" | grep PR051101)
gunzip <"$work/bill.gz" | awk -v row="$row" 'NR == 2 { print row } { print }' |
    sed '$s/^`8,`621.00,`204.00,`0.00,`2.50000,`621.00,`204.00/`9,`621.00,`209.00,`0.00,`2.47000,`621.00,`209.00/' >"$work/bill.csv"
payrecon bill import --mchid "$MCHID" --day 2026-05-12 --kind TRADE_ALL --now "$now" "$work/bill.csv"
