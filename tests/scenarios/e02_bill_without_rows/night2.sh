# A doctored bill in evidence: header, no rows, all totals zero.
run payrecon-fetch
payrecon bill export --mchid "$MCHID" --day 2026-05-11 --kind TRADE_ALL "$work/bill.gz"
gunzip <"$work/bill.gz" | sed '/^`2026/d; $s/.*/`0,`0.00,`0.00,`0.00,`0.00000,`0.00,`0.00\r/' >"$work/bill.csv"
payrecon bill import --mchid "$MCHID" --day 2026-05-11 --kind TRADE_ALL --now "$now" "$work/bill.csv"
