/* How long a merchant's API certificate on this host still serves: for the night, doctor and the
 * lists. Only the certificate is read, no secret. */
#ifndef RUN_MERCHANT_CERTIFICATE_H
#define RUN_MERCHANT_CERTIFICATE_H

#include "crypto/certificate.h"
#include "run/merchant.h"

/* A certificate that ends within this many days is warned about. */
enum { MERCHANT_CERTIFICATE_DAYS = 30 };

enum merchant_certificate_state {
    MERCHANT_CERTIFICATE_GOOD,
    MERCHANT_CERTIFICATE_ENDING,  /* within MERCHANT_CERTIFICATE_DAYS */
    MERCHANT_CERTIFICATE_EXPIRED, /* no bill can be had any more */
};

struct merchant_certificate {
    enum merchant_certificate_state state;
    struct instant not_after;
    char serial[CERTIFICATE_SERIAL_MAX + 1];
    bool public_key_mode;
};

/* `ret_there` is false, and nothing else is written, when this host has no certificate of the
 * merchant: it reconciles and settles, others fetch. ERR_ACCESS when there is one that cannot be
 * read. */
bool merchant_certificate_read(const struct merchant *merchant, const char *keys_dir,
                               struct instant now, bool *ret_there,
                               struct merchant_certificate *ret_certificate, struct err *err);

/* For ENDING and EXPIRED: a message of ERR_ACCESS, and who must act. Returns false. */
bool merchant_certificate_complain(const struct merchant_certificate *certificate, struct err *err);

enum merchant_certificate_state merchant_certificate_judge(struct instant not_after,
                                                           struct instant now);

#endif
