#include "pg/sql_text.h"

#include <string.h>

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Letters of names: as in SQL, every byte of a multi-byte character counts as one. */
static bool is_name_start(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           (unsigned char)byte >= 0x80;
}

static bool is_name(char byte)
{
    return is_name_start(byte) || is_digit(byte) || byte == '$';
}

/* End of the quoted text whose first quote is at `from`; a doubled quote stays inside, and so does
 * any byte after a backslash where that has a meaning. */
static size_t quoted_end(struct view text, size_t from, char quote, bool backslash)
{
    size_t i = from + 1;

    while (i < text.length) {
        bool doubled = text.at[i] == quote && i + 1 < text.length && text.at[i + 1] == quote;

        if (doubled || (backslash && text.at[i] == '\\'))
            i += 2;
        else if (text.at[i] == quote)
            return i + 1;
        else
            i++;
    }
    return text.length;
}

/* End of a $tag$…$tag$ that begins the text; 0 when it does not begin with a tag. */
static size_t dollar_end(struct view text)
{
    size_t tag = 1;
    const char *close;

    if (tag < text.length && is_name_start(text.at[tag])) {
        while (tag < text.length && is_name(text.at[tag]) && text.at[tag] != '$')
            tag++;
    }
    if (tag >= text.length || text.at[tag] != '$')
        return 0;
    tag++;
    close = memmem(text.at + tag, text.length - tag, text.at, tag);
    return close == NULL ? text.length : (size_t)(close - text.at) + tag;
}

static size_t line_end(struct view text)
{
    const char *newline = memchr(text.at, '\n', text.length);

    return newline == NULL ? text.length : (size_t)(newline - text.at) + 1;
}

/* End of a comment that begins the text with slash-star; they nest. */
static size_t block_end(struct view text)
{
    size_t depth = 0;
    size_t i = 0;

    while (i + 1 < text.length) {
        if (text.at[i] == '/' && text.at[i + 1] == '*') {
            depth++;
            i += 2;
        } else if (text.at[i] == '*' && text.at[i + 1] == '/') {
            depth--;
            i += 2;
            if (depth == 0)
                return i;
        } else {
            i++;
        }
    }
    return text.length;
}

/* Does a piece that is not code begin with these two bytes? */
static bool is_other_start(char byte, char next)
{
    switch (byte) {
    case '\'':
    case '"':
    case ';':
    case '$':
        return true;
    case '-':
        return next == '-';
    case '/':
        return next == '*';
    case 'e':
    case 'E':
        return next == '\'';
    default:
        return false;
    }
}

/* Where a piece that is not code begins, counted from the start of the text. Names are passed over
 * whole, so that the $ in a$1 is no parameter; the E of E'…' belongs to the quoted piece. */
static size_t code_end(struct view text)
{
    size_t i = 0;

    while (i < text.length) {
        char next = i + 1 < text.length ? text.at[i + 1] : '\0';

        if (is_other_start(text.at[i], next))
            return i;
        if (!is_name_start(text.at[i++]))
            continue;
        while (i < text.length && is_name(text.at[i]))
            i++;
    }
    return i;
}

/* A dollar: $1, a quoted text, or, as code, a lone one. */
static size_t dollar_piece(struct view text, struct sql_piece *ret_piece)
{
    size_t end = 1;

    while (end < text.length && is_digit(text.at[end]))
        end++;
    if (end > 1 &&
        view_to_int64(view_from(text.at + 1, end - 1), 1, UINT16_MAX, &ret_piece->param)) {
        ret_piece->kind = SQL_PARAM;
        return end;
    }
    end = dollar_end(text);
    ret_piece->kind = end == 0 ? SQL_CODE : SQL_QUOTED;
    return end == 0 ? 1 : end;
}

/* The piece that begins a text which is not empty; returns its end. */
static size_t piece_end(struct view text, struct sql_piece *ret_piece)
{
    char next = text.length > 1 ? text.at[1] : '\0';
    size_t code = code_end(text);

    ret_piece->kind = SQL_CODE;
    if (code > 0)
        return code;
    switch (text.at[0]) {
    case ';':
        ret_piece->kind = SQL_END;
        return 1;
    case '-':
        ret_piece->kind = SQL_COMMENT;
        return line_end(text);
    case '/':
        ret_piece->kind = SQL_COMMENT;
        return block_end(text);
    case '$':
        return dollar_piece(text, ret_piece);
    case '\'':
    case '"':
        ret_piece->kind = SQL_QUOTED;
        return quoted_end(text, 0, text.at[0], /* backslash= */ false);
    default: /* E'…' */
        ret_piece->kind = SQL_QUOTED;
        return quoted_end(text, 1, next, /* backslash= */ true);
    }
}

bool sql_take_piece(struct view *rest, struct sql_piece *ret_piece)
{
    struct sql_piece piece = {.kind = SQL_CODE};
    size_t end;

    if (rest->length == 0)
        return false;
    end = piece_end(*rest, &piece);
    if (end > rest->length)
        end = rest->length;
    piece.text = view_from(rest->at, end);
    *rest = view_from(rest->at + end, rest->length - end);
    *ret_piece = piece;
    return true;
}

bool sql_take_statement(struct view *rest, struct view *ret_statement)
{
    struct view statement = {NULL, 0};
    struct sql_piece piece;

    while (sql_take_piece(rest, &piece)) {
        bool blank = piece.kind == SQL_COMMENT ||
                     (piece.kind == SQL_CODE && view_trim(piece.text).length == 0);

        if (piece.kind == SQL_END) {
            if (statement.at == NULL)
                continue;
            break;
        }
        if (statement.at == NULL && blank)
            continue;
        if (statement.at == NULL)
            statement.at = piece.text.at;
        statement.length = (size_t)(piece.text.at + piece.text.length - statement.at);
    }
    if (statement.at == NULL)
        return false;
    *ret_statement = view_trim(statement);
    return true;
}
