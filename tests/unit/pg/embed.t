#!/usr/bin/env bash
# sql/embed.sh: what it refuses, by its whole message, and what it writes.
set -u

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
count=0

ok() {
    count=$((count + 1))
    echo "ok $count - $1"
}

not_ok() {
    count=$((count + 1))
    echo "not ok $count - $1"
    printf '# expected: %s\n# seen:     %s\n' "$2" "$3"
}

is() {
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        not_ok "$1" "$2" "$3"
    fi
}

# refused MESSAGE, with the file on standard input: the build fails with exactly that message and names the file.
refused() {
    cat >"$folder/bad.sql"
    seen=$(sh sql/embed.sh queries "$folder" "$folder/bad.sql" 2>&1 >/dev/null)
    code=$?
    is "refuses: $1" "$folder/bad.sql: $1, exit code 65" "$seen, exit code $code"
}

refused 'no line "-- params:" in the head comment' <<'END'
-- Text
-- columns: none
SELECT 1
END
refused 'no line "-- columns:" in the head comment' <<'END'
-- Text
-- params: none
SELECT 1
-- columns: n int4
END
refused 'the head comment does not say what the query is for' <<'END'
-- params: none
-- columns: none
SELECT 1
END
refused 'no query behind the head comment' <<'END'
-- Text
-- params: none
-- columns: none

END
refused 'two lines "-- params:"' <<'END'
-- Text
-- params: none
-- params: none
-- columns: none
SELECT 1
END
refused 'parameter "mchid": expected "name type" or "name type null"' <<'END'
-- Text
-- params: mchid
-- columns: none
SELECT 1
END
refused 'column "fen": unknown type "numeric"' <<'END'
-- Text
-- params: none
-- columns: fen numeric
SELECT 1
END
refused 'column "fen" stands twice' <<'END'
-- Text
-- params: none
-- columns: fen int8, fen int8
SELECT 1
END
refused 'column "fen int8 or null": expected "name type" or "name type null"' <<'END'
-- Text
-- params: none
-- columns: a int8, fen int8 or null
SELECT 1
END
refused 'column "list": texts is for parameters only' <<'END'
-- Text
-- params: none
-- columns: list texts
SELECT 1
END
refused 'COPY column "b" stands where params has "c"' <<'END'
-- Text
-- params: a text, c int8
-- columns: none
COPY recon.t (a, b) FROM STDIN (FORMAT binary)
END
refused 'COPY names 2 columns, params 1' <<'END'
-- Text
-- params: a text
-- columns: none
COPY recon.t (a, b) FROM STDIN (FORMAT binary)
END
refused "more than 32 parameters or 40 columns" <<END
-- Text
-- params: none
-- columns: $(seq -f 'c%.0f int8' -s ', ' 41)
SELECT 1
END

cat >"$folder/good_one.sql" <<'END'
-- Backslashes \n and "quotes" stay as they are.
-- params: mchid text, day date,
--         list texts
-- columns: fen int8 null
SELECT E'\n\\' -- %s
END
sh sql/embed.sh queries "$folder" "$folder/good_one.sql"
is 'accepts a list over two lines' 0 $?
is 'declares the parameters in order' '    .params = {PG_TEXT, PG_DATE, PG_TEXTS},' "$(grep params "$folder/queries.c")"
is 'declares the columns' '        {"fen", PG_INT8, true},' "$(grep fen "$folder/queries.c")"
printf '#include <stdio.h>\nextern const char query_text_good_one[];\nint main(void) { return fputs(query_text_good_one, stdout) < 0; }\n' >"$folder/main.c"
"${CC:-gcc}" -o "$folder/main" "$folder/main.c" "$folder/queries.S"
"$folder/main" >"$folder/seen.sql"
is 'embeds the bytes' '' "$(cmp "$folder/good_one.sql" "$folder/seen.sql" 2>&1)"

echo 'SELECT 1;' >"$folder/0001_a.sql"
echo 'SELECT 3;' >"$folder/0003_c.sql"
seen=$(sh sql/embed.sh migrations "$folder" "$folder/0001_a.sql" "$folder/0003_c.sql" 2>&1)
is 'refuses a gap in the migrations' "$folder/0003_c.sql: expected number 0002, exit code 65" "$seen, exit code $?"
seen=$(sh sql/embed.sh migrations "$folder" "$folder/good_one.sql" 2>&1)
is 'refuses a migration without number' "$folder/good_one.sql: the name of a migration is NNNN_name.sql, exit code 65" "$seen, exit code $?"
sh sql/embed.sh migrations "$folder" "$folder/0001_a.sql"
is 'numbers the migrations' '    {1, "a", migration_text_0001},' "$(grep '"a"' "$folder/migrations.c")"

echo "1..$count"
