# A doctored bill in evidence: the count in the last line is one more.
run payrecon-fetch
payrecon bill export --mchid "$MCHID" --day 2026-05-11 --kind TRADE_ALL "$work/bill.gz"
gunzip <"$work/bill.gz" | sed '$s/^`8,/`9,/' >"$work/bill.csv"
payrecon bill import --mchid "$MCHID" --day 2026-05-11 --kind TRADE_ALL --now "$now" "$work/bill.csv"
