#!/usr/bin/env bash
# cppcheck, two files at a time, with what is off and why in .cppcheck-suppressions. Unchanged files are not read again.
set -euo pipefail
: "${BUILD:=build}"
export BUILD
mkdir -p "$BUILD/lint/cppcheck"
mapfile -t folders < <(ls -d src jobs tests 2>/dev/null)

found=$(cppcheck -q -j 2 --std=c11 --language=c --platform=unix64 --enable=warning,performance,portability \
    --cppcheck-build-dir="$BUILD/lint/cppcheck" --suppressions-list=.cppcheck-suppressions --inline-suppr --error-exitcode=0 \
    --template='{file}:{line}: {message} [{id}]' -D_GNU_SOURCE -DPAYRECON_VERSION='""' -DSIM_VERSION='""' -U__cplusplus \
    -Iinclude -I"$BUILD/gen" -Itests/support -Itests/sim "${folders[@]}" 2>&1 | grep -E '^[^ ]+:[0-9]+: ' | sort -u || true)
[ -z "$found" ] || { printf '%s\n' "$found"; exit 1; }
