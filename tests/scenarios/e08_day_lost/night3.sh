payrecon bill import --mchid "$MCHID" --day 2026-05-10 --kind FUND_BASIC --now "$now" "$work/FUND_BASIC"
