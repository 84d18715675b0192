#!/usr/bin/env bash
# Each program has a man page beside its source, and each option of its --help stands in that page; for a program of commands
# ("  noun verb   what it does" in its help) each command and the options of its --help, too.
set -euo pipefail
: "${BUILD:=build}"
export BUILD
failed=0
say() { printf '%s\n' "$*"; failed=1; }

# <page> <command…>: the options of its help. man writes \-\-day, mdoc writes Fl -day.
check_options() {
    local page=$1 help option
    if ! help=$("$BUILD/$2" "${@:3}" --help 2>/dev/null </dev/null) || [ -z "$help" ]; then
        say "$page:1: ${*:2} --help does not print a help and end with 0"
        return
    fi
    while read -r option; do
        if [ -n "$option" ] && ! grep -qE -- "(--|Fl -)$option([^a-z0-9-]|\$)" <<<"$(sed 's/\\-/-/g' "$page")"; then
            say "$page:1: does not say what --$option of ${*:2} does"
        fi
    done <<<"$(grep -oE -- '(^|[ ,[|])--[a-z][a-z0-9-]*' <<<"$help" | sed 's/^[^-]*--//' | sort -u || true)"
}

check() { # program, folder of its page
    local page=$2/$1.1 words
    if [ ! -e "$page" ]; then
        say "$page: there is no man page of $1"
        return
    fi
    check_options "$page" "$1"
    while read -r words; do
        [ -n "$words" ] || continue
        if ! grep -qE -- "(^|[^a-z])$words([^a-z]|\$)" <<<"$(sed 's/\\-/-/g' "$page")"; then
            say "$page:1: does not say what \"$1 $words\" does"
        fi
        # shellcheck disable=SC2086 # noun and verb are two words
        check_options "$page" "$1" $words
    done <<<"$("$BUILD/$1" --help 2>/dev/null </dev/null | sed -nE 's/^  ([a-z]+( [a-z-]+){0,2})   *[a-z].*/\1/p')"
}

while read -r program; do
    [ -z "$program" ] || check "$program" jobs
done <<<"$(sed -n 's/^PROGRAM_[a-z_]* *:= *//p' Makefile | while read -r name; do if [ -e "$BUILD/$name" ]; then echo "$name"; fi; done)"
for main in tests/sim/*_main.c; do
    [ -e "$main" ] || continue
    main=${main##*/}
    check "wxpay-${main%_main.c}" tests/sim
done
exit "$failed"
