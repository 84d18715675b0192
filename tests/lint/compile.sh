#!/usr/bin/env bash
# gcc and clang build everything, tests too, and have nothing to say (all warnings are errors). Every C file is compiled, also
# one that no program links.
set -euo pipefail
: "${BUILD:=build}"
export BUILD
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0

build() { # CC FOLDER
    local objects
    mapfile -t objects < <(find src jobs tests -name '*.c' 2>/dev/null | sort | sed "s|^\(.*\)\.c\$|$2/\1.o|")
    if ! make -j2 -k --no-print-directory CC="$1" BUILD="$2" all tests bench-programs "${objects[@]}" >"$log" 2>&1; then
        failed=1
        printf '%s:\n' "$1"
        grep -E '^[^ ]+: (fatal )?error: |undefined reference|: \*\*\* |cannot find -l|^ld: ' "$log" | cut -c1-240 | sort -u | head -n 40
    fi
}

build gcc "$BUILD"
build clang "$BUILD/clang"
exit "$failed"
