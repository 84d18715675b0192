#include "rate.h"

#include <time.h>

enum { MILLI = 1000, SECOND_MS = 1000, MINUTE_MS = 60000 };

/* FACTS §5.2: 150 a second, and no more than 6 errors; §5.4: 300 queries. */
const struct bucket_limit rate_refunds = {150, SECOND_MS};
const struct bucket_limit rate_errors = {6, SECOND_MS};
const struct bucket_limit rate_old_orders = {5000, MINUTE_MS};
/* FACTS §3.3, §4.1 */
const struct bucket_limit rate_fund_flow = {3, SECOND_MS};
const struct bucket_limit rate_queries = {300, SECOND_MS};

static void drain(struct bucket *bucket, struct bucket_limit limit, int64_t now_ms)
{
    int64_t passed_ms = now_ms - bucket->at_ms;

    if (passed_ms <= 0)
        return;
    bucket->at_ms = now_ms;
    if (passed_ms >= limit.window_ms)
        bucket->used_milli = 0;
    else
        bucket->used_milli -= passed_ms * limit.size * MILLI / limit.window_ms;
    if (bucket->used_milli < 0)
        bucket->used_milli = 0;
}

bool bucket_has_room(struct bucket *bucket, struct bucket_limit limit, int64_t now_ms)
{
    drain(bucket, limit, now_ms);
    return bucket->used_milli + MILLI <= limit.size * MILLI;
}

void bucket_count(struct bucket *bucket, struct bucket_limit limit, int64_t now_ms)
{
    if (bucket_has_room(bucket, limit, now_ms))
        bucket->used_milli += MILLI;
    else
        bucket->used_milli = limit.size * MILLI;
}

int64_t rate_now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * SECOND_MS + now.tv_nsec / 1000000;
}
