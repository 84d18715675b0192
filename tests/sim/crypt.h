/* The cryptography of APIv3, from GnuTLS and nettle alone (FACTS §1.1, §2.1, §2.5). Bad input from
 * outside is an ordinary `false`; a failure of the library itself ends the process. */
#ifndef SIM_CRYPT_H
#define SIM_CRYPT_H

#include "text.h"

#include <gnutls/abstract.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    CRYPT_AEAD_KEY_SIZE = 32,
    CRYPT_AEAD_NONCE_SIZE = 12,
    CRYPT_AEAD_TAG_SIZE = 16,
    CRYPT_SHA1_HEX_SIZE = 41
};

/* Ends the process with GnuTLS's words when `result` is one of its errors. */
void crypt_must(int result, const char *what);

/* From the system's generator. */
void crypt_random(void *bytes, size_t size);

/* Standard alphabet, padding, no line breaks; anything else is refused. */
void base64_add(struct text *out, const void *bytes, size_t size);
bool base64_decode(const char *base64, struct text *out);

/* RSASSA-PKCS1-v1_5 with SHA-256, in base64. */
void rsa_sign(gnutls_privkey_t key, const struct text *message, struct text *out_base64);
bool rsa_verify(gnutls_pubkey_t key, const struct text *message, const char *signature_base64);

/* AES-256-GCM: ciphertext, then the 16-byte tag. */
struct aead {
    const char *key; /* CRYPT_AEAD_KEY_SIZE bytes */
    const char *nonce;
    size_t nonce_size; /* CRYPT_AEAD_NONCE_SIZE, or another where FACTS say so */
    const char *associated;
};

void aead_seal(const struct aead *aead, const struct text *plain, struct text *out);
bool aead_open(const struct aead *aead, const char *sealed, size_t size, struct text *out);

/* HMAC-SHA-256: 32 bytes that only who has the key can make. */
void hmac_sha256(const struct text *key, const struct text *message,
                 unsigned char out[static CRYPT_AEAD_KEY_SIZE]);

void sha1_hex(const struct text *bytes, char out[static CRYPT_SHA1_HEX_SIZE]);

#endif
