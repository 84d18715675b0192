# A bill in evidence whose refund row bears the time of success.
# It stays in evidence: nobody asks WeChat Pay again.
echo "recheck_days = 0" >>"$work/payrecon.conf"
run payrecon-fetch
payrecon bill export --mchid "$MCHID" --day 2026-05-11 --kind TRADE_ALL "$work/bill.gz"
gunzip <"$work/bill.gz" | sed 's/^`2026-05-11 21:30:17/`2026-05-12 00:01:17/' >"$work/bill.csv"
payrecon bill import --mchid "$MCHID" --day 2026-05-11 --kind TRADE_ALL --now "$now" "$work/bill.csv"
