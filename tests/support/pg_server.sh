#!/usr/bin/env bash
# A private PostgreSQL for tests, bench and demo: pg_server.sh start FOLDER | stop FOLDER | restart FOLDER | conninfo FOLDER | limit FOLDER BYTES
#
# start makes a cluster in FOLDER (made when it is missing, must hold no server yet), starts it on a Unix socket only, and prints the libpq
# connection settings of its superuser "postgres" on one line; FOLDER/conninfo keeps them, FOLDER/server.log is the log.
# limit keeps the server from writing a file beyond so many bytes, as if the disk were full.
# restart kills it, if it lives, and starts it again without that limit.
# stop ends the server and removes the cluster; the log stays when FOLDER does. Both may be called by root (PostgreSQL refuses root: the
# server then runs as "postgres" or "nobody") and by an ordinary user, and beside any other PostgreSQL of the machine.
#
# The names of Unix sockets end at about 107 bytes, settings want plain characters, and the server's user may not be able to enter FOLDER:
# cluster and socket are then in a folder of TMPDIR or /tmp, which stop removes.
#
# PAYRECON_PG_FSYNC=on keeps fsync on (bench), PAYRECON_PG_WAL_MB=1 makes small files of the write-ahead log (a test of full disks); everything
# else is the same for all uses.
set -euo pipefail

SOCKET_FOLDER_MAX=80

die() {
    echo "pg_server.sh: $*" >&2
    exit 69
}

# The folder of initdb and postgres: pg_config's, the newest of Debian's, or the PATH's.
find_programs() {
    local folder
    for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V -r) "$(dirname "$(command -v initdb || echo /none/initdb)")"; do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then
            echo "$folder"
            return
        fi
    done
    die "no initdb and postgres found: install postgresql-15"
}

# The user that the server runs as.
server_user() {
    if [ "$(id -u)" -ne 0 ]; then
        id -un
    elif id postgres >/dev/null 2>&1; then
        echo postgres
    else
        echo nobody
    fi
}

# Runs a command as the server's user, in a folder that it may enter.
as_server() {
    if [ "$(id -u)" -ne 0 ]; then
        (cd / && "$@")
    else
        (cd / && setpriv --reuid "$(id -u "$user")" --regid "$(id -g "$user")" --clear-groups \
            env HOME=/nonexistent PATH="$PATH" LC_ALL=C TZ=UTC "$@")
    fi
}

settings() {
    # Small and quick, but with everything on that changes behaviour: no loss of a test server matters.
    cat <<END
listen_addresses = ''
unix_socket_directories = '$home/socket'
unix_socket_permissions = 0777
max_connections = 100
fsync = ${PAYRECON_PG_FSYNC:-off}
shared_buffers = 256MB
max_wal_size = 4GB
checkpoint_timeout = 1h
autovacuum_naptime = 10s
logging_collector = off
log_timezone = 'UTC'
timezone = 'America/New_York'
log_line_prefix = '%m [%p] %d '
lc_messages = 'C'
jit = off
END
    if [ "${PAYRECON_PG_FSYNC:-off}" = off ]; then
        printf "synchronous_commit = off\nfull_page_writes = off\n"
    fi
}

# A folder that the server's user may enter, with a short name: in TMPDIR, or, when that is as hidden as FOLDER, in /tmp.
make_short_folder() {
    local base made
    for base in "${TMPDIR:-/tmp}" /tmp; do
        made=$(mktemp -d "$base/payrecon-pg-XXXXXX")
        chown "$user" "$made"
        chmod 755 "$made"
        if [ ${#made} -le $SOCKET_FOLDER_MAX ] && [[ $made != *[!A-Za-z0-9/._-]* ]] && as_server test -w "$made"; then
            echo "$made"
            return
        fi
        rmdir "$made"
    done
    die "neither $folder nor /tmp can hold the server's socket"
}

# postgres is its own session so that ^C at a terminal leaves the order of ending to whoever started us
run() {
    as_server setsid "$programs/pg_ctl" start --pgdata "$home/data" --wait --timeout 60 --silent --log "$home/server.log" </dev/null >/dev/null 2>&1
}

# Kills the server, if it lives, and starts it without limits.
restart() {
    home=$(cat "$folder/home")
    as_server "$programs/pg_ctl" stop --pgdata "$home/data" --mode immediate --wait --timeout 30 --silent >/dev/null 2>&1 || true
    run || die "postgres did not start again: $(tail -n 3 "$home/server.log")"
}

start() {
    local data
    mkdir -p "$folder"
    if [ -e "$folder/home" ]; then
        die "$folder already has a server: stop it first"
    fi
    home=$folder/pg
    mkdir "$home"
    chown "$user" "$home"
    if [ ${#home} -gt $SOCKET_FOLDER_MAX ] || [[ $home == *[!A-Za-z0-9/._-]* ]] || ! as_server test -w "$home"; then
        rmdir "$home"
        home=$(make_short_folder)
    fi
    echo "$home" >"$folder/home"
    data=$home/data
    as_server mkdir "$home/socket"
    as_server "$programs/initdb" --pgdata "$data" --username postgres --auth trust --encoding UTF8 \
        --locale C --no-sync --wal-segsize "${PAYRECON_PG_WAL_MB:-16}" >"$folder/initdb.log" 2>&1 || die "initdb failed: $(tail -n 3 "$folder/initdb.log")"
    settings | as_server tee -a "$data/postgresql.conf" >/dev/null
    run || {
        tail -n 5 "$home/server.log" >&2 || true
        stop
        die "postgres did not start"
    }
    echo "host=$home/socket user=postgres dbname=postgres" >"$folder/conninfo"
    cat "$folder/conninfo"
}

stop() {
    [ -e "$folder/home" ] || return 0
    home=$(cat "$folder/home")
    if [ -e "$home/data/postmaster.pid" ]; then
        as_server "$programs/pg_ctl" stop --pgdata "$home/data" --mode immediate --wait --timeout 30 --silent ||
            die "the server of $home did not stop"
    fi
    if [ -e "$home/server.log" ]; then
        cp "$home/server.log" "$folder/server.log"
    fi
    case $home in
    "$folder"/pg | */payrecon-pg-??????) rm -rf "$home" ;;
    *) die "$home is not a folder of ours" ;;
    esac
    rm -f "$folder/home" "$folder/conninfo" "$folder/initdb.log"
}

# The server and all its processes; those that it starts later inherit it. As its own user: nobody else, not even root everywhere, may do that.
limit() { # bytes
    local main pid children
    home=$(cat "$folder/home")
    main=$(as_server head -n 1 "$home/data/postmaster.pid")
    as_server prlimit --pid "$main" --fsize="$1:" || die "the server's files cannot be limited"
    read -r -a children <"/proc/$main/task/$main/children" || true # it ends with a blank
    for pid in "${children[@]}"; do
        as_server prlimit --pid "$pid" --fsize="$1:" || true # it may have ended
    done
}

[ $# -eq 2 ] || [ "$# $1" = "3 limit" ] || {
    echo "usage: pg_server.sh start|stop|restart|conninfo FOLDER, or limit FOLDER BYTES|unlimited" >&2
    exit 64
}
action=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
programs=$(find_programs)
user=$(server_user)
case $action in
start) start ;;
restart) restart ;;
stop) stop ;;
conninfo) cat "$folder/conninfo" ;;
limit) limit "$3" ;;
*) die "unknown action \"$action\"" ;;
esac
