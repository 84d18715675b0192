#!/usr/bin/env bash
# Feeds every check of make lint an example that breaks one rule and requires that the check fails and names the place, and one
# that keeps all rules and requires silence. A check that finds nothing any more is worse than none.
set -uo pipefail
lint=$(cd "$(dirname "$0")" && pwd)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
export LC_ALL=C.UTF-8 GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES "${!GIT_DIR@}" "${!GIT_WORK_TREE@}" "${!GIT_INDEX_FILE@}"
number=0

# <name>: a new tree with one good file in each place; it becomes the working folder.
tree() {
    cd "$root" && rm -rf tree && mkdir -p tree && cd tree || exit 70
    mkdir -p src/base src/pg include/base include/pg jobs tests/sim sql/queries sql/rental sql/migrations
    cp "$lint/../../.clang-format" "$lint/../../.clang-tidy" "$lint/../../.cppcheck-suppressions" .
    cp "$lint/../../include/base/banned.h" include/base/
    printf 'ROOMS := base pg\nPROGRAM_good := good\nall tests bench-programs:\n$(BUILD)/%%.o: %%.c\n\t@mkdir -p $(@D)\n\t$(CC) -Wall -Wextra -Werror -Iinclude -c -o $@ $<\n' >Makefile
    printf '| room | knows |\n|---|---|\n| `base` | text |\n| `pg` | PostgreSQL |\n' >ARCHITECTURE.md
    cat >include/base/good.h <<'END'
#ifndef BASE_GOOD_H
#define BASE_GOOD_H

int good(int number);

#endif
END
    cat >src/base/good.c <<'END'
#include "base/good.h"

int good(int number)
{
    return number + 1;
}
END
    printf '#!/bin/sh\necho good\n' >good.sh
    export BUILD=$root/tree/build
    printf '/build/\n' >.gitignore
    git init -q . 2>/dev/null
}

# <file> <<text: adds a file.
put() { mkdir -p "$(dirname "$1")" && cat >"$1"; }

result() { # passed? description output
    number=$((number + 1))
    if [ "$1" = yes ]; then
        printf 'ok %d - %s\n' "$number" "$2"
    else
        printf 'not ok %d - %s\n' "$number" "$2"
        printf '# %s\n' "${3//$'\n'/$'\n'# }"
    fi
}

have() { # check tool
    command -v "$2" >/dev/null 2>&1 && return 0
    number=$((number + 1))
    printf 'ok %d - %s # SKIP %s is not installed (deps.sh lint)\n' "$number" "$1" "$2"
    return 1
}

# <check> <description>: silent and successful on the tree as it is.
passes() {
    local output status=0
    git add -A . >/dev/null 2>&1
    output=$(bash "$lint/$1.sh" 2>&1) || status=$?
    if [ "$status" -eq 0 ] && [ -z "$output" ]; then
        result yes "$1 is silent: $2"
    else
        result no "$1 is silent: $2" "exit $status: $output"
    fi
}

# <check> <description> <line…>: fails, and its output has each of these lines' beginnings.
fails() {
    local output status=0 line missing=
    git add -A . >/dev/null 2>&1
    output=$(bash "$lint/$1.sh" 2>&1) || status=$?
    for line in "${@:3}"; do
        awk -v line="$line" 'index($0, line) == 1 { found = 1 } END { exit !found }' <<<"$output" || missing="$missing; no line \"$line\""
    done
    if [ "$status" -eq 1 ] && [ -z "$missing" ]; then
        result yes "$1 fails: $2"
    else
        result no "$1 fails: $2" "exit $status$missing: $output"
    fi
}

# ---- format

if have format clang-format; then
    tree
    passes format "laid out"
    put src/base/bad.c <<<'int  bad ;'
    fails format "two blanks" "src/base/bad.c:1: "
fi

# ---- sizes

function_of() { # name, lines of the body
    printf 'int %s(int number)\n{\n' "$1"
    for ((i = 0; i < $2 - 3; i++)); do printf '    number++;\n'; done
    printf '    return number;\n}\n'
}

