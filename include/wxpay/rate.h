/* How often one kind of request is sent for one merchant. Pure: time is given, in microseconds of
 * any clock that never goes back.
 *
 * A request counts from when it is sent until a second after its reply. So no second over there
 * ever sees more than the limit, however long requests are under way. */
#ifndef WXPAY_RATE_H
#define WXPAY_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WXPAY_RATE_MAX = 300 };

struct wxpay_rate_limit {
    int per_second;      /* 0: no limit; at most WXPAY_RATE_MAX */
    int slow_per_second; /* after an error reply … */
    int64_t slow_us;     /* … for so long */
};

struct wxpay_rate {
    struct wxpay_rate_limit limit;
    int64_t slow_until_us;
    size_t in_flight;
    int64_t replied_us[WXPAY_RATE_MAX]; /* of the last second: a ring */
    size_t first, count;
};

void wxpay_rate_init(struct wxpay_rate *rate, struct wxpay_rate_limit limit);

/* Whether one more may be sent now. If not, `*ret_at_us` is when to ask again, or INT64_MAX: not
 * before a reply has come. */
bool wxpay_rate_may_send(struct wxpay_rate *rate, int64_t now_us, int64_t *ret_at_us);

void wxpay_rate_sent(struct wxpay_rate *rate);

/* The reply came, or no reply will. `is_error`: an answer other than 2xx. */
void wxpay_rate_replied(struct wxpay_rate *rate, int64_t now_us, bool is_error);

#endif
