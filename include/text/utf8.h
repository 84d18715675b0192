/* UTF-8 one character at a time: for widths, and for mending bytes that came damaged. Whether a
 * whole text is valid asks view_is_utf8 of base/view.h. */
#ifndef TEXT_UTF8_H
#define TEXT_UTF8_H

#include "base/buf.h"

/* What stands for bytes that are not UTF-8. */
#define UTF8_REPLACEMENT "\xEF\xBF\xBD"

/* Length of the valid character at the beginning of `text` and its code, or 0 when there is none.
 */
size_t utf8_first(struct view text, uint32_t *ret_code);

/* The beginning of foreign text, fit for a message: mended, control characters as blanks, cut at a
 * character after about 40 bytes with `…` behind. */
struct utf8_excerpt {
    char s[56];
};

struct utf8_excerpt utf8_excerpt(struct view text);

/* Appends `text` with U+FFFD for each byte that belongs to no valid character. */
void utf8_mend(struct view text, struct buf *out);

#endif
