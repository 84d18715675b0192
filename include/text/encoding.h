/* Text files that people saved, as UTF-8. The only user of iconv.
 *
 * Excel in China writes "CSV" in GB18030 and "CSV UTF-8" with a byte order mark. A text that is
 * valid UTF-8 is taken as UTF-8, with or without its mark; otherwise it has to be GB18030 as a
 * whole. */
#ifndef TEXT_ENCODING_H
#define TEXT_ENCODING_H

#include "base/buf.h"
#include "base/err.h"

/* Appends `bytes` as UTF-8, a mark at the beginning included. ERR_DATA, naming the first line that
 * is in neither encoding or holds a NUL byte; ERR_LIMIT when the buffer's maximum does not hold the
 * text (of three bytes for two). On failure the buffer may hold a part. */
bool encoding_to_utf8(struct view bytes, struct buf *ret_text, struct err *err);

#endif
