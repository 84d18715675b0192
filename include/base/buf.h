/* A growing run of bytes that knows its maximum from birth.
 *
 * Adding past the maximum sets `overflowed`, drops what did not fit and everything after it, and
 * stays so until buf_clear: write all, then ask once. The content is always followed by a
 * terminator that is not counted. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/view.h"

#include <stdarg.h>

struct buf {
    char *at;
    size_t length;
    size_t capacity;
    size_t max;
    bool overflowed;
};

#define BUF_INIT(maximum) ((struct buf){.max = (maximum)})

void buf_add(struct buf *buf, const void *at, size_t length);
void buf_add_view(struct buf *buf, struct view view);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_byte(struct buf *buf, char byte);
void buf_add_format(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_add_format_list(struct buf *buf, const char *format, va_list list)
    __attribute__((format(printf, 2, 0)));

/* Room for `length` more bytes and a pointer to it, or NULL (overflowed). Follow with buf_grown. */
char *buf_reserve(struct buf *buf, size_t length);
void buf_grown(struct buf *buf, size_t length);

struct view buf_view(const struct buf *buf);
const char *buf_text(const struct buf *buf); /* terminated; "" when empty */
void buf_clear(struct buf *buf);             /* keeps the memory */
void buf_release(struct buf *buf);           /* wipes nothing; see crypto/secret.h for secrets */

#endif
