/* May this refund be made? The rules of FACTS §5.2 and §5.3 in the order in which they are looked
 * at. Pure but for reading the ledger. */
#ifndef SIM_REFUND_RULES_H
#define SIM_REFUND_RULES_H

#include "ledger.h"
#include "refund_request.h"

enum {
    REFUND_PER_ORDER_MAX = 50,
    REFUND_SPACING_S = 60,
    REFUND_WITHIN_S = 365 * 86400,
    REFUND_OLD_ORDER_S = 31 * 86400, /* "one month" */
};

enum refund_verdict {
    REFUND_NEW,   /* allowed: to be accepted */
    REFUND_KNOWN, /* the same again: answer with its present state */
    REFUND_WRONG, /* `error` says why */
};

struct refund_judgement {
    enum refund_verdict verdict;
    enum reply_error error;
    struct reply_detail detail;
    const struct payment *payment; /* when the order was found */
    const struct refund *refund;   /* KNOWN */
    const struct accepted *accepted;
};

/* Whose money a request is about: the applicant itself or the sub-merchant it names. False with the
 * error: none named by a partner, one named by a direct merchant, or not one of its own. */
bool refund_shop(const struct world *world, const struct merchant *applicant, const char *sub_mchid,
                 const struct merchant **ret_shop, enum reply_error *ret_error);

/* `shop` as above. */
struct refund_judgement refund_judge(struct ledger *ledger, const struct merchant *shop,
                                     const struct refund_request *request, int64_t now);

#endif
