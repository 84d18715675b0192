#!/usr/bin/env bash
# Lines of functions and files, parameters, nesting and complexity stay below what CONTRIBUTING.md says. Exceptions with their
# reason stand in sizes.allow.
set -euo pipefail
here=$(dirname "$0")
allow=${SIZES_ALLOW:-$here/sizes.allow}

mapfile -t files < <(find src include jobs tests -name '*.[ch]' 2>/dev/null | sort)
[ "${#files[@]}" -gt 0 ] || exit 0
failed=0
while IFS= read -r place; do
    [ -n "$place" ] || continue
    # "src/x/y.c:12: name has 61 lines, at most 60"
    read -r file name word <<<"$(sed -E 's/^([^:]*):[0-9]*: ([^ ]*) (has|nests) (complexity )?([0-9]+ )?(\w+).*/\1 \2 \4\6/; s/complexity [0-9]*.*/complexity/' <<<"$place")"
    grep -qE "^$file $name $word .+" "$allow" || { printf '%s\n' "$place"; failed=1; }
done <<<"$(awk -f "$here/code.awk" -f "$here/sizes.awk" "${files[@]}")"
exit "$failed"
