/* Signing requests (FACTS §1.1, §1.2). Pure: time and nonce are given.
 *
 * Four steps: canonical text, signature, header value, and nothing else is ever signed with the
 * merchant's key. */
#ifndef WXPAY_SIGN_H
#define WXPAY_SIGN_H

#include "base/buf.h"
#include "base/err.h"
#include "crypto/key.h"

enum { WXPAY_AUTHORIZATION_MAX = 4096 };

/* What is signed, byte for byte as it is sent. */
struct wxpay_sign_input {
    const char *method;  /* "GET", "POST" */
    struct view target;  /* path and query */
    int64_t timestamp_s; /* Unix seconds */
    const char *nonce;
    struct view body; /* empty for GET */
};

/* Who signs. In partner mode the service provider, never the sub-merchant. */
struct wxpay_signer {
    const char *mchid;
    const char *serial; /* of the merchant's API certificate */
    const struct private_key *key;
};

/* Appends the five lines. */
void wxpay_sign_text(const struct wxpay_sign_input *input, struct buf *text);

/* Appends the value of the Authorization header. ERR_ACCESS when the key cannot sign. */
bool wxpay_authorization(const struct wxpay_signer *signer, const struct wxpay_sign_input *input,
                         struct buf *value, struct err *err);

#endif
