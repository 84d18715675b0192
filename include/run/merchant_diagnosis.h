/* What a failed request to WeChat Pay means for a person: what is wrong, who can mend it, and how.
 * Pure.
 *
 * Programs branch on status and `code` only, because WeChat Pay's texts change (FACTS §1.4). Here
 * the texts are read too, since the code SIGN_ERROR alone covers clock, serial and key: nothing is
 * decided by it, a text that is not known only makes the advice more general. */
#ifndef RUN_MERCHANT_DIAGNOSIS_H
#define RUN_MERCHANT_DIAGNOSIS_H

#include "base/err.h"

enum merchant_mender {
    MENDER_OPERATOR,      /* of this machine: files, clock, network */
    MENDER_ADMINISTRATOR, /* finance's administrator of the company on the merchant platform */
    MENDER_SUPPORT,       /* WeChat Pay's */
};

/* "the operator of this machine", … */
const char *merchant_mender_name(enum merchant_mender mender);

struct merchant_diagnosis {
    const char *problem; /* a few words */
    enum merchant_mender mender;
    const char *advice;
};

/* What is known without the failure. */
struct merchant_known {
    bool partner; /* keys and rights are those of a service provider */
};

/* `failure` is what wxpay_open, or a call of the room wxpay, left. */
struct merchant_diagnosis merchant_diagnose(const struct err *failure,
                                            const struct merchant_known *known);

#endif
