#include "wxpay/rate.h"

#include <assert.h>

enum { SECOND_US = 1000000 };

void wxpay_rate_init(struct wxpay_rate *rate, struct wxpay_rate_limit limit)
{
    assert(limit.per_second >= 0 && limit.per_second <= WXPAY_RATE_MAX);
    assert(limit.slow_per_second <= limit.per_second);
    rate->limit = limit;
    rate->slow_until_us = INT64_MIN;
    rate->in_flight = rate->first = rate->count = 0;
}

static void forget_old(struct wxpay_rate *rate, int64_t now_us)
{
    while (rate->count > 0 && now_us - rate->replied_us[rate->first] >= SECOND_US) {
        rate->first = (rate->first + 1) % WXPAY_RATE_MAX;
        rate->count--;
    }
}

bool wxpay_rate_may_send(struct wxpay_rate *rate, int64_t now_us, int64_t *ret_at_us)
{
    bool slow = now_us < rate->slow_until_us;
    size_t most = (size_t)(slow ? rate->limit.slow_per_second : rate->limit.per_second);
    if (rate->limit.per_second == 0)
        return true;

    forget_old(rate, now_us);
    if (rate->in_flight + rate->count < most)
        return true;
    /* So many of the oldest have to go before there is room. */
    size_t excess = rate->in_flight + rate->count - most;
    *ret_at_us = excess >= rate->count
                     ? INT64_MAX
                     : rate->replied_us[(rate->first + excess) % WXPAY_RATE_MAX] + SECOND_US;
    return false;
}

void wxpay_rate_sent(struct wxpay_rate *rate)
{
    rate->in_flight++;
}

void wxpay_rate_replied(struct wxpay_rate *rate, int64_t now_us, bool is_error)
{
    assert(rate->in_flight > 0);
    rate->in_flight--;
    if (is_error && rate->limit.slow_us > 0)
        rate->slow_until_us = now_us + rate->limit.slow_us;
    if (rate->limit.per_second == 0)
        return;
    forget_old(rate, now_us);
    /* No more were sent than fit into the ring. */
    assert(rate->count < WXPAY_RATE_MAX);
    rate->replied_us[(rate->first + rate->count) % WXPAY_RATE_MAX] = now_us;
    rate->count++;
}
