/* WeChat Pay's keys by serial: platform certificates and public keys side by side (FACTS §2.2),
 * because while a merchant changes from one to the other replies come signed with either.
 *
 * The keyring owns what is put in. Certificates that have expired are not found any more; they are
 * dropped by the next replacement. */
#ifndef WXPAY_KEYRING_H
#define WXPAY_KEYRING_H

#include "crypto/certificate.h"
#include "crypto/secret.h"

enum { WXPAY_KEYS_MAX = 64, WXPAY_KEY_ID_MAX = 128 };

struct wxpay_key {
    char id[WXPAY_KEY_ID_MAX + 1];   /* serial or PUB_KEY_ID_… */
    struct certificate *certificate; /* one of the two is NULL */
    struct public_key *public_key;
};

struct wxpay_keyring {
    struct wxpay_key keys[WXPAY_KEYS_MAX];
    size_t count;
};

#define WXPAY_KEYRING_INIT ((struct wxpay_keyring){.count = 0})

void wxpay_keyring_release(struct wxpay_keyring *ring);

/* Takes the key or certificate; a second one of the same serial replaces the first. ERR_LIMIT above
 * WXPAY_KEYS_MAX: then nothing is taken. */
bool wxpay_keyring_add_public_key(struct wxpay_keyring *ring, struct view id,
                                  struct public_key *key, struct err *err);
bool wxpay_keyring_add_certificate(struct wxpay_keyring *ring, struct certificate *certificate,
                                   struct err *err);

/* The key of that serial, NULL when there is none or its certificate has expired at `now`. */
const struct public_key *wxpay_keyring_find(const struct wxpay_keyring *ring, struct view serial,
                                            struct instant now);

/* Reads the body of GET /v3/certificates into `ret_ring`, which must be empty: opens every
 * certificate with the APIv3 key (which proves where they come from), compares each with its
 * announced serial, leaves out the expired. ERR_DATA: not the JSON that FACTS §2.5 describes, a
 * serial that differs; ERR_ACCESS: the APIv3 key does not open them; ERR_DATA, too, when nothing
 * valid is left. */
bool wxpay_keyring_read_certificates(struct view body, const struct secret *apiv3_key,
                                     struct instant now, struct wxpay_keyring *ret_ring,
                                     struct err *err);

/* Drops the certificates of `ring`, keeps its public keys, and moves everything of `fresh` over. */
bool wxpay_keyring_replace_certificates(struct wxpay_keyring *ring, struct wxpay_keyring *fresh,
                                        struct err *err);

#endif
