#include "text/utf8.h"

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
