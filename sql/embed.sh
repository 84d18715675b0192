#!/bin/sh
# Embeds SQL files into the program: embed.sh queries|migrations FOLDER FILE…
#
# queries:    writes FOLDER/queries.{S,c,h}. Each file holds one query and begins with a comment that says what it is for and what travels:
#                 -- params: mchid text, day date
#                 -- columns: verdict text, fen int8 null
#             in the order of $1, $2, … and of the select list; "none" when there are none; a list may go on over comment lines that
#             end in a comma. For `COPY t (…) FROM STDIN` the params are the columns of the table, and the two lists must be the same.
# migrations: writes FOLDER/migrations.{S,c}. Files are named NNNN_name.sql and numbered without gaps from 0001.
#
# The bytes go in with .incbin (C strings written by awk lose backslashes), so the build must run in the folder that the names of the files
# are relative to. Written for mawk, Debian's awk.
set -eu

usage() {
    echo "usage: embed.sh queries|migrations FOLDER FILE..." >&2
    exit 64
}

# Reads one query file; prints its lines of the C table, or fails naming the file.
describe_query() {
    awk -v name="$2" '
    function fail(message) {
        printf "%s: %s\n", FILENAME, message > "/dev/stderr"
        failed = 1
        exit 1
    }

    # "a text, b int8 null" into names[], enums[], nullable[]; returns how many.
    function parse_list(what, list, names, enums, nullable,    parts, words, seen, count, i, n) {
        gsub(/^[ \t]+|[ \t]+$/, "", list)
        if (list == "none")
            return 0
        count = split(list, parts, ",")
        if (count == 0)
            fail("empty list of " what ": write \"none\"")
        for (i = 1; i <= count; i++) {
            gsub(/^[ \t]+|[ \t]+$/, "", parts[i])
            n = split(parts[i], words, " ")
            if (n < 2 || n > 3 || (n == 3 && words[3] != "null"))
                fail(what " \"" parts[i] "\": expected \"name type\" or \"name type null\"")
            if (words[1] !~ /^[a-z][a-z0-9_]*$/)
                fail(what " \"" words[1] "\": not a name")
            if (words[1] in seen)
                fail(what " \"" words[1] "\" stands twice")
            if (!(words[2] in types))
                fail(what " \"" words[1] "\": unknown type \"" words[2] "\"")
            if (what == "column" && words[2] == "texts")
                fail("column \"" words[1] "\": texts is for parameters only")
            seen[words[1]] = 1
            names[i] = words[1]
            enums[i] = types[words[2]]
            nullable[i] = n == 3 ? "true" : "false"
        }
        return count
    }

    # The columns that COPY t (a, b) names must be the params, in order.
    function check_copy(    list, parts, count, i) {
        if (column_count > 0)
            fail("a COPY from the client has no columns: write \"none\"")
        list = body
        if (!sub(/^[^(]*\(/, "", list) || !sub(/\).*/, "", list))
            fail("COPY without a list of columns")
        count = split(list, parts, ",")
        if (count != param_count)
            fail("COPY names " count " columns, params " param_count)
        for (i = 1; i <= count; i++) {
            gsub(/[ \t]/, "", parts[i])
            if (parts[i] != param_names[i])
                fail("COPY column \"" parts[i] "\" stands where params has \"" param_names[i] "\"")
        }
    }

    BEGIN {
        types["text"] = "PG_TEXT"
        types["int8"] = "PG_INT8"
        types["int4"] = "PG_INT4"
        types["bool"] = "PG_BOOL"
        types["date"] = "PG_DATE"
        types["instant"] = "PG_INSTANT"
        types["bytes"] = "PG_BYTES"
        types["texts"] = "PG_TEXTS"
        types["json"] = "PG_JSON"
        head = 1
        PARAMS_MAX = 32 # as in pg/pg.h
        COLUMNS_MAX = 40
    }

    head && !/^--/ { head = 0 }

    !head {
        body = body " " $0
        next
    }

    {
        line = $0
        sub(/^--[ \t]*/, "", line)
        if (line ~ /^(params|columns):/) {
            key = substr(line, 1, index(line, ":") - 1)
            if (key in lists)
                fail("two lines \"-- " key ":\"")
            lists[key] = substr(line, index(line, ":") + 1)
        } else if (key != "") {
            lists[key] = lists[key] " " line
        } else if (line != "") {
            purpose = 1
        }
        if (key != "" && lists[key] !~ /,[ \t]*$/)
            key = ""
    }

    END {
        if (failed)
            exit 1
        if (!purpose)
            fail("the head comment does not say what the query is for")
        if (!("params" in lists))
            fail("no line \"-- params:\" in the head comment")
        if (!("columns" in lists))
            fail("no line \"-- columns:\" in the head comment")
        param_count = parse_list("parameter", lists["params"], param_names, param_enums, param_nullable)
        column_count = parse_list("column", lists["columns"], column_names, column_enums, column_nullable)
        if (param_count > PARAMS_MAX || column_count > COLUMNS_MAX)
            fail("more than " PARAMS_MAX " parameters or " COLUMNS_MAX " columns")
        if (body !~ /[^ \t]/)
            fail("no query behind the head comment")
        if (body ~ /^[ \t]*COPY[ \t]/)
            check_copy()

        printf "const struct pg_query query_%s = {\n", name
        printf "    .name = \"%s\",\n", name
        printf "    .text = query_text_%s,\n", name
        printf "    .param_count = %d,\n", param_count
        if (param_count > 0) {
            printf "    .params = {"
            for (i = 1; i <= param_count; i++)
                printf "%s%s", (i > 1 ? ", " : ""), param_enums[i]
            printf "},\n"
        }
        printf "    .column_count = %d,\n", column_count
        if (column_count > 0) {
            printf "    .columns = {\n"
            for (i = 1; i <= column_count; i++)
                printf "        {\"%s\", %s, %s},\n", column_names[i], column_enums[i], column_nullable[i]
            printf "    },\n"
        }
        printf "};\n\n"
    }' "$1"
}

# .rodata symbol SYMBOL with the bytes of FILE and a zero behind them.
assemble() {
    printf '    .globl %s\n    .balign 16\n%s:\n    .incbin "%s"\n    .byte 0\n\n' "$2" "$2" "$1"
}

assembly_head() {
    printf '    .section .rodata\n\n'
}

assembly_end() {
    printf '    .section .note.GNU-stack,"",%%progbits\n'
}

embed_queries() {
    : >"$table"
    : >"$names"
    for file in "$@"; do
        name=$(basename "$file" .sql)
        case $name in
        *[!a-z0-9_]* | [!a-z]*)
            echo "$file: the name of a query is small letters, digits and underscores" >&2
            exit 65
            ;;
        esac
        describe_query "$file" "$name" >>"$table" || exit 65
        echo "$name $file" >>"$names"
    done
    {
        assembly_head
        while read -r name file; do
            assemble "$file" "query_text_$name"
        done <"$names"
        assembly_end
    } >"$folder/queries.S"
    {
        printf '/* Made by sql/embed.sh from sql/queries. */\n'
        printf '#ifndef GEN_QUERIES_H\n#define GEN_QUERIES_H\n\n#include "pg/pg.h"\n\n'
        while read -r name file; do
            printf 'extern const struct pg_query query_%s;\n' "$name"
        done <"$names"
        printf '\n/* All of them; a NULL ends the array and is not counted. */\n'
        printf 'extern const struct pg_query *const queries[];\nextern const size_t query_count;\n\n#endif\n'
    } >"$folder/queries.h"
    {
        printf '/* Made by sql/embed.sh from sql/queries. */\n#include "queries.h"\n\n'
        while read -r name file; do
            printf 'extern const char query_text_%s[];\n' "$name"
        done <"$names"
        printf '\n'
        cat "$table"
        printf 'const struct pg_query *const queries[] = {\n'
        while read -r name file; do
            printf '    &query_%s,\n' "$name"
        done <"$names"
        printf '    NULL,\n};\n\nconst size_t query_count = sizeof(queries) / sizeof(queries[0]) - 1;\n'
    } >"$folder/queries.c"
}

