# A doctored bill in evidence: one payment stands under the day before.
# It stays in evidence: nobody asks WeChat Pay again.
echo "recheck_days = 0" >>"$work/payrecon.conf"
run payrecon-fetch
payrecon bill export --mchid "$MCHID" --day 2026-05-11 --kind TRADE_ALL "$work/bill.gz"
gunzip <"$work/bill.gz" | sed 's/^`2026-05-11 17:45:12/`2026-05-10 17:45:12/' >"$work/bill.csv"
payrecon bill import --mchid "$MCHID" --day 2026-05-11 --kind TRADE_ALL --now "$now" "$work/bill.csv"
