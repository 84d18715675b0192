#!/usr/bin/env bash
# The schema as a server has it, after sql/rental and all migrations, keeps the rules for keys, comments and Citus (keys.sql);
# the queries keep those that only their text shows.
set -euo pipefail
: "${BUILD:=build}"
here=$(cd "$(dirname "$0")" && pwd)
server=${PG_SERVER:-$here/../support/pg_server.sh}
failed=0
say() { printf '%s\n' "$*"; failed=1; }

# As a value of VALUES or SET it is the coordinator's, anywhere else:
# Citus runs parts of a query on a worker, where session_user is another and the session's time zone is unknown.
while IFS= read -r place; do
    say "$place: session_user inside a query"
done < <(grep -niE '^[^-]*\bsession_user\b' sql/queries/*.sql 2>/dev/null |
    grep -viE ':[[:space:]]*VALUES .*session_user|\bSET [a-z_]+ = session_user' | cut -d: -f1,2)
while IFS= read -r place; do
    say "$place: a time zone of the session (write AT TIME ZONE 'Asia/Shanghai' or pass instants)"
done < <(grep -niE '^[^-]*(\bat time zone\b|\bcurrent_date\b|\blocaltimestamp\b|\bto_timestamp\b|paid_at::date|_at::date)' sql/queries/*.sql sql/rental/*.sql sql/migrations/*.sql 2>/dev/null |
    grep -vi "at time zone 'Asia/Shanghai'" | cut -d: -f1,2)

mkdir -p "$BUILD/lint"
folder=$(mktemp -d "$BUILD/lint/pg-XXXXXX")
trap 'bash "$server" stop "$folder" >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
conninfo=$(bash "$server" start "$folder")
run() { psql -X -q -v ON_ERROR_STOP=1 -d "$conninfo" "$@"; }

# the migrator makes this one; sql/rental makes its own
run -c 'CREATE SCHEMA IF NOT EXISTS recon'
for file in sql/rental/*.sql sql/migrations/*.sql; do
    [ -e "$file" ] || continue
    if ! message=$(run --single-transaction -f "$file" 2>&1 | sed 's/^psql://'); then
        say "${message:-$file: could not be run}"
    fi
done
while IFS= read -r breach; do
    say "$breach"
done < <(run -At -f "$here/keys.sql")

# A function that reads tables, called in a statement that reads one itself, would run on a worker. Immutable ones read none.
readers=$(run -At -c "SELECT string_agg(p.proname, '|') FROM pg_proc p
                       WHERE p.pronamespace IN (to_regnamespace('recon'), to_regnamespace('rental')) AND p.provolatile <> 'i'")
while IFS= read -r call; do
    say "$call"
done < <({
    for file in sql/queries/*.sql; do
        printf '%s\n' "$file" && cat "$file" && printf '\0'
    done
    run -At -0 -c "SELECT p.oid::regproc || E'\n' || p.prosrc FROM pg_proc p WHERE p.pronamespace IN (to_regnamespace('recon'), to_regnamespace('rental'))"
} 2>/dev/null | READERS=$readers perl -0ne '
    my ($name, $text) = split /\n/, $_, 2;
    next if $ENV{READERS} eq "" || !defined $text;
    $text =~ s/--.*//g;
    for (split /;|\bLOOP\b|\bBEGIN\b/, $text) {
        print "$name: calls recon.$1 in a statement that reads tables\n"
            if /\b(?:FROM|JOIN|UPDATE)\s+(?:recon|rental)\.\w++(?!\s*\()/ && /\b(?:recon|rental)\.($ENV{READERS})\s*\(/;
    }')
exit "$failed"