tree
function_of edge 60 >src/base/edge.c
for ((i = 0; i < 437; i++)); do printf '/* line */\n'; done >>src/base/edge.c
passes sizes "60 lines a function, 497 a file"
function_of long 61 >src/base/long.c
fails sizes "61 lines" "src/base/long.c:2: long has 61 lines, at most 60"
tree
for ((i = 0; i < 501; i++)); do printf '/* line */\n'; done >src/base/file.c
fails sizes "501 lines" "src/base/file.c:501: file has 501 lines, at most 500"
tree
put src/base/wide.c <<'END'
int wide(int a, int b, int (*c)(int, int), int d, int e,
         const char *f, int g)
{
    return a + b + c(d, e) + f[g];
}
END
fails sizes "seven parameters" "src/base/wide.c:3: wide has 7 parameters, at most 6"
tree
put src/base/deep.c <<'END'
int deep(int a)
{
    for (;;) {
        while (a > 0) {
            if (a == 1) {
                if (a == 2)
                    return 3; /* if ( and "else" in a comment count nothing */
            }
        }
    }
}
END
fails sizes "four deep" "src/base/deep.c:6: deep nests 4 deep, at most 3"
tree
{ printf 'int paths(int a)\n{\n    return a'; for ((i = 0; i < 15; i++)); do printf ' && a'; done; printf ';\n}\n'; } >src/base/paths.c
fails sizes "complexity 16" "src/base/paths.c:2: paths has complexity 16, at most 15"

# ---- rooms

tree
put src/pg/down.c <<<'#include "base/good.h"'
put src/pg/libpq.c <<<'#include <libpq-fe.h>'
passes rooms "a lower room and its own library"
put src/base/up.c <<<'#include "pg/pg.h"'
fails rooms "a look upwards" 'src/base/up.c:1: room base includes "pg/pg.h", and pg stands further down'
tree
put src/base/foreign.c <<<'#include <openssl/evp.h>'
put src/pg/unknown.c <<<'#include <gnutls/gnutls.h>'
put tests/sim/sim.c <<<'#include "base/good.h"'
fails rooms "foreign libraries" "src/base/foreign.c:1: <openssl/evp.h> belongs to room crypto, not to base" \
    "src/pg/unknown.c:1: <gnutls/gnutls.h> is of a library that no room owns" \
    'tests/sim/sim.c:1: the simulator includes "base/good.h"'
tree
sed -i '/pg/d' ARCHITECTURE.md
mkdir src/attic
fails rooms "another table" "Makefile: ROOMS is \"base pg\", the table of ARCHITECTURE.md has \"base\"" "src/attic/ is no room"

# ---- banned

tree
put src/base/words.c <<'END'
/* strcpy, double and 1.5 in a comment */
const char *words(void);
const char *words(void)
{
    return "system, float, 2.5e3";
}
END
passes banned "names in comments and texts"
while read -r line; do
    tree
    printf 'void bad(char *text);\nvoid bad(char *text)\n{\n    %s;\n}\n' "$line" >src/base/bad.c
    fails banned "$line" "src/base/bad.c:4:"
done <<'END'
(void)strcpy(text, "x")
(void)sprintf(text, "x")
(void)strtok(text, "x")
(void)strncpy(text, "x", 1)
(void)localtime(0)
(void)mktime(0)
(void)atoi(text)
(void)sscanf(text, "x")
(void)strtol(text, 0, 10)
(void)strtoul(text, 0, 10)
(void)system(text)
(void)popen(text, "r")
(void)__builtin_strlen(alloca(1))
int (*call)(const char *) = system
double share = 0
long share = 1.5
END

# ---- state

