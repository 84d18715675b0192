#!/usr/bin/env bash
# Runs every check, prints a line for each and below it what it found, as file:line: what. Exit 1 when one failed.
# LINT="sizes rooms" runs only those.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 70
: "${BUILD:=build}"
export BUILD LC_ALL=C.UTF-8
# A make above us gives its variables and its job server to every make below; these builds have folders and compilers of their own.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

# Quick ones first; `compile` makes what the later ones read.
checks=(format sizes rooms hygiene shell cppcheck compile banned state manpages keys tidy)
read -ra chosen <<<"${LINT:-${checks[*]}}"
bash tests/setup/deps.sh lint || exit

failed=0
for check in "${chosen[@]}"; do
    begun=$SECONDS
    if found=$(bash "tests/lint/$check.sh" 2>&1); then
        printf 'ok      %-9s %3d s\n' "$check" $((SECONDS - begun))
    else
        printf 'FAILED  %-9s %3d s\n' "$check" $((SECONDS - begun))
        printf '%s\n' "${found:-the check ended without a word}" | sed 's/^/        /'
        failed=$((failed + 1))
    fi
done
if [ "$failed" -gt 0 ]; then
    printf 'lint: %d of %d checks failed\n' "$failed" "${#chosen[@]}"
    exit 1
fi
printf 'lint: %d checks, all well\n' "${#chosen[@]}"
