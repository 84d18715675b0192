/* Makes keys and certificates with GnuTLS, for keys.c. Everything is PEM. A failure of the library
 * ends the process. */
#ifndef SIM_CERTS_H
#define SIM_CERTS_H

#include "keys.h"

enum cert_key_kind { CERT_KEY_RSA, CERT_KEY_EC };

enum cert_use { CERT_USE_AUTHORITY, CERT_USE_SERVER, CERT_USE_SIGN };

struct cert_request {
    enum cert_use use;
    const char *common_name;
    int64_t effective;
    int64_t expires;
    const struct text *key_pem;
    const struct text *authority_key_pem;  /* NULL: signs itself */
    const struct text *authority_cert_pem; /* likewise */
};

void cert_key_make(enum cert_key_kind kind, struct text *out_pem);

/* PKCS#8 private key → its public half, `BEGIN PUBLIC KEY`. */
bool cert_public_half(const struct text *key_pem, struct text *out_pem);

void cert_make(const struct cert_request *request, struct text *out_pem);

/* Readers of what stands in the state folder; false when it is not what it should be. */
bool cert_read_key(const struct text *pem, gnutls_privkey_t *ret_key);
bool cert_read(const struct text *pem, struct certificate *certificate,
               gnutls_pubkey_t *ret_pubkey);

#endif
