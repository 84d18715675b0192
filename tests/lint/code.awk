# code(line): the line without comments and with empty literals, so that other scripts see only code. Keeps the state of a
# comment over several lines; call code_start() at each file. For C only, and for layout that clang-format made.

function code_start() {
    code_in_comment = 0
}

function code(line,    out, at, close_at) {
    # escapes first, so that \" and '\'' end nothing
    gsub(/\\./, "", line)
    out = ""
    while (length(line) > 0) {
        if (code_in_comment) {
            close_at = index(line, "*/")
            if (close_at == 0)
                return out
            line = substr(line, close_at + 2)
            code_in_comment = 0
            continue
        }
        if (!match(line, /"|'|\/\*|\/\//))
            return out line
        at = RSTART
        out = out substr(line, 1, at - 1)
        line = substr(line, at)
        if (substr(line, 1, 2) == "//")
            return out
        if (substr(line, 1, 2) == "/*") {
            code_in_comment = 1
            line = substr(line, 3)
            continue
        }
        close_at = index(substr(line, 2), substr(line, 1, 1))
        out = out substr(line, 1, 1) substr(line, 1, 1)
        line = close_at == 0 ? "" : substr(line, close_at + 2)
    }
    return out
}
