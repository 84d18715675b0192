# shellcheck shell=bash
# One scenario: the base world of tests/scenarios/base with what one folder changes, reconciled night by night as cron would. Sourced after
# night.sh, whose helpers it uses. tests/scenarios/README says what a folder holds.
#
#     prepare_scenarios               the template database, the simulator's keys
#     run_scenario FOLDER WORK        prints what every night changed; in a subshell of the caller's

SCENARIOS=tests/scenarios
SCENARIO_FIRST_DAY=2026-05-10
SCENARIO_NIGHTS='2026-05-11T10:30:00+08:00
2026-05-12T10:30:00+08:00
2026-05-13T10:30:00+08:00
2026-05-14T10:30:00+08:00'

# The world of a scenario: the base with the folder's changes.
make_scenario_world() { # folder, file
    local script=/dev/null added=/dev/null
    [ -e "$1/world.sed" ] && script=$1/world.sed
    [ -e "$1/world.add" ] && added=$1/world.add
    sed -f "$script" "$SCENARIOS/base/world.jsonl" | cat - "$added" >"$2"
}

# A database with books, schema and merchant, to be copied; a state folder with everybody's keys, likewise.
prepare_scenarios() {
    scenario_template=scenario_template_$$
    first_day=$SCENARIO_FIRST_DAY
    mkdir "$work/world" "$work/statements"
    make_scenario_world "$SCENARIOS/base" "$work/world/world.jsonl"
    start_sim "${SCENARIO_NIGHTS%%$'\n'*}"
    databases+=("$scenario_template")
    admin "CREATE DATABASE $scenario_template" || bail "no database"
    use_database "$scenario_template"
    sql_files sql/rental/*.sql "$SCENARIOS/base/books.sql"
    "$BUILD/payrecon" migrate >"$work/out" 2>&1 || bail "migrate: $(cat "$work/out")"
    sql_files sql/roles.sql
    add_merchant "$MCHID"
    tell quit
    wait "${pids[-1]}"
    unset 'pids[-1]'
}

# ---- our refunds, for nightN.sh -----------------------------------------------------------------

as() { # login, SQL
    sql "SET SESSION AUTHORIZATION $1; $2"
}

# Deposits are requested by one login and approved by another; nothing is sent yet.
approve_refunds() { # deposits
    local deposit
    for deposit in "$@"; do
        as payrecon_ops_maker "SELECT recon.request_deposit_refund('$MCHID', '$deposit', '退还押金', '$now')" >>"$work/log"
    done
    as payrecon_ops_maker "SELECT recon.make_refund_batch('$MCHID', NULL, '$now'::timestamptz + interval '1 day', '$now')" >>"$work/log"
    as payrecon_ops_checker "SELECT recon.decide_refund_batch(mchid, batch_no, true, list_hash, requests, total_fen, NULL, '$now')
                               FROM recon.refund_batch WHERE state = 'OPEN'" >>"$work/log"
}

# … and sent to the simulator.
send_refunds() { # deposits
    approve_refunds "$@"
    run payrecon-refund
    printf '%s\n' "$log" >>"$work/log"
}

# As if it had been sent and WeChat Pay had said so, without asking it: what went wrong is the scenario's business.
pretend_refund() { # deposit, state, when it was accepted, refund_id
    approve_refunds "$1"
    move_refund "$1" "$2" "body = '{}', sends = 1, first_sent_at = '$3', sent_at = '$3', accepted_at = '$3', refund_id = '$4'"
}

move_refund() { # deposit, state, more changes
    sql "UPDATE recon.refund_request SET state = '$2', state_at = '$now'${3:+, $3}
          WHERE deposit_id = '$1' AND state NOT IN ('CLOSED', 'REJECTED', 'EXPIRED', 'DROPPED')"
}

# ---- what is there ------------------------------------------------------------------------------

# What is stored, one line a thing: its name up to the bar, then its state. Digests and ports are not a scenario's business.
scenario_state() {
    sql "SELECT format('day %s | %s %s, %s rows, %s matched%s', bill_day, COALESCE(verdict, 'no verdict'), stage, rows, matched,
                       CASE WHEN reason IS NULL THEN '' ELSE ': ' || reason END)
           FROM recon.day
          UNION ALL
         SELECT format('finding %s %s %s | %s %s%s, channel %s, books %s', bill_day, leg, key, code, state,
                       COALESCE(' ' || resolution, ''), COALESCE(channel_fen::text, 'none'), COALESCE(books_fen::text, 'none'))
           FROM recon.finding
          UNION ALL
         SELECT format('refund %s/%s | %s %s%s%s', deposit_id, attempt, state, amount_fen, ', in the bill of ' || confirmed_day,
                       CASE WHEN next_at IS NOT NULL THEN ', to be asked for' END)
           FROM recon.refund_request
          UNION ALL
         SELECT format('refunds of %s | %s: %s', mchid, state, reason) FROM recon.refund_queue WHERE state <> 'OPEN'
          UNION ALL
         SELECT format('statements %s | %s', period_from, string_agg(store_id || ' v' || version, ', ' ORDER BY store_id, version))
           FROM recon.statement GROUP BY period_from" | sed -E 's/[0-9a-f]{40,64}/DIGEST/g; s/localhost:[0-9]+/localhost:PORT/g' | LC_ALL=C sort
}

# Statements are files: as many as the database has, or it is worth a line.
scenario_files() {
    local stored files
    stored=$(grep '^statements' "$work/after" | grep -o ' v[0-9]' | wc -l)
    files=$(find "$work/statements" -name 'settle_*.csv' ! -name '*.machine.csv' | wc -l)
    [ "$stored" = "$files" ] || echo "  $files statement files for $stored statements"
}

# What the run said about each day, where that is not what the database says.
scenario_said() {
    local merchant day verdict rest
    while IFS=, read -r merchant day verdict rest; do
        case $merchant in
        \"mchid\" | '') continue ;;
        esac
        grep -q "^day ${day//\"/} | ${verdict//\"/} " "$work/after" || echo "  said of $day: $verdict"
    done <<<"$out"
}

# New and changed lines; lines whose thing is gone.
scenario_changes() { # before, after
    awk -F ' [|] ' 'FILENAME == ARGV[1] { before[$1] = $0; next }
        { now[$1] = 1; line = $0 }
        before[$1] != line { sub(/ [|] /, ": ", line); print "  " line }
        END { for (name in before) if (!(name in now)) print "  gone: " name }' "$1" "$2"
}

scenario_night() { # number, folder
    [ -e "$2/night$1.faults" ] && cp "$2/night$1.faults" "$work/faults" && tell reload
    [ -e "$2/night$1.sql" ] && sql_files "$2/night$1.sql"
    # shellcheck source=/dev/null
    [ -e "$2/night$1.sh" ] && source "$2/night$1.sh"
    run payrecon-nightly --format csv
    printf '%s\n' "$log" >>"$work/log"
    scenario_state >"$work/after"
    echo "night $1, ${now%:00+08:00}: exit $code"
    scenario_changes "$work/before" "$work/after"
    scenario_said
    scenario_files
    mv "$work/after" "$work/before"
}

run_scenario() { # folder, work folder
    local folder=$1 name number=0 nights=$SCENARIO_NIGHTS keys=$work/sim
    work=$2
    name=scenario_$$_$(basename "$folder")
    pids=()
    told=
    mkdir -p "$work/world" "$work/statements"
    cp -R "$keys" "$work/sim"
    make_scenario_world "$folder" "$work/world/world.jsonl"
    [ -e "$folder/nights" ] && nights=$(cat "$folder/nights")
    start_sim "${nights%%$'\n'*}"
    admin "CREATE DATABASE $name TEMPLATE $scenario_template" || bail "no database"
    use_database "$name"
    [ -e "$folder/books.sql" ] && sql_files "$folder/books.sql"
    [ -e "$folder/faults" ] && cp "$folder/faults" "$work/faults" && tell reload
    : >"$work/before"
    for now in $nights; do
        number=$((number + 1))
        scenario_night "$number" "$folder"
    done
    tell quit
    wait "${pids[-1]}"
    admin "DROP DATABASE $name WITH (FORCE)"
}
