/* AES-256-GCM, opening only, as APIv3 seals certificates and callbacks (FACTS §2.5). */
#ifndef CRYPTO_AEAD_H
#define CRYPTO_AEAD_H

#include "base/buf.h"
#include "crypto/secret.h"

enum { AEAD_KEY_BYTES = 32, AEAD_TAG_BYTES = 16, AEAD_NONCE_BYTES_MAX = 16 };

struct aead_sealed {
    struct view nonce; /* raw bytes, 1 … AEAD_NONCE_BYTES_MAX */
    struct view associated;
    struct view bytes; /* ciphertext followed by the tag */
};

/* Appends the plain bytes. False, and `ret_plain` left as it was, when key, nonce, associated data
 * or bytes are not those that were sealed, or when the result does not fit. `key` has
 * AEAD_KEY_BYTES. */
bool aead_open(const struct secret *key, const struct aead_sealed *sealed, struct buf *ret_plain);

#endif
