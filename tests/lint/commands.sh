#!/usr/bin/env bash
# commands.sh CC FOLDER: how make compiles each C file, "<file> TAB <command>" a line; compiles nothing.
set -euo pipefail

mapfile -t objects < <(find src jobs tests -name '*.c' 2>/dev/null | sort | sed "s|^\(.*\)\.c\$|$2/\1.o|")
[ "${#objects[@]}" -gt 0 ] || exit 0
make -nB --no-print-directory CC="$1" BUILD="$2" "${objects[@]}" |
    sed -n 's/^[[:space:]]*\([^ ].* -c -o [^ ]* \([^ ]*\.c\)\)$/\2\t\1/p' | sort -u -t "$(printf '\t')" -k1,1
