#!/usr/bin/env bash
# What must never be committed: private keys, paths of a developer's machine, files that a build made, large files.
set -euo pipefail
failed=0
report() { # sentence, found
    [ -n "$2" ] || return 0
    while read -r place; do printf '%s: %s\n' "$place" "$1"; done <<<"$2"
    failed=1
}

# The pattern is written so that this file does not hold what it looks for.
report "a private key" "$(git grep -nIE 'BEGIN ([A-Z]+ )?PRIVATE[ ]KEY-----' -- . | cut -d: -f1,2)"
report "a path of one machine" "$(git grep -nIE '(^|[^A-Za-z0-9_.])/(work|home|root|Users)/[A-Za-z]' -- . | cut -d: -f1,2)"
report "made by a build" "$(git ls-files -- '*.o' '*.a' '*.d' '*.orig' '*.rej' '*~' 'build/*')"
report "larger than 512 KiB" "$(git ls-files -s -- . | awk '{print $2, $4}' | git cat-file --batch-check='%(objectsize) %(rest)' | awk '$1 > 524288 {print $2}')"
report "ends in blanks" "$(git grep -nIE '[ 	]+$' -- '*.c' '*.h' '*.sh' '*.awk' '*.sql' '*.t' Makefile | cut -d: -f1,2)"
exit "$failed"
