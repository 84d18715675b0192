# Sizes of CONTRIBUTING.md. Functions are found by clang-format's layout: `{` and `}` of a definition stand alone in the first
# column, a statement stands four blanks to the right of what it is nested in. Prints file:line: what; no output is good.
# Complexity is McCabe's: one, and one for each if, for, while, case, ?, && and ||; a condition inside assert is a claim, no path.

function say(line, text) {
    printf "%s:%d: %s\n", FILENAME, line, text
}

# Commas at depth one of the last parenthesis at depth zero that is not an attribute's.
function parameter_count(text,    at, byte, depth, commas, count, filled) {
    gsub(/__attribute__ *\(\([^()]*(\([^()]*\))?[^()]*\)\)/, "", text)
    count = 0
    for (at = 1; at <= length(text); at++) {
        byte = substr(text, at, 1)
        if (byte == "(") {
            if (depth++ == 0)
                commas = filled = 0
        } else if (byte == ")") {
            if (--depth == 0)
                count = filled ? commas + 1 : 0
        } else if (byte == "," && depth == 1) {
            commas++
        } else if (depth >= 1 && byte != " ") {
            filled = 1
        }
    }
    if (text ~ /\( *void *\)$/)
        return 0
    return count
}

function path_count(text) {
    gsub(/assert *\(.*/, "", text)
    return gsub(/(^|[^A-Za-z0-9_])(if|for|while|case)[ (]/, "#", text) + gsub(/&&|\|\||\?/, "#", text)
}

function function_end() {
    if (FNR - body_line + 1 > LINES_MAX)
        say(body_line, sprintf("%s has %d lines, at most %d", name, FNR - body_line + 1, LINES_MAX))
    if (paths > PATHS_MAX)
        say(body_line, sprintf("%s has complexity %d, at most %d", name, paths, PATHS_MAX))
    body_line = 0
    signature = ""
}

function function_begin() {
    body_line = FNR
    paths = 1
    name = signature
    sub(/ *\(.*/, "", name)
    sub(/.*[ *]/, "", name)
    if (parameter_count(signature) > PARAMETERS_MAX)
        say(FNR, sprintf("%s has %d parameters, at most %d", name, parameter_count(signature), PARAMETERS_MAX))
}

function file_end() {
    if (file != "" && file_lines > FILE_MAX)
        printf "%s:%d: file has %d lines, at most %d\n", file, file_lines, file_lines, FILE_MAX
}

BEGIN {
    LINES_MAX = 60
    FILE_MAX = 500
    PARAMETERS_MAX = 6
    NESTING_MAX = 3
    PATHS_MAX = 15
}

FNR == 1 {
    file_end()
    file = FILENAME
    code_start()
    body_line = 0
    signature = ""
}

{
    file_lines = FNR
    text = code($0)
}

text ~ /^#/ {
    next
}

body_line == 0 && text ~ /^\{/ && signature ~ /\)$/ {
    function_begin()
    next
}

body_line == 0 && text ~ /^[A-Za-z_]/ {
    signature = ""
}

body_line == 0 {
    gsub(/^ +| +$/, "", text)
    signature = signature (signature == "" ? "" : " ") text
    next
}

text ~ /^\}/ {
    function_end()
    next
}

{
    paths += path_count(text)
    match(text, /^ */)
    if (text ~ /^ *(\} )?(if|for|while|do|switch|else)([ ({]|$)/ && RLENGTH / 4 > NESTING_MAX)
        say(FNR, sprintf("%s nests %d deep, at most %d", name, RLENGTH / 4, NESTING_MAX))
}

END {
    file_end()
}
