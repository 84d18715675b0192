#include "text/encoding.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

enum { PIECE_SIZE = 64 * 1024 };

static const char BOM[] = "\xEF\xBB\xBF";

static size_t line_of(struct view bytes, size_t offset)
{
    size_t line = 1;

    for (size_t i = 0; i < offset; i++)
        line += bytes.at[i] == '\n';
    return line;
}

/* Converts what it can; `ret_bad` is where it ended, the text's length when it could all. */
static bool convert(iconv_t converter, struct view bytes, struct buf *text, size_t *ret_bad)
{
    char *from = (char *)(uintptr_t)bytes.at; /* iconv does not write there */
    size_t left = bytes.length;
    bool more = true;

    while (more && !text->overflowed) {
        char piece[PIECE_SIZE];
        char *to = piece;
        size_t room = sizeof(piece);

        more = iconv(converter, &from, &left, &to, &room) == (size_t)-1 && errno == E2BIG;
        buf_add(text, piece, sizeof(piece) - room);
    }
    *ret_bad = bytes.length - left;
    return left == 0;
}

static bool from_gb18030(struct view bytes, struct buf *text, struct err *err)
{
    iconv_t converter = iconv_open("UTF-8", "GB18030");
    size_t bad;
    bool whole;

    if (converter == (iconv_t)-1)
        return err_set_errno(err, ERR_CONFIG, errno,
                             "the file is not UTF-8, and this system cannot read GB18030");
    whole = convert(converter, bytes, text, &bad);
    (void)iconv_close(converter);
    if (!whole && !text->overflowed)
        return err_set(err, ERR_DATA, "line %zu: neither UTF-8 nor GB18030", line_of(bytes, bad));
    return true;
}

/* The first line that is not UTF-8. */
static size_t line_not_utf8(struct view bytes)
{
    struct view rest = bytes;
    struct view line;
    size_t number = 1;

    while (view_take(&rest, '\n', &line) && view_is_utf8(line))
        number++;
    return number;
}

bool encoding_to_utf8(struct view bytes, struct buf *ret_text, struct err *err)
{
    const char *nul = bytes.length > 0 ? memchr(bytes.at, '\0', bytes.length) : NULL;

    if (nul != NULL)
        return err_set(err, ERR_DATA, "line %zu: a NUL byte: not UTF-8 and not GB18030",
                       line_of(bytes, (size_t)(nul - bytes.at)));
    if (view_is_utf8(bytes))
        buf_add_view(ret_text, bytes);
    else if (view_starts_with(bytes, view_of(BOM)))
        return err_set(err, ERR_DATA, "line %zu: not UTF-8, although the file says so",
                       line_not_utf8(bytes));
    else if (!from_gb18030(bytes, ret_text, err))
        return false;
    if (ret_text->overflowed)
        return err_set(err, ERR_LIMIT, "more than %zu bytes as UTF-8", ret_text->max);
    return true;
}
