#!/usr/bin/env bash
# A room includes only itself and rooms above it: ROOMS of the Makefile, lowest first, which must be the table of
# ARCHITECTURE.md. A foreign library's headers belong to one room. The simulator shares nothing with src/.
set -euo pipefail
failed=0
say() { printf '%s\n' "$*"; failed=1; }

read -ra rooms <<<"$(sed -n 's/^ROOMS *:= *//p' Makefile)"
[ "${#rooms[@]}" -gt 0 ] || { say "Makefile: no line ROOMS := …"; exit 1; }

# The table's first column, from the heading row whose first word is "room".
described=$(awk -F'|' '
    tolower($2) ~ /^ *room *$/ { inside = 1; next }
    inside && !/^\|/ { inside = 0 }
    inside && match($2, /`[a-z]+`/) { printf "%s ", substr($2, RSTART + 1, RLENGTH - 2) }' ARCHITECTURE.md 2>/dev/null || true)
if [ "${described% }" != "${rooms[*]}" ]; then
    say "Makefile: ROOMS is \"${rooms[*]}\", the table of ARCHITECTURE.md has \"${described% }\""
fi

for folder in src/*/ include/*/; do
    [ -d "$folder" ] || continue
    case " ${rooms[*]} " in
    *" $(basename "$folder") "*) ;;
    *) say "$folder is no room of the Makefile's ROOMS" ;;
    esac
done

# <file> <room, or "jobs", "sim">: every #include of it that it may not have. Headers of C, POSIX and Linux are free; another
# library is foreign and must be in the table. A header beside its source is the room's own; queries.h is made for room pg.
check='
BEGIN {
    count = split(ROOMS, list, " ")
    for (at = 1; at <= count; at++)
        level[list[at]] = at
    level["jobs"] = count + 1
    split("openssl/ crypto zlib.h text isa-l/ text csv.h text jansson.h text zip.h text iconv.h text libpq-fe.h pg postgres_ext.h pg curl/ http emmintrin.h bill", pair, " ")
    for (at = 1; pair[at] != ""; at += 2)
        owner[pair[at]] = pair[at + 1]
    split("alloca arpa/inet assert ctype dirent errno fcntl float ftw getopt glob grp inttypes iso646 limits locale netdb " \
        "netinet/in netinet/tcp poll pthread pwd regex sched semaphore setjmp signal spawn stdalign stdarg stdatomic " \
        "stdbool stddef stdint stdio stdlib stdnoreturn string strings sys/epoll sys/file sys/mman sys/random sys/eventfd sys/signalfd sys/sendfile sys/syscall sys/prctl " \
        "sys/resource sys/select sys/socket sys/stat sys/statvfs sys/time sys/timerfd sys/types sys/uio sys/un sys/wait " \
        "syslog termios sys/ioctl time unistd wchar wctype", plain, " ")
    for (at in plain)
        free[plain[at] ".h"] = 1
}
function say(text) { printf "%s:%d: %s\n", FILENAME, FNR, text }
FNR == 1 { split(FILENAME, path, "/"); room = path[1] == "jobs" ? "jobs" : path[2] }
/^[ \t]*#[ \t]*include[ \t]*</ {
    name = $0; sub(/^[^<]*</, "", name); sub(/>.*/, "", name)
    if (name in free)
        next
    library = name
    if (index(name, "/") > 0 && !(name in owner))
        library = substr(name, 1, index(name, "/"))
    if (!(library in owner))
        say("<" name "> is of a library that no room owns")
    else if (owner[library] != room)
        say("<" name "> belongs to room " owner[library] ", not to " room)
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
    name = $0; sub(/^[^"]*"/, "", name); sub(/".*/, "", name)
    if (name == "queries.h") {
        if (level[room] < level["pg"])
            say("\"queries.h\" is made for room pg and those below it in the table")
        next
    }
    if (index(name, "/") == 0)
        next
    other = substr(name, 1, index(name, "/") - 1)
    if (!(other in level))
        say("\"" name "\" is in no room")
    else if (level[other] > level[room])
        say("room " room " includes \"" name "\", and " other " stands further down")
}'
mapfile -t files < <(find src include jobs -name '*.[chS]' 2>/dev/null | sort)
if [ "${#files[@]}" -gt 0 ]; then
    found=$(awk -v ROOMS="${rooms[*]}" "$check" "${files[@]}")
    [ -z "$found" ] || say "$found"
fi

# Files without a room would be in no library.
loose=$(find src include -maxdepth 1 -type f 2>/dev/null | sort)
[ -z "$loose" ] || say "$loose: stands in no room"

if [ -d tests/sim ]; then
    headers=$(find include -name '*.h' 2>/dev/null | sed 's|^include/||' | sort || true)
    used=$(grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]' -r tests/sim --include='*.[ch]' | sed -E 's/^([^:]*:[0-9]+):.*["<]([^">]*)[">].*/\1 \2/' || true)
    while read -r place name; do
        # base/x.h, or src by a path
        if grep -qxF -- "$name" <<<"$headers" || [[ $name == *include/* || $name == *src/* ]]; then
            say "$place: the simulator includes \"$name\" of the programs it checks"
        fi
    done <<<"$used"
fi
exit "$failed"
