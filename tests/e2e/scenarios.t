#!/usr/bin/env bash
# One test for each folder of tests/scenarios: what payrecon-nightly makes of its world, night by night, is exactly what is expected.
# What was got stays in $BUILD/scenarios/<name>. SCENARIO= names the only ones to run.
# Takes minutes.
# shellcheck source=tests/e2e/night.sh
source "$(dirname "$0")/night.sh"
# shellcheck source=tests/e2e/lib_scenario.sh
source tests/e2e/lib_scenario.sh

AT_ONCE=$((2 * $(nproc))) # they wait more than they work
got=$BUILD/scenarios

# Runs one folder; its result lies in $got when it is done.
start() { # folder, name
    (
        trap 'kill "${pids[@]}" 2>/dev/null' EXIT
        run_scenario "$1" "$work/$2" >"$got/$2" 2>"$got/$2.err"
        cp "$work/log" "$got/$2.log" 2>/dev/null
    ) &
}

judge() { # folder, name
    local differences
    tests=$((tests + 1))
    cat "$got/$2.err" >>"$got/$2"
    if differences=$(diff -u --label expected --label got "$1/expected" "$got/$2" 2>&1); then
        echo "ok $tests - $2: $(head -n 1 "$1/README")"
        return
    fi
    echo "not ok $tests - $2: $(head -n 1 "$1/README")"
    printf '%s\n' "$differences" | sed 's/^/# /'
    tail -n 8 "$got/$2.log" | sed 's/^/# log: /'
}

names=()
for folder in "$SCENARIOS"/*/; do
    name=$(basename "$folder")
    [ "$name" = base ] && continue
    [ -n "${SCENARIO:-}" ] && [[ " $SCENARIO " != *" $name "* ]] && continue
    names+=("$name")
done

[ ${#names[@]} -gt 0 ] || bail "no such folder in $SCENARIOS"
rm -rf "$got"
mkdir -p "$got"
prepare_scenarios
for name in "${names[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge $AT_ONCE ]; do
        wait -n
    done
    start "$SCENARIOS/$name" "$name"
done
wait
for name in "${names[@]}"; do
    judge "$SCENARIOS/$name" "$name"
done
done_testing