tree
put src/base/state.c <<'END'
static const char *const names[] = {"a", "b"};
static int counter;
static const int fixed = 3;
int state(int number);
int state(int number)
{
    static int calls = 7;

    return names[number % 2][0] + ++counter + fixed + ++calls;
}
END
make -s CC=gcc BUILD="$BUILD" "$BUILD/src/base/state.o" "$BUILD/src/base/good.o" >/dev/null 2>&1
printf '# none\n' >allow
STATE_ALLOW=$PWD/allow fails state "two variables" 'src/base/state.c:1: "counter" can be written' 'src/base/state.c:1: "calls.'
printf 'src/base/state.c counter reason\nsrc/base/state.c calls reason\n' >allow
STATE_ALLOW=$PWD/allow passes state "allowed with a reason"

# ---- hygiene

tree
passes hygiene "nothing to find"
put src/base/trail.c <<<'int trail; '
printf -- '-----BEGIN RSA PRIVATE %s-----\n' KEY >key.pem
printf 'a = "/%s/main/x"\n' work >paths.conf
printf 'x' >old.o
fails hygiene "key, path, object, blanks" "key.pem:1: a private key" "paths.conf:1: a path of one machine" \
    "old.o: made by a build" "src/base/trail.c:1: ends in blanks"

# ---- shell

if have shell shellcheck; then
    tree
    passes shell "a good script"
    printf '#!/bin/sh\nfor f in $(ls); do rm $f; done\n' >bad.sh
    fails shell "unquoted" "bad.sh:2:"
    printf 'echo $given\n' >part.sh
    rm bad.sh
    fails shell "a part without its #! line" "part.sh:1:"
fi

# ---- cppcheck

if have cppcheck cppcheck; then
    tree
    passes cppcheck "a good file"
    put src/base/array.c <<'END'
int array(void);
int array(void)
{
    int numbers[4] = {0};

    return numbers[4];
}
END
    fails cppcheck "out of bounds" "src/base/array.c:6: "
fi

# ---- compile

if have compile clang; then
    tree
    passes compile "both compilers"
    put src/base/unused.c <<'END'
int unused(void);
int unused(void)
{
    int number = 0;

    return 1;
}
END
    fails compile "a warning" "gcc:" "clang:" "src/base/unused.c:4:9: error: unused variable"
fi

# ---- manpages

tree
mkdir -p "$BUILD"
printf '#!/bin/sh\necho "usage: good [options]"; echo "  -d, --day DAY  the day"; echo "  --dry-run"\n' >"$BUILD/good"
chmod +x "$BUILD/good"
printf '.TH GOOD 1\n.B \\-\\-day\n.B \\-\\-dry\\-run\n' >jobs/good.1
passes manpages "each option is there"
printf '.Nm good\n.It Fl Fl dry-run\n.It Fl -days\n' >jobs/good.1
fails manpages "an option is not there" "jobs/good.1:1: does not say what --day of good does"
printf '#!/bin/sh\necho "  bill list   lists"; [ $# -eq 1 ] || echo "  --format F"\n' >"$BUILD/good"
printf '.TH GOOD 1\n.SS bill list\n' >jobs/good.1
fails manpages "an option of a command is not there" "jobs/good.1:1: does not say what --format of good bill list does"
rm jobs/good.1
fails manpages "no page" "jobs/good.1: there is no man page of good"

# ---- keys

