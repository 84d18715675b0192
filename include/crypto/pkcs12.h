/* PKCS#12 files: a certificate and its private key in one file under a password, as WeChat Pay's
 * merchant platform hands them out in apiclient_cert.p12.
 *
 * Such files are often sealed with RC2 of 40 bits, which OpenSSL 3 keeps in its provider "legacy".
 * That provider is loaded into a context of this call only; nothing else of the process can use it.
 */
#ifndef CRYPTO_PKCS12_H
#define CRYPTO_PKCS12_H

#include "base/buf.h"
#include "base/err.h"
#include "crypto/secret.h"

enum { PKCS12_PASSWORD_MAX = 128 };

/* Opens a file's bytes (at most KEY_FILE_MAX). The private key (PKCS#8) and the certificate come
 * out as PEM; `ret_private_key` must be empty, the certificate is appended. All failures are
 * ERR_ACCESS: no PKCS#12, a wrong password, key or certificate missing. */
bool pkcs12_open(struct view bytes, struct view password, struct secret *ret_private_key,
                 struct buf *ret_certificate, struct err *err);

#endif
