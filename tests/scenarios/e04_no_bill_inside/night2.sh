# A person puts the wrong file into evidence after the bill was fetched.
run payrecon-fetch
printf 'no bill, a note\n' >"$work/note.csv"
payrecon bill import --mchid "$MCHID" --day 2026-05-11 --kind TRADE_ALL --now "$now" "$work/note.csv"
