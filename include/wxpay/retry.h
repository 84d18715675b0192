/* When a request is sent again, as data. Pure: chance is given.
 *
 * Only for requests that may be repeated without harm. The wait before attempt n + 1 is drawn
 * evenly from [d/2, d] with d = base_ms × 2^(n-1), at most cap_ms: the upper half only, so that a
 * server in trouble gets a pause from each of us, and not from all of us the same. A longer
 * Retry-After is kept to; if it is longer than cap_ms there is no further attempt. */
#ifndef WXPAY_RETRY_H
#define WXPAY_RETRY_H

#include "base/date.h"

/* Outcomes of one attempt that a policy may repeat. Bits. */
enum wxpay_outcome {
    WXPAY_OUTCOME_CONNECTION = 1 << 0, /* not reached, broken off, timed out */
    WXPAY_OUTCOME_SERVER = 1 << 1,     /* 5xx, 202 */
    WXPAY_OUTCOME_RATE = 1 << 2,       /* 429 */
    WXPAY_OUTCOME_SIGNATURE = 1 << 3,  /* unsigned, wrong or probed signature (FACTS §2.3) */
    WXPAY_OUTCOME_FINAL = 1 << 4,      /* nothing to repeat */
};

struct wxpay_retry {
    unsigned outcomes; /* which of enum wxpay_outcome */
    int attempts_max;  /* 1: never again */
    int64_t base_ms;
    int64_t cap_ms;
    int64_t wait_total_max_ms; /* of all waits of one call together */
};

/* Five attempts within half a minute: long enough for a restart on the other side and a probed
 * signature, short enough that a night with many merchants goes on; the next run comes anyway. */
#define WXPAY_RETRY_DEFAULT                                                                        \
    ((struct wxpay_retry){                                                                         \
        .outcomes = WXPAY_OUTCOME_CONNECTION | WXPAY_OUTCOME_SERVER | WXPAY_OUTCOME_RATE |         \
                    WXPAY_OUTCOME_SIGNATURE,                                                       \
        .attempts_max = 5,                                                                         \
        .base_ms = 500,                                                                            \
        .cap_ms = 10000,                                                                           \
        .wait_total_max_ms = 30000,                                                                \
    })

/* One call's attempts so far. */
struct wxpay_attempts {
    int count; /* made */
    int64_t waited_ms;
};

/* Counts the attempt that ended in `outcome`, and says whether there is another one and after how
 * long. `retry_after_s` is 0 without that header; `chance` is evenly distributed over its whole
 * range. */
bool wxpay_retry_next(const struct wxpay_retry *policy, struct wxpay_attempts *attempts,
                      enum wxpay_outcome outcome, int64_t retry_after_s, uint32_t chance,
                      int64_t *ret_wait_ms);

/* The value of Retry-After: seconds, or a date as HTTP writes it today ("Sun, 06 Nov 1994 08:49:37
 * GMT", RFC 9110 §5.6.7), rounded up to whole seconds from now. 0 for anything else, and for what
 * has passed. */
int64_t wxpay_retry_after_s(struct view header, struct instant now);

#endif
