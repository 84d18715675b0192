#!/usr/bin/env bash
# clang-tidy over every C file with the checks of .clang-tidy, one for each processor. A file found good is not looked at again while the
# text that the compiler sees, the checks and clang-tidy's version are the same: their digest names an empty file under
# $BUILD/lint/tidy.
set -euo pipefail
: "${BUILD:=build}"
export BUILD
here=$(dirname "$0")
cache=$BUILD/lint/tidy
analyzer=$here/analyzer.h
mkdir -p "$cache"
basis=$( (cat .clang-tidy "$analyzer"; clang-tidy --version) | sha256sum | cut -d ' ' -f 1)
commands=$(mktemp)
trap 'rm -f "$commands"' EXIT
bash "$here/commands.sh" clang "$BUILD/clang" >"$commands"
[ -s "$commands" ] || { echo "make names no file to compile"; exit 1; }

tidy() { # file TAB command
    local file=${1%%$'\t'*} command=${1#*$'\t'} digest output
    command=${command#* } # without the compiler
    command=$(sed -E 's/ -(MMD|MP|c)( |$)/ /g; s/ -(MMD|MP|c)( |$)/ /g; s/ -o [^ ]+ [^ ]+$//' <<<"$command")
    # The analyzer's budget for a function, a third of clang's, takes half the time: of 6953 blocks in src and jobs both reach the same 6849 (its
    # checker debug.Stats), but of 883 functions 84 are not followed along every path, with clang's own 53.
    command="$command -Xclang -analyzer-config -Xclang max-nodes=75000"
    # err.c defines what analyzer.h describes; the simulator does not see include/
    if [[ $command == *" -Iinclude "* && $file != src/base/err.c && -e include/base/err.h ]]; then
        command="$command -include $analyzer"
    fi
    # -CC keeps comments: NOLINT and its reason are comments
    digest=$( (printf '%s\n' "$basis" "$command"; eval "clang $command -E -CC -w '$file'") | sha256sum | cut -d ' ' -f 1)
    [ ! -e "$cache/$digest" ] || return 0
    if output=$(eval "clang-tidy --quiet '$file' -- $command" 2>/dev/null) && ! grep -qE ': (warning|error): ' <<<"$output"; then
        : >"$cache/$digest"
    else
        grep -E ': (warning|error): ' <<<"$output" | sed "s|^$PWD/||" || printf '%s: clang-tidy failed\n' "$file"
    fi
}
export -f tidy
export cache basis analyzer

found=$(tr '\n' '\0' <"$commands" | xargs -0 -r -P "$(nproc)" -n 1 bash -c 'tidy "$1"' _ | sort -u)
[ -z "$found" ] || { printf '%s\n' "$found"; exit 1; }