embed_migrations() {
    : >"$names"
    expected=1
    for file in "$@"; do
        base=$(basename "$file" .sql)
        number=${base%%_*}
        case $base in
        [0-9][0-9][0-9][0-9]_[a-z]*) ;;
        *)
            echo "$file: the name of a migration is NNNN_name.sql" >&2
            exit 65
            ;;
        esac
        if [ "$number" != "$(printf '%04d' "$expected")" ]; then
            echo "$file: expected number $(printf '%04d' "$expected")" >&2
            exit 65
        fi
        expected=$((expected + 1))
        echo "$number ${base#*_} $file" >>"$names"
    done
    {
        assembly_head
        while read -r number name file; do
            assemble "$file" "migration_text_$number"
        done <"$names"
        assembly_end
    } >"$folder/migrations.S"
    {
        printf '/* Made by sql/embed.sh from sql/migrations. */\n#include "pg/migrate.h"\n\n'
        while read -r number name file; do
            printf 'extern const char migration_text_%s[];\n' "$number"
        done <"$names"
        printf '\nconst struct migration migrations[] = {\n'
        while read -r number name file; do
            printf '    {%d, "%s", migration_text_%s},\n' "$(echo "$number" | sed 's/^0*//')" "$name" "$number"
        done <"$names"
        printf '    {0, NULL, NULL},\n};\n\n'
        printf 'const size_t migration_count = sizeof(migrations) / sizeof(migrations[0]) - 1;\n'
    } >"$folder/migrations.c"
}

[ $# -ge 2 ] || usage
mode=$1
folder=$2
shift 2
table=$folder/$mode.table.tmp
names=$folder/$mode.names.tmp
trap 'rm -f "$table" "$names"' EXIT
case $mode in
queries) embed_queries "$@" ;;
migrations) embed_migrations "$@" ;;
*) usage ;;
esac
