#!/usr/bin/env bash
# Debian packages that building and testing need: says nothing when all are there, else installs what is missing.
#
#   deps.sh            what `make`, `make check` and `make demo` need
#   deps.sh lint       besides, what `make lint` needs
#   deps.sh memory     besides, valgrind
#   deps.sh --list …   only prints what is missing, one package a line; exit 0
#
# As root, or where sudo asks for no password, missing packages are installed; otherwise the one command is printed and the
# exit code is 69. Any PostgreSQL from 15 on serves: the Debian package is only asked for when no initdb is found.
#
# PostgreSQL's package makes a cluster "main" and starts it. The tests bring their own server, and a machine that already has
# clusters must find them as they were. Setting create_main_cluster in /etc would be a setting of the whole machine that
# outlives us, policy-rc.d belongs to whoever runs the machine; so for this one apt run the commands that its scripts call
# by name are found first in a folder of ours, where they do nothing. No file outside the packages is touched.
set -euo pipefail

build_packages=(gcc make pkg-config libcurl4-openssl-dev libssl-dev libpq-dev libcsv-dev zlib1g-dev libisal-dev libjansson-dev libzip-dev)
test_packages=(libcmocka-dev libmicrohttpd-dev libgnutls28-dev nettle-dev libgmp-dev perl openssl curl zip ca-certificates)
lint_packages=(clang clang-format clang-tidy cppcheck shellcheck)
memory_packages=(valgrind)
server_package=postgresql-15
server_least=15

say() { printf 'deps: %s\n' "$*" >&2; }

# A server program of PostgreSQL ≥ 15 with its initdb, in PATH or where Debian puts them.
have_server() {
    local folder version
    for folder in $(pg_config --bindir 2>/dev/null || true) /usr/lib/postgresql/*/bin ${PATH//:/ }; do
        if [ ! -x "$folder/initdb" ] || [ ! -x "$folder/postgres" ]; then
            continue
        fi
        version=$("$folder/postgres" --version 2>/dev/null | sed -n 's/^postgres (PostgreSQL) \([0-9]*\).*/\1/p')
        [ "${version:-0}" -ge "$server_least" ] && return 0
    done
    return 1
}

missing_packages() {
    local installed package
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p' || true)
    for package in "$@"; do
        grep -qxF -- "$package" <<<"$installed" || printf '%s\n' "$package"
    done
    have_server || printf '%s\n' "$server_package"
}

# Runs apt with the package script's calls of pg_createcluster and invoke-rc.d led to nowhere.
install_packages() {
    local shim log name status=0
    shim=$(mktemp -d)
    log=$(mktemp)
    for name in pg_createcluster invoke-rc.d deb-systemd-invoke; do
        printf '#!/bin/sh\nexit 0\n' >"$shim/$name"
        chmod 755 "$shim/$name"
    done
    chmod 755 "$shim"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 update >"$log" 2>&1 &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 \
            -o DPkg::Path="$shim:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
            --no-install-recommends install "$@" >>"$log" 2>&1 </dev/null || status=$?
    [ "$status" -eq 0 ] || tail -n 30 "$log" >&2
    rm -rf "$shim" "$log"
    return "$status"
}

only_list=false
wanted=("${build_packages[@]}" "${test_packages[@]}")
for word in "$@"; do
    case $word in
    lint) wanted+=("${lint_packages[@]}") ;;
    memory) wanted+=("${memory_packages[@]}") ;;
    --list) only_list=true ;;
    *)
        say "unknown word \"$word\"; usage: deps.sh [--list] [lint] [memory]"
        exit 64
        ;;
    esac
done

if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
    say "this is not a Debian system; what is needed, by Debian's names: ${wanted[*]} $server_package"
    exit 69
fi

mapfile -t missing < <(missing_packages "${wanted[@]}")
if [ "$only_list" = true ]; then
    [ "${#missing[@]}" -eq 0 ] || printf '%s\n' "${missing[@]}"
    exit 0
fi
[ "${#missing[@]}" -gt 0 ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=()
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
else
    say "packages are missing; please run: sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends ${missing[*]}'"
    exit 69
fi

say "installing ${missing[*]}"
if ! install_packages "${missing[@]}"; then
    say "could not install them; please run: apt-get update && apt-get install --no-install-recommends ${missing[*]}"
    exit 69
fi
mapfile -t missing < <(missing_packages "${wanted[@]}")
if [ "${#missing[@]}" -gt 0 ]; then
    say "still missing after the installation: ${missing[*]}"
    exit 69
fi
