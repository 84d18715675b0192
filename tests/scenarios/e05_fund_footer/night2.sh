# A doctored bill in evidence: the total of income is one fen more.
run payrecon-fetch
payrecon bill export --mchid "$MCHID" --day 2026-05-11 --kind FUND_BASIC "$work/bill.gz"
gunzip <"$work/bill.gz" | sed -E '$s/^(`[0-9]+,`[0-9]+,`[0-9]+\.[0-9])[0-9]/\19/' >"$work/bill.csv"
payrecon bill import --mchid "$MCHID" --day 2026-05-11 --kind FUND_BASIC --now "$now" "$work/bill.csv"
