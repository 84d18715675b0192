#include "crypt.h"

#include "alloc.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <limits.h>
#include <nettle/gcm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BASE64_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

void crypt_must(int result, const char *what)
{
    if (result >= 0)
        return;
    (void)fprintf(stderr, "GnuTLS: could not %s: %s\n", what, gnutls_strerror(result));
    abort();
}

void crypt_random(void *bytes, size_t size)
{
    crypt_must(gnutls_rnd(GNUTLS_RND_KEY, bytes, size), "draw random bytes");
}

/* GnuTLS counts in unsigned int. */
static gnutls_datum_t datum(const void *bytes, size_t size)
{
    gnutls_datum_t datum = {.size = (unsigned int)size};

    if (size > UINT_MAX)
        abort();
    memcpy(&datum.data, &bytes, sizeof(bytes));
    return datum;
}

void base64_add(struct text *out, const void *bytes, size_t size)
{
    gnutls_datum_t plain = datum(bytes, size);
    gnutls_datum_t encoded = {0};

    crypt_must(gnutls_base64_encode2(&plain, &encoded), "encode base64");
    text_add(out, (const char *)encoded.data, encoded.size);
    gnutls_free(encoded.data);
}

bool base64_decode(const char *base64, struct text *out)
{
    size_t size = strlen(base64);
    size_t letters = strspn(base64, BASE64_LETTERS);
    gnutls_datum_t encoded = datum(base64, size);
    gnutls_datum_t plain = {0};

    if (size == 0 || size % 4 != 0 || size - letters > 2 ||
        strspn(base64 + letters, "=") != size - letters)
        return false;
    if (gnutls_base64_decode2(&encoded, &plain) < 0)
        return false;
    text_add(out, (const char *)plain.data, plain.size);
    gnutls_free(plain.data);
    return true;
}

void rsa_sign(gnutls_privkey_t key, const struct text *message, struct text *out_base64)
{
    gnutls_datum_t data = datum(message->bytes, message->size);
    gnutls_datum_t signature = {0};

    crypt_must(gnutls_privkey_sign_data2(key, GNUTLS_SIGN_RSA_SHA256, 0, &data, &signature),
               "sign");
    base64_add(out_base64, signature.data, signature.size);
    gnutls_free(signature.data);
}

bool rsa_verify(gnutls_pubkey_t key, const struct text *message, const char *signature_base64)
{
    gnutls_datum_t data = datum(message->bytes, message->size);
    struct text signature = {0};
    bool valid = false;

    if (base64_decode(signature_base64, &signature)) {
        gnutls_datum_t given = datum(signature.bytes, signature.size);

        valid = gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_RSA_SHA256, 0, &data, &given) >= 0;
    }
    text_release(&signature);
    return valid;
}

/* nettle, because GnuTLS takes nonces of 12 bytes only. */
static void aead_start(const struct aead *aead, struct gcm_aes256_ctx *gcm)
{
    gcm_aes256_set_key(gcm, (const uint8_t *)aead->key);
    gcm_aes256_set_iv(gcm, aead->nonce_size, (const uint8_t *)aead->nonce);
    gcm_aes256_update(gcm, strlen(aead->associated), (const uint8_t *)aead->associated);
}

void aead_seal(const struct aead *aead, const struct text *plain, struct text *out)
{
    struct gcm_aes256_ctx gcm;
    size_t size = plain->size + CRYPT_AEAD_TAG_SIZE;
    uint8_t *sealed = alloc_zeroed(size, 1);

    aead_start(aead, &gcm);
    gcm_aes256_encrypt(&gcm, plain->size, sealed, (const uint8_t *)plain->bytes);
    gcm_aes256_digest(&gcm, CRYPT_AEAD_TAG_SIZE, sealed + plain->size);
    text_add(out, (const char *)sealed, size);
    free(sealed);
}

bool aead_open(const struct aead *aead, const char *sealed, size_t size, struct text *out)
{
    struct gcm_aes256_ctx gcm;
    uint8_t tag[CRYPT_AEAD_TAG_SIZE];
    uint8_t *plain;
    bool opened;

    if (size < CRYPT_AEAD_TAG_SIZE)
        return false;
    size -= CRYPT_AEAD_TAG_SIZE;
    plain = alloc_zeroed(size, 1);
    aead_start(aead, &gcm);
    gcm_aes256_decrypt(&gcm, size, plain, (const uint8_t *)sealed);
    gcm_aes256_digest(&gcm, CRYPT_AEAD_TAG_SIZE, tag);
    opened = gnutls_memcmp(tag, sealed + size, CRYPT_AEAD_TAG_SIZE) == 0;
    if (opened)
        text_add(out, (const char *)plain, size);
    free(plain);
    return opened;
}

void hmac_sha256(const struct text *key, const struct text *message,
                 unsigned char out[static CRYPT_AEAD_KEY_SIZE])
{
    crypt_must(gnutls_hmac_fast(GNUTLS_MAC_SHA256, key->bytes, key->size, message->bytes,
                                message->size, out),
               "digest with a key");
}

void sha1_hex(const struct text *bytes, char out[static CRYPT_SHA1_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[20];

    crypt_must(gnutls_hash_fast(GNUTLS_DIG_SHA1, bytes->bytes, bytes->size, digest), "digest");
    for (size_t at = 0; at < sizeof(digest); at++) {
        out[2 * at] = digits[digest[at] >> 4];
        out[2 * at + 1] = digits[digest[at] & 15];
    }
    out[CRYPT_SHA1_HEX_SIZE - 1] = '\0';
}
