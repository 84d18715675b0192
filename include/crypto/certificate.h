/* X.509 certificates as far as APIv3 needs them: which key, which serial, from when to when.
 *
 * No chain is checked: merchant certificates are our own, platform certificates come through an
 * authenticated channel (FACTS §2.4). */
#ifndef CRYPTO_CERTIFICATE_H
#define CRYPTO_CERTIFICATE_H

#include "base/date.h"
#include "crypto/key.h"

enum {
    CERTIFICATE_SERIAL_MAX = 64, /* hex digits; RFC 5280 allows 20 octets */
    CERTIFICATE_NAME_MAX = 64,   /* bytes; RFC 5280's limit for a common name */
};

struct certificate;

/* The first certificate of the text. Errors are ERR_ACCESS. */
bool certificate_parse(struct view pem, struct certificate **ret_certificate, struct err *err);
bool certificate_read(const char *path, struct certificate **ret_certificate, struct err *err);
void certificate_free(struct certificate *certificate);
DEFINE_CLEANUP(certificate_done, struct certificate, certificate_free)

/* Upper-case hex, whole octets: 40 digits for a serial of 20 octets. Lives as long as the
 * certificate. */
const char *certificate_serial(const struct certificate *certificate);

/* The subject's common name: the merchant's number in an API certificate. "" when there is none,
 * more than one, or one that is no plain text of at most CERTIFICATE_NAME_MAX bytes. Lives as long
 * as the certificate. */
const char *certificate_common_name(const struct certificate *certificate);

struct instant certificate_not_before(const struct certificate *certificate);
struct instant certificate_not_after(const struct certificate *certificate);

/* The certificate's own, freed with it. */
const struct public_key *certificate_key(const struct certificate *certificate);

#endif
