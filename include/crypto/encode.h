/* Hex and base64, both strict: what decodes is the only spelling of its bytes.
 *
 * Decoders append to `ret_bytes` and return false, leaving it alone, for anything else than the
 * canonical form; they accept foreign bytes of any length (WeChat Pay sends invalid base64 on
 * purpose, FACTS §2.3). A result beyond the buffer's maximum is false, too. */
#ifndef CRYPTO_ENCODE_H
#define CRYPTO_ENCODE_H

#include "base/buf.h"

void hex_encode(struct view bytes, struct buf *text);     /* lower case */
bool hex_decode(struct view text, struct buf *ret_bytes); /* either case, even length */

/* RFC 4648 §4 with padding, in one line. */
void base64_encode(struct view bytes, struct buf *text);

/* Padding required, no blanks or line ends, unused bits zero. */
bool base64_decode(struct view text, struct buf *ret_bytes);

#endif
