/* RSAES-OAEP with SHA-1 and MGF1-SHA1 and an empty label (FACTS §2.6). This GnuTLS has no OAEP: the
 * padding is done here, the RSA itself with nettle's numbers. */
#ifndef SIM_OAEP_H
#define SIM_OAEP_H

#include "text.h"

#include <gnutls/abstract.h>
#include <stdbool.h>

/* `plain` of at most 214 bytes for RSA-2048; longer ends the process. Adds the raw ciphertext. */
void oaep_seal(gnutls_pubkey_t key, const struct text *plain, struct text *out);

/* False when it was not sealed for that key. */
bool oaep_open(gnutls_privkey_t key, const struct text *sealed, struct text *out);

#endif
