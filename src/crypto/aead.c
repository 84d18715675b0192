#include "crypto/aead.h"

#include "base/cleanup.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <assert.h>
#include <limits.h>
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
