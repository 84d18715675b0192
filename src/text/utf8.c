#include "text/utf8.h"

#include <string.h>

enum { EXCERPT_MAX = 40 };

/* How many bytes the lead byte announces; 0 for a byte that leads nothing. */
static size_t announced(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2)
        return 0;
    if (lead < 0xE0)
        return 2;
    if (lead < 0xF0)
        return 3;
    return lead < 0xF5 ? 4 : 0;
}

size_t utf8_first(struct view text, uint32_t *ret_code)
{
    static const unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    size_t length;
    uint32_t code;

    if (text.length == 0)
        return 0;
    length = announced((unsigned char)text.at[0]);
    if (length == 0 || length > text.length || !view_is_utf8(view_from(text.at, length)))
        return 0;
    code = (unsigned char)text.at[0] & masks[length];
    for (size_t i = 1; i < length; i++)
        code = code << 6 | ((unsigned char)text.at[i] & 0x3F);
    *ret_code = code;
    return length;
}

void utf8_mend(struct view text, struct buf *out)
{
    while (text.length > 0) {
        uint32_t code;
        size_t length = utf8_first(text, &code);

        if (length > 0) {
            buf_add(out, text.at, length);
        } else {
            buf_add_text(out, UTF8_REPLACEMENT);
            length = 1;
        }
        text = view_from(text.at + length, text.length - length);
    }
}

struct utf8_excerpt utf8_excerpt(struct view text)
{
    struct utf8_excerpt excerpt;
    size_t used = 0;

    while (text.length > 0 && used < EXCERPT_MAX) {
        uint32_t code = 0;
        size_t length = utf8_first(text, &code);

        if (length == 0) {
            length = 1;
            memcpy(excerpt.s + used, UTF8_REPLACEMENT, sizeof(UTF8_REPLACEMENT) - 1);
            used += sizeof(UTF8_REPLACEMENT) - 1;
        } else {
            memcpy(excerpt.s + used, text.at, length);
            if (code < 0x20 || code == 0x7F)
                excerpt.s[used] = ' ';
            used += length;
        }
        text = view_from(text.at + length, text.length - length);
    }
    memcpy(excerpt.s + used, text.length > 0 ? "…" : "", text.length > 0 ? sizeof("…") : 1);
    return excerpt;
}
