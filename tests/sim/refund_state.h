/* What a refund is at a time: pure functions of its times and the world's word on its end (FACTS
 * §5.1, §5.2). Nothing ever "changes" a status, so a clock that is set back shows the earlier one
 * again, and a bill can say what was so when it was made (§3.4). */
#ifndef SIM_REFUND_STATE_H
#define SIM_REFUND_STATE_H

#include "world.h"

enum refund_status { REFUND_PROCESSING, REFUND_SUCCESS, REFUND_ABNORMAL, REFUND_CLOSED };

enum {
    REFUND_FUNDING_MAX_S = 7 * 86400, /* not funded for longer: closed */
    REFUND_RESCUED_AFTER_S = 86400,   /* apply-abnormal-refund pays a bank card by then */
    REFUND_WORLD_AFTER_S = 2,         /* the pair of real bills shows 2 (FACTS §3.8) */
};

enum refund_status refund_status_at(const struct refund *refund, int64_t time);

/* When its status became what it is at `time`. */
int64_t refund_settled_at(const struct refund *refund, int64_t time);

/* As the API and as bills spell it. */
const char *refund_status_name(enum refund_status status);
const char *refund_status_bill_word(enum refund_status status);

/* Balance (零钱) within 5 minutes, a bank card in 1 to 3 working days; drawn from the refund's
 * number (FACTS §5.2). */
int64_t refund_usual_after_s(const struct refund *refund, uint64_t seed);

/* Money goes back to the payer's balance, not to a card. */
bool payment_from_balance(const struct payment *payment);

/* Computes the shares of a refund that follows others of its payment, whose sums stand in `before`
 * and are carried on. Shares of one = due after it − given before it, so that refunds in full give
 * back exactly all; the fee kept is the fee on what is still settled (FACTS §10.1). */
void refund_share(struct refund *refund, int64_t rate_ppm, struct refund *before);

/* What leaves the account at once: less the returned fee when the style nets it. */
int64_t refund_outlay_fen(const struct refund *refund, enum fund_style style);

#endif
