#!/usr/bin/env bash
# No mutable variable outside functions (and no static one inside) in src/ and jobs/: read from the symbols of the objects, in
# sections that can be written. Exceptions stand in state.allow, "<source> <symbol without its number> <reason>".
set -euo pipefail
: "${BUILD:=build}"
export BUILD
here=$(dirname "$0")
allow=${STATE_ALLOW:-$here/state.allow}

mapfile -t objects < <(cd "$BUILD" && find src jobs -name '*.o' 2>/dev/null | sort)
[ "${#objects[@]}" -gt 0 ] || { echo "no objects in $BUILD: build first"; exit 1; }

# Objects of sources that are gone stay in the folder.
found=$(for object in "${objects[@]}"; do
    [ -e "${object%.o}.c" ] || continue
    objdump -t "$BUILD/$object" | awk -v object="$object" '
        NF >= 5 && / O / && $(NF - 2) ~ /^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ && $(NF - 2) !~ /^\.data\.rel\.ro/ { print object, $NF }'
done)
[ -n "$found" ] || exit 0

failed=0
while read -r object symbol; do
    if ! grep -qE "^${object%.o}\\.c ${symbol%.[0-9]*} .+" "$allow"; then
        printf '%s: "%s" can be written to and outlives its function\n' "${object%.o}.c:1" "$symbol"
        failed=1
    fi
done <<<"$found"
exit "$failed"
