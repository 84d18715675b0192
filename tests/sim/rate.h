/* How many requests a second: a bucket that holds so many and fills steadily. A burst of its size
 * passes, then its rate. Time is the machine's, in milliseconds: limits are about load, and the
 * simulator's clock may stand still. */
#ifndef SIM_RATE_H
#define SIM_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialised is full. */
struct bucket {
    int64_t used_milli; /* thousandths of requests */
    int64_t at_ms;
};

/* `size` requests in each `window_ms`. */
struct bucket_limit {
    int64_t size;
    int64_t window_ms;
};

/* Is there room for one more? */
bool bucket_has_room(struct bucket *bucket, struct bucket_limit limit, int64_t now_ms);

/* Counts one, whether there is room or not; never more than full. */
void bucket_count(struct bucket *bucket, struct bucket_limit limit, int64_t now_ms);

/* What one merchant has asked for (FACTS §4.1, §5.2, §5.4). */
struct rates {
    struct bucket refunds;
    struct bucket errors; /* error replies to refunds */
    struct bucket old_orders;
    struct bucket queries;
    struct bucket fund_flow;
};

extern const struct bucket_limit rate_refunds;
extern const struct bucket_limit rate_errors;
extern const struct bucket_limit rate_old_orders;
extern const struct bucket_limit rate_queries;
extern const struct bucket_limit rate_fund_flow; /* sub-merchants' count for who signs */

/* The machine's monotonic clock. */
int64_t rate_now_ms(void);

#endif
