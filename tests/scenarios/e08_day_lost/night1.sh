# What the merchant platform's page would have: the bills as they were in May.
at=$now
now=2026-05-12T10:30:00+08:00
run payrecon-fetch --day 2026-05-10
for kind in TRADE_ALL FUND_BASIC; do
    payrecon bill export --mchid "$MCHID" --day 2026-05-10 --kind "$kind" "$work/$kind"
done
now=$at
sql 'DELETE FROM recon.bill_chunk; DELETE FROM recon.bill_file'
sql "DELETE FROM recon.day WHERE bill_day < '2026-05-12'"
scenario_state >"$work/before"
