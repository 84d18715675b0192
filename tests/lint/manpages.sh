#!/usr/bin/env bash
# Each program has a man page beside its source, and each option of its --help stands in that page.
set -euo pipefail
: "${BUILD:=build}"
export BUILD
failed=0
say() { printf '%s\n' "$*"; failed=1; }

check() { # program, folder of its page
    local page=$2/$1.1 help option
    if [ ! -e "$page" ]; then
        say "$page: there is no man page of $1"
        return
    fi
    if ! help=$("$BUILD/$1" --help 2>/dev/null </dev/null); then
        say "$page:1: $1 --help does not end with 0"
        return
    fi
    [ -n "$help" ] || say "$page:1: $1 --help prints nothing"
    # man writes \-\-day, mdoc writes Fl -day
    while read -r option; do
        sed 's/\\-/-/g' "$page" | grep -qE -- "(--|Fl -)$option([^a-z0-9-]|\$)" || say "$page:1: does not say what --$option does"
    done < <(grep -oE -- '(^|[ ,[|])--[a-z][a-z0-9-]*' <<<"$help" | sed 's/^[^-]*--//' | sort -u)
}

while read -r program; do
    [ -z "$program" ] || check "$program" jobs
done < <(sed -n 's/^PROGRAM_[a-z_]* *:= *//p' Makefile | while read -r name; do [ -e "$BUILD/$name" ] && echo "$name"; done)
for main in tests/sim/*_main.c; do
    [ -e "$main" ] || continue
    main=${main##*/}
    check "wxpay-${main%_main.c}" tests/sim
done
exit "$failed"
