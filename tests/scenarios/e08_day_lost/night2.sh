payrecon bill import --mchid "$MCHID" --day 2026-05-10 --kind TRADE_ALL --now "$now" "$work/TRADE_ALL"
