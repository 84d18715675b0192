#include "wxpay/retry.h"

#include <assert.h>

/* base × 2^(count-1), not above the cap. */
static int64_t step_ms(const struct wxpay_retry *policy, int count)
{
    int64_t step = policy->base_ms;
    for (int i = 1; i < count && step < policy->cap_ms; i++)
        step *= 2;
    return step < policy->cap_ms ? step : policy->cap_ms;
}

bool wxpay_retry_next(const struct wxpay_retry *policy, struct wxpay_attempts *attempts,
                      enum wxpay_outcome outcome, int64_t retry_after_s, uint32_t chance,
                      int64_t *ret_wait_ms)
{
    assert(policy->base_ms >= 0 && policy->cap_ms <= INT64_C(86400000));
    attempts->count++;
    if ((policy->outcomes & (unsigned)outcome) == 0 || attempts->count >= policy->attempts_max)
        return false;
    if (retry_after_s > policy->cap_ms / 1000)
        return false;

    int64_t step = step_ms(policy, attempts->count);
    int64_t jitter = (int64_t)((uint64_t)(step - step / 2) * chance >> 32);
    int64_t wait = step / 2 + jitter;
    if (wait < retry_after_s * 1000)
        wait = retry_after_s * 1000;
    if (wait > policy->wait_total_max_ms - attempts->waited_ms)
        return false;
    attempts->waited_ms += wait;
    *ret_wait_ms = wait;
    return true;
}
