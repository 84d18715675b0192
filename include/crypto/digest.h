/* SHA-1 and SHA-256 over a stream of any length.
 *
 * SHA-1 is here because WeChat Pay announces the digests of its bills in it (FACTS §3.1); it proves
 * that a transfer was complete, nothing more.
 *
 *     CLEANUP(digest_release) struct digest digest;
 *     digest_init(&digest, DIGEST_SHA256);
 *     digest_push(&digest, bytes);
 *     struct digest_value value = digest_finish(&digest);
 */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include "base/cleanup.h"
#include "base/view.h"

enum digest_kind { DIGEST_SHA1, DIGEST_SHA256 };

enum { DIGEST_BYTES_MAX = 32 };

struct digest {
    enum digest_kind kind;
    void *context; /* OpenSSL's */
};

struct digest_value {
    unsigned char at[DIGEST_BYTES_MAX];
    size_t length; /* 20 or 32 */
};

struct digest_text {
    char s[2 * DIGEST_BYTES_MAX + 1]; /* lower-case hex */
};

void digest_init(struct digest *digest, enum digest_kind kind);
void digest_push(struct digest *digest, struct view bytes);
struct digest_value digest_finish(
    struct digest *digest); /* ready for another stream of the same kind */
void digest_release(struct digest *digest);

struct digest_value digest_of(enum digest_kind kind, struct view bytes);
struct view digest_view(const struct digest_value *value);
struct digest_text digest_text(const struct digest_value *value);

#endif
