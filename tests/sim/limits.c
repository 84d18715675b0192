/* How often a merchant may ask (FACTS §4.1, §5.2, §5.4). */
#include "sim.h"

static struct rates *rates_of(struct sim *sim, const struct request *request)
{
    return &sim->rates[world_index(sim->world, request->merchant)];
}

/* Takes one from the bucket, or says no. */
static bool take(struct bucket *bucket, struct bucket_limit limit)
{
    int64_t now_ms = rate_now_ms();

    if (!bucket_has_room(bucket, limit, now_ms))
        return false;
    bucket_count(bucket, limit, now_ms);
    return true;
}

bool limits_pass(struct sim *sim, const struct request *request, enum request_kind kind,
                 struct reply *reply)
{
    struct rates *rates = rates_of(sim, request);
    bool passed = true;

    if (sim->no_limits)
        return true;
    if (kind == REQUEST_REFUND || kind == REQUEST_REFUND_ABNORMAL)
        passed = bucket_has_room(&rates->errors, rate_errors, rate_now_ms()) &&
                 take(&rates->refunds, rate_refunds);
    else if (kind == REQUEST_REFUND_QUERY)
        passed = take(&rates->queries, rate_queries);
    else if (kind == REQUEST_FUNDFLOWBILL || kind == REQUEST_SUB_FUNDFLOWBILL)
        passed = take(&rates->fund_flow, rate_fund_flow);
    if (!passed)
        reply_error(reply, ERROR_FREQUENCY, NULL);
    return passed;
}

bool limits_pass_old_order(struct sim *sim, const struct request *request)
{
    return sim->no_limits || take(&rates_of(sim, request)->old_orders, rate_old_orders);
}

void limits_note(struct sim *sim, const struct request *request, enum request_kind kind,
                 const struct reply *reply)
{
    if ((kind == REQUEST_REFUND || kind == REQUEST_REFUND_ABNORMAL) && reply->status >= 400)
        bucket_count(&rates_of(sim, request)->errors, rate_errors, rate_now_ms());
}
