/* What holds for any bytes as the body of GET /v3/certificates.
 *
 * Only what the APIv3 key of the published vector opens gets into the keyring, under its own
 * serial; what is refused leaves it empty. */
#ifndef FUZZ_CERTIFICATES_LAWS_H
#define FUZZ_CERTIFICATES_LAWS_H

#include "wxpay/keyring.h"

#include <assert.h>
#include <string.h>

static inline void certificates_laws(struct view bytes)
{
    CLEANUP(secret_release) struct secret key = SECRET_INIT;
    CLEANUP(wxpay_keyring_release) struct wxpay_keyring ring = WXPAY_KEYRING_INIT;
    struct instant now = {.us = INT64_C(1780281000) * INSTANT_SECOND};
    struct err err = ERR_INIT;

    secret_set(&key, VIEW("a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"));
    bool read = wxpay_keyring_read_certificates(bytes, &key, now, &ring, &err);
    assert(read == (err.kind == ERR_NONE) && read == (ring.count > 0));
    assert(strpbrk(err.text, "\r\n") == NULL);
    for (size_t i = 0; i < ring.count; i++) {
        assert(strcmp(ring.keys[i].id, certificate_serial(ring.keys[i].certificate)) == 0);
        assert(wxpay_keyring_find(&ring, view_of(ring.keys[i].id), now) != NULL);
    }
}

#endif
