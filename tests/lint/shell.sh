#!/usr/bin/env bash
# All scripts that git knows or would add go through shellcheck: named *.sh or *.t, or beginning with a shell's #! line.
set -euo pipefail
mapfile -t scripts < <(git ls-files -co --exclude-standard | while read -r file; do
    [ -f "$file" ] || continue
    if head -n 1 "$file" | grep -qaE '^#!.*[/ ](ba|da)?sh( |$)' || [[ $file == *.sh || $file == *.t ]]; then
        printf '%s\n' "$file"
    fi
done)
[ "${#scripts[@]}" -gt 0 ] || exit 0

# Off: SC2016, single quotes around awk and for bash -c hold dollars on purpose; SC2317, functions called by xargs look unreachable.
found=$(shellcheck --format=gcc --severity=style --external-sources --exclude=SC2016,SC2317 "${scripts[@]}" || true)
[ -z "$found" ] || { printf '%s\n' "$found"; exit 1; }
