#!/usr/bin/env bash
# All scripts that git knows or would add go through shellcheck: named *.sh or *.t, or beginning with a shell's #! line. Files
# named lib_* or without that line are read by other scripts: names come from there and go there.
set -euo pipefail
# Off everywhere: SC2016, single quotes around awk and for bash -c hold dollars on purpose; SC2317, what xargs calls looks
# unreachable.
off=SC2016,SC2317
whole=()
parts=()
while IFS= read -r file; do
    [ -f "$file" ] || continue
    if head -n 1 "$file" | grep -qaE '^#!.*[/ ](ba|da)?sh( |$)' && [[ ${file##*/} != lib_* ]]; then
        whole+=("$file")
    elif [[ $file == *.sh || $file == *.t ]]; then
        parts+=("$file")
    fi
done < <(git ls-files -co --exclude-standard)

found=$(
    if [ "${#whole[@]}" -gt 0 ]; then
        shellcheck --format=gcc --severity=style --external-sources --exclude="$off" "${whole[@]}" || true
    fi
    if [ "${#parts[@]}" -gt 0 ]; then
        shellcheck --format=gcc --severity=style --shell=bash --exclude="$off,SC2034,SC2154,SC2148" "${parts[@]}" || true
    fi
)
[ -z "$found" ] || { printf '%s\n' "$found"; exit 1; }
