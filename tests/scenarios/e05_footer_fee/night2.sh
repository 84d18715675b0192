# A doctored bill in evidence: the sum of fees is 0.00001 more.
run payrecon-fetch
payrecon bill export --mchid "$MCHID" --day 2026-05-11 --kind TRADE_ALL "$work/bill.gz"
gunzip <"$work/bill.gz" | sed -E '$s/(`[0-9]+\.[0-9]{4})0,/\11,/' >"$work/bill.csv"
payrecon bill import --mchid "$MCHID" --day 2026-05-11 --kind TRADE_ALL --now "$now" "$work/bill.csv"
