/* RSA keys of at least 2048 bits, signatures as RSASSA-PKCS1-v1_5 with SHA-256 (the only kind that
 * APIv3 uses, FACTS §1.1), and short secrets opened as RSAES-OAEP with SHA-1 (FACTS §2.6, §4.2).
 *
 * Files are PEM. Files protected by a password are refused; nothing ever asks on the terminal.
 * Errors are ERR_ACCESS and name the file. */
#ifndef CRYPTO_KEY_H
#define CRYPTO_KEY_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "crypto/secret.h"

enum { KEY_FILE_MAX = 64 * 1024, KEY_BITS_MIN = 2048, SIGNATURE_BYTES_MAX = 1024 };

struct private_key;

struct public_key {
    void *pkey; /* OpenSSL's; for this room only */
};

/* The file must be private (base/file.h). */
bool private_key_read(const char *path, struct private_key **ret_key, struct err *err);
bool private_key_parse(struct view pem, struct private_key **ret_key, struct err *err);
void private_key_free(struct private_key *key);
DEFINE_CLEANUP(private_key_done, struct private_key, private_key_free)

/* Appends the base64 of the signature. The same message gives the same signature. */
bool private_key_sign(const struct private_key *key, struct view message, struct buf *ret_base64,
                      struct err *err);

/* Opens what was sealed with the public half (OAEP, SHA-1 and MGF1 with SHA-1). `ret_plain` is
 * replaced. ERR_ACCESS when it was sealed for another key; ERR_DATA when it is no base64. */
bool private_key_unseal(const struct private_key *key, struct view sealed_base64,
                        struct secret *ret_plain, struct err *err);

bool public_key_read(const char *path, struct public_key **ret_key, struct err *err);
bool public_key_parse(struct view pem, struct public_key **ret_key, struct err *err);

/* For certificate.c: takes over one reference to an EVP_PKEY. On failure the reference stays with
 * the caller. */
bool public_key_adopt(void *pkey, struct public_key **ret_key, struct err *err);

void public_key_free(struct public_key *key);
DEFINE_CLEANUP(public_key_done, struct public_key, public_key_free)

/* Whether `signature_base64` is this key's signature of `message`. False for anything that is no
 * signature at all. */
bool public_key_verify(const struct public_key *key, struct view message,
                       struct view signature_base64);

/* Whether both are halves of one key. */
bool private_key_fits(const struct private_key *key, const struct public_key *public_key);

#endif
