#include "wxpay/target.h"

#include <string.h>

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static void add_encoded(struct buf *target, struct view text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (is_unreserved(text.at[i]))
            buf_add_byte(target, text.at[i]);
        else
            buf_add_format(target, "%%%02X", (unsigned)(unsigned char)text.at[i]);
    }
}

void wxpay_target_segment(struct buf *target, struct view segment)
{
    buf_add_byte(target, '/');
    add_encoded(target, segment);
}

void wxpay_target_query(struct buf *target, const char *name, struct view value)
{
    buf_add_byte(target, strchr(buf_text(target), '?') == NULL ? '?' : '&');
    buf_add_format(target, "%s=", name);
    add_encoded(target, value);
}
