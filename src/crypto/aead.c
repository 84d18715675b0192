#include "crypto/aead.h"

#include "base/memory.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

DEFINE_CLEANUP(context_done, EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)

static const unsigned char *octets(struct view view)
{
    return (const unsigned char *)(view.at == NULL ? "" : view.at);
}

static bool start(EVP_CIPHER_CTX *context, const struct secret *key, struct view nonce,
                  struct view associated)
{
    int ignored = 0;
    return EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, NULL, NULL) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, (int)nonce.length, NULL) == 1 &&
           EVP_DecryptInit_ex(context, NULL, NULL, octets(secret_view(key)), octets(nonce)) == 1 &&
           EVP_DecryptUpdate(context, NULL, &ignored, octets(associated), (int)associated.length) ==
               1;
}

/* The plain bytes are not to be used before this says that they are genuine. */
static bool finish(EVP_CIPHER_CTX *context, struct view tag)
{
    unsigned char copy[AEAD_TAG_BYTES];
    unsigned char rest[AEAD_TAG_BYTES];
    int rest_length = 0;

    memcpy(copy, tag.at, sizeof copy);
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, sizeof copy, copy) == 1 &&
           EVP_DecryptFinal_ex(context, rest, &rest_length) == 1 && rest_length == 0;
}

bool aead_open(const struct secret *key, const struct aead_sealed *sealed, struct buf *ret_plain)
{
    assert(key->length == AEAD_KEY_BYTES);
    if (sealed->nonce.length < 1 || sealed->nonce.length > AEAD_NONCE_BYTES_MAX ||
        sealed->bytes.length < AEAD_TAG_BYTES || sealed->bytes.length > INT_MAX ||
        sealed->associated.length > INT_MAX)
        return false;

    size_t length = sealed->bytes.length - AEAD_TAG_BYTES;
    struct view tag = view_from(sealed->bytes.at + length, AEAD_TAG_BYTES);
    CLEANUP(buf_release) struct buf plain = BUF_INIT(length + 1);
    CLEANUP(context_done) EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    assert(context != NULL);

    unsigned char *room = (unsigned char *)buf_reserve(&plain, length + 1);
    int written = 0;
    bool genuine =
        start(context, key, sealed->nonce, sealed->associated) &&
        EVP_DecryptUpdate(context, room, &written, octets(sealed->bytes), (int)length) == 1 &&
        finish(context, tag);
    ERR_clear_error();
    if (genuine && !ret_plain->overflowed && length <= ret_plain->max - ret_plain->length)
        buf_add(ret_plain, room, length);
    else
        genuine = false;
    secret_wipe_buf(&plain);
    return genuine;
}

/* ---- streams --------------------------------------------------------------------------------- */

struct aead_stream {
    EVP_CIPHER_CTX *context;
    char held[AEAD_TAG_BYTES]; /* the last bytes: they may be the tag */
    size_t held_length;
    bool broken;
};

struct aead_stream *aead_stream_new(const struct secret *key, struct view nonce,
                                    struct view associated)
{
    assert(key->length == AEAD_KEY_BYTES && associated.length <= INT_MAX);
    if (nonce.length < 1 || nonce.length > AEAD_NONCE_BYTES_MAX)
        return NULL;
    struct aead_stream *stream = memory_alloc(sizeof *stream);

    stream->context = EVP_CIPHER_CTX_new();
    assert(stream->context != NULL);
    stream->broken = !start(stream->context, key, nonce, associated);
    ERR_clear_error();
    return stream;
}

void aead_stream_free(struct aead_stream *stream)
{
    if (stream == NULL)
        return;
    EVP_CIPHER_CTX_free(stream->context);
    free(stream);
}

/* A piece that is certainly no part of the tag. */
static void open_piece(struct aead_stream *stream, struct view piece, struct buf *plain)
{
    enum { PIECE_MAX = 1 << 30 };

    while (piece.length > 0 && !stream->broken) {
        size_t length = piece.length < PIECE_MAX ? piece.length : PIECE_MAX;
        char *room = buf_reserve(plain, length);
        int written = 0;

        stream->broken =
            room == NULL || EVP_DecryptUpdate(stream->context, (unsigned char *)room, &written,
                                              octets(piece), (int)length) != 1;
        if (!stream->broken)
            buf_grown(plain, (size_t)written);
        piece = view_from(piece.at + length, piece.length - length);
    }
}

void aead_stream_push(struct aead_stream *stream, struct view sealed, struct buf *ret_plain)
{
    size_t all = stream->held_length + sealed.length;
    size_t known = all > AEAD_TAG_BYTES ? all - AEAD_TAG_BYTES : 0;
    size_t from_held = known < stream->held_length ? known : stream->held_length;
    size_t from_sealed = known - from_held;

    open_piece(stream, view_from(stream->held, from_held), ret_plain);
    open_piece(stream, view_from(sealed.at, from_sealed), ret_plain);
    stream->held_length -= from_held;
    memmove(stream->held, stream->held + from_held, stream->held_length);
    if (sealed.length > from_sealed)
        memcpy(stream->held + stream->held_length, sealed.at + from_sealed,
               sealed.length - from_sealed);
    stream->held_length += sealed.length - from_sealed;
}

bool aead_stream_finish(struct aead_stream *stream)
{
    bool genuine = !stream->broken && stream->held_length == AEAD_TAG_BYTES &&
                   finish(stream->context, view_from(stream->held, AEAD_TAG_BYTES));
    ERR_clear_error();
    stream->broken = true;
    return genuine;
}
