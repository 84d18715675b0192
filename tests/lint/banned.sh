#!/usr/bin/env bash
# Nothing of include/base/banned.h is mentioned in src/ and jobs/ (the compiler says where), and no floating point is.
set -euo pipefail
: "${BUILD:=build}"
export BUILD
here=$(dirname "$0")
failed=0

mapfile -t sources < <(find src jobs -name '*.c' 2>/dev/null | sort)
mapfile -t all < <(find src include jobs -name '*.[ch]' 2>/dev/null | sort)
[ "${#all[@]}" -gt 0 ] || exit 0

compile() {
    local message
    if ! message=$(gcc -std=c17 -D_GNU_SOURCE -DPAYRECON_VERSION='""' -Werror=implicit-function-declaration -fsyntax-only \
        -fdiagnostics-plain-output -Iinclude -I"$BUILD/gen" -I"$(pg_config --includedir 2>/dev/null || echo /usr/include/postgresql)" \
        -include include/base/banned.h "$1" 2>&1); then
        printf '%s\n' "$message" | grep -E 'error:|in expansion of macro' || printf '%s\n' "$message"
    fi
}
export -f compile
found=$(printf '%s\0' ${sources[@]+"${sources[@]}"} | xargs -0 -r -P 2 -n 1 bash -c 'compile "$1"' _)
[ -z "$found" ] || { printf '%s\n' "$found"; failed=1; }

found=$(awk -f "$here/code.awk" -f "$here/float.awk" "${all[@]}")
[ -z "$found" ] || { printf '%s\n' "$found"; failed=1; }
exit "$failed"