tree
put sql/rental/0001.sql <<'END'
CREATE SCHEMA rental;
CREATE TABLE rental.good (mchid text NOT NULL, id text NOT NULL, CONSTRAINT good_key PRIMARY KEY (mchid, id));
COMMENT ON TABLE rental.good IS 'Good';
COMMENT ON COLUMN rental.good.mchid IS 'Merchant';
COMMENT ON COLUMN rental.good.id IS 'Number';
END
sed '/SCHEMA/d; s/rental/recon/g; s/good_key/better_key/' sql/rental/0001.sql >sql/migrations/0001.sql
put sql/queries/good.sql <<<"SELECT id FROM recon.good WHERE mchid = \$1; -- not session_user"
put sql/queries/values.sql <<<"SELECT id FROM recon.goods(\$1) -- never FROM recon.good"
cat >>sql/migrations/0001.sql <<'END'
CREATE FUNCTION recon.goods(text) RETURNS TABLE (id text) LANGUAGE sql STABLE AS 'SELECT g.id FROM recon.good g WHERE g.mchid = $1';
CREATE FUNCTION recon.pure(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
END
put sql/queries/pure.sql <<<"SELECT recon.pure(id) FROM recon.good WHERE mchid = \$1"
passes keys "a good schema"
cat >>sql/migrations/0001.sql <<'END'
CREATE TABLE recon.bare (id text PRIMARY KEY, note float8);
CREATE TABLE recon.late (id text NOT NULL, mchid text NOT NULL, at timestamp, CONSTRAINT late_key PRIMARY KEY (id, mchid),
    CONSTRAINT late_id UNIQUE (id));
CREATE TABLE recon.child (mchid text NOT NULL, id text NOT NULL, other text NOT NULL, CONSTRAINT child_key PRIMARY KEY (mchid, id),
    CONSTRAINT child_parent FOREIGN KEY (other, mchid) REFERENCES recon.late (mchid, id));
CREATE TABLE recon.keyless (mchid text);
CREATE DOMAIN recon.fen AS bigint;
CREATE FUNCTION recon.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE FUNCTION recon.count() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN PERFORM 1; RETURN (SELECT count(*) FROM rental.good g, recon.goods(g.mchid)); END';
CREATE TRIGGER late_watch AFTER INSERT ON recon.late FOR EACH ROW EXECUTE FUNCTION recon.nothing();
END
sed -i 's/REFERENCES recon.late (mchid, id)/REFERENCES recon.late (id, mchid)/; s/FOREIGN KEY (other, mchid)/FOREIGN KEY (mchid, other)/' sql/migrations/0001.sql
put sql/queries/bad.sql <<'END'
SELECT id
FROM recon.good
WHERE mchid = $1 AND id <> session_user AND paid_at::date = $2
END
put sql/queries/calls.sql <<<"SELECT s.id FROM recon.good g, LATERAL recon.goods(g.mchid) s"
fails keys "every rule broken once" \
    "sql/queries/calls.sql: calls recon.goods in a statement that reads tables" \
    "recon.count: calls recon.goods in a statement that reads tables" \
    "sql/queries/bad.sql:3: session_user inside a query" \
    "sql/queries/bad.sql:3: a time zone of the session" \
    "recon.bare: has no column mchid" \
    "recon.bare: has no comment" \
    "recon.bare: column note is a floating point number" \
    "recon.late: unique key late_key does not begin with mchid" \
    "recon.late: unique key late_id does not begin with mchid" \
    "recon.late: column id has no comment" \
    "recon.late: column at is a timestamp without time zone" \
    "recon.late: has trigger late_watch" \
    "recon.child: foreign key child_parent does not hold mchid on both sides" \
    "recon.keyless: has no primary key" \
    "recon.keyless: mchid is not text NOT NULL" \
    "recon.fen: is a domain"
rm sql/migrations/0001.sql
rm sql/queries/{bad,calls,values,pure}.sql
fails keys "an empty schema" "recon: schema has no tables"

# ---- tidy

if have tidy clang-tidy; then
    tree
    passes tidy "a good file"
    put src/base/clone.c <<'END'
#include "base/good.h"

int clone(int number);
int clone(int number)
{
    int *nothing = 0;

    return number > 3 ? *nothing : good(number);
}
END
    fails tidy "a null pointer" "src/base/clone.c:8:25: error: Dereference of null pointer"
    fails tidy "the cache does not hide it" "src/base/clone.c:8:25: error: Dereference of null pointer"
    rm src/base/clone.c
    sed -i 's/number + 1/number + 2/' src/base/good.c
    passes tidy "mended"
fi

# ---- deps

tree
output=$(bash "$lint/../setup/deps.sh" frobnicate 2>&1) && status=0 || status=$?
if [ "$status" -eq 64 ] && [[ $output == *'unknown word "frobnicate"'* ]]; then
    result yes "deps refuses an unknown word"
else
    result no "deps refuses an unknown word" "exit $status: $output"
fi

printf '1..%d\n' "$number"
