/* Verifying replies (FACTS §2.1), before anything of them is parsed. Pure: the time is given. */
#ifndef WXPAY_VERIFY_H
#define WXPAY_VERIFY_H

#include "wxpay/keyring.h"

enum { WXPAY_SKEW_MAX_S = 5 * 60 }; /* from here on refused; 4 min 59 s passes */

/* What the Wechatpay-… headers of a reply say; all empty when it is not signed. */
struct wxpay_seal {
    struct view timestamp;
    struct view nonce;
    struct view serial;
    struct view signature;
};

enum wxpay_verdict {
    WXPAY_GENUINE,
    WXPAY_UNSIGNED,    /* a header is missing or its timestamp is no number */
    WXPAY_STALE,       /* more than WXPAY_SKEW_MAX_S away from our clock */
    WXPAY_UNKNOWN_KEY, /* no valid key of that serial: reload once */
    WXPAY_FORGED,      /* wrong signature, also the probes of FACTS §2.3 */
};

enum wxpay_verdict wxpay_verify(const struct wxpay_keyring *ring, const struct wxpay_seal *seal,
                                struct view body, struct instant now);

#endif
