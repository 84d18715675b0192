/* Bytes that nobody may see: keys and what is derived from them.
 *
 * A secret owns its memory, which is wiped before it is given back. It has no text form but
 * SECRET_TEXT; never pass `at` to anything that prints. Key files are read only when nobody else
 * could have read them (base/file.h, file_check_private). */
#ifndef CRYPTO_SECRET_H
#define CRYPTO_SECRET_H

#include "base/buf.h"
#include "base/err.h"

/* What stands for any secret in messages and logs. */
#define SECRET_TEXT "***"

struct secret {
    char *at; /* NULL when empty */
    size_t length;
};

#define SECRET_INIT ((struct secret){.at = NULL})

struct view secret_view(const struct secret *secret);

/* Replaces the content by a copy of `bytes`; the old content is wiped. */
void secret_set(struct secret *secret, struct view bytes);

/* The whole file, at most `length_max` bytes. `ret_secret` must be empty. Every failure is
 * ERR_ACCESS and names the file: not there, not readable, readable by others, empty, too long. */
bool secret_read(const char *path, size_t length_max, struct secret *ret_secret, struct err *err);

void secret_release(struct secret *secret);

/* Wipes what a buffer holds before it is released or reused for something else. */
void secret_wipe_buf(struct buf *buf);

/* Compares in a time that depends on the lengths only. */
bool secret_equal(struct view a, struct view b);

#endif
