/* AES-256-GCM, opening only, as APIv3 seals certificates and callbacks (FACTS §2.5), and the bills
 * of sub-merchants, which are too large to be held (FACTS §4.2). */
#ifndef CRYPTO_AEAD_H
#define CRYPTO_AEAD_H

#include "base/buf.h"
#include "base/cleanup.h"
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

/* For what does not fit into memory:
 *
 *     aead_stream_new → push, push, … → finish → free
 *
 * Plain bytes come out as they are pushed, but they are worth nothing before aead_stream_finish has
 * said that the tag, the last AEAD_TAG_BYTES pushed, is right: whoever takes them must be able to
 * throw them away. */
struct aead_stream;

/* NULL when the nonce has a length that there is none for. `key` has AEAD_KEY_BYTES. */
struct aead_stream *aead_stream_new(const struct secret *key, struct view nonce,
                                    struct view associated);

/* Appends the plain bytes that became known: all but the last AEAD_TAG_BYTES pushed so far. */
void aead_stream_push(struct aead_stream *stream, struct view sealed, struct buf *ret_plain);

/* Whether all of it is what was sealed. Once, at the end. */
bool aead_stream_finish(struct aead_stream *stream);

void aead_stream_free(struct aead_stream *stream);
DEFINE_CLEANUP(aead_stream_done, struct aead_stream, aead_stream_free)

#endif
