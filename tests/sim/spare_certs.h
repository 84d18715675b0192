/* Platform certificates that only faults of the signature use: the one that follows the present
 * one, and one that has expired. Made when first needed, over the key of public-key mode, and
 * forgotten at the end: no state folder knows them. */
#ifndef SIM_SPARE_CERTS_H
#define SIM_SPARE_CERTS_H

#include "keys.h"

/* Zero-initialised has none yet. */
struct spare_certs {
    struct certificate next;
    struct certificate expired;
};

void spare_certs_release(struct spare_certs *spares);

/* Both are signed with keys->public_mode_key. `now` dates them the first time. */
const struct certificate *spare_certs_next(struct spare_certs *spares, const struct keys *keys,
                                           int64_t now);
const struct certificate *spare_certs_expired(struct spare_certs *spares, const struct keys *keys,
                                              int64_t now);

#endif
