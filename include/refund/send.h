/* Sends what was approved and follows what is in flight, many refunds at once, of many merchants,
 * in one thread.
 *
 *   for each request                                        commits
 *   found SENDING ─▶ UNKNOWN                                ●
 *   in doubt, or due to be asked for ─▶ query ─▶ state      ●
 *   approved ─▶ order query ─▶ facts again, SENDING, bytes  ● ─▶ socket ─▶ state ●
 *                  ▲                                                        │ in doubt
 *                  └── there is no such refund: the same bytes again ◀── query ●
 *
 * Each refund has its own transactions. What is in memory is REFUND_TASKS requests a merchant, of
 * REFUND_MERCHANTS merchants at most, however many there are; each has a connection to itself, so
 * that no merchant waits for another's replies. Killed at any point, the next run on any host goes
 * on from what is committed: nothing is sent that is not SENDING in PostgreSQL, and SENDING that
 * nobody finished is asked for first.
 *
 * Guards before a request is sent: the queue is open, limits are not reached, the payment is paid
 * at WeChat Pay with the same total, the facts are those that were approved. What they stop stays
 * APPROVED for the next run or becomes DROPPED for a person; nothing is clipped. */
#ifndef REFUND_SEND_H
#define REFUND_SEND_H

#include "base/clock.h"
#include "refund/store.h"
#include "wxpay/client.h"

enum {
    REFUND_TASKS = 48, /* at 100 ms a reply more than the channel's rate has under way */
    REFUND_MERCHANTS = 10,
    REFUND_SENDS_MAX = 3, /* of one request in one run */
};

/* How many calls are under way at once at most, and so how many connections the pool needs. */
int refund_sender_calls_max(size_t merchants);

/* Above one of these nothing more is sent in this run; above those of a day the breaker trips. */
struct refund_limits {
    struct money request; /* above: dropped */
    struct money run, hour, day;
    int64_t day_count;
};

struct refund_lane;

/* What happened to one request; for the log. Valid during the call. */
struct refund_told {
    struct view mchid, refund_no;
    enum refund_state from, to;
    const char *outcome;    /* of refund_outcome_name, or what the facts decided */
    struct view request_id; /* of the call; empty: there was none */
    struct view why;
};

struct refund_sender_settings {
    struct pg *pg; /* used between the calls of this room, and inside them */
    struct wxpay_pool *pool;
    const struct clock *clock;
    struct refund_limits limits;
    bool (*stopping)(void); /* asked to stop: nothing new is begun */
    void (*tell)(void *context, const struct refund_told *told);
    /* Opens a merchant's client at its first call; `lane_context` is that of refund_sender_add. */
    bool (*open)(void *context, const void *lane_context, struct wxpay **ret_client,
                 struct err *err);
    void *context;
};

/* What came of one merchant. */
struct refund_result {
    int64_t sent, asked;               /* requests */
    struct money sent_money;           /* those sent for the first time */
    int64_t success, processing;       /* by now, of those that had a turn */
    int64_t unknown, bad;              /* in doubt; abnormal or closed */
    int64_t dropped, expired, waiting; /* not sent: facts; approval; left for later */
    int64_t waiting_funds;
    struct money needed; /* approved and not sent, before the first call … */
    bool balance_known;  /* … and the last known balance */
    struct date balance_day;
    struct money balance;
    struct err failed; /* of one request, which is left for the next run; ERR_NONE */
    struct err held;   /* why nothing more was sent; ERR_NONE: all had a turn */
};

struct refund_sender;
struct refund_sender *refund_sender_new(const struct refund_sender_settings *settings);
void refund_sender_free(struct refund_sender *sender);
DEFINE_CLEANUP(refund_sender_done, struct refund_sender, refund_sender_free)

/* A merchant whose lock the caller holds. `send` false: only asks. `mchid` and `context` live as
 * long as the sender. */
struct refund_lane *refund_sender_add(struct refund_sender *sender, struct view mchid, bool send,
                                      const void *lane_context);

/* Until nothing is left, or the caller was asked to stop. False: the database failed; what is in
 * flight is given up and asked for by the next run. */
bool refund_sender_run(struct refund_sender *sender, struct err *err);

const struct refund_result *refund_lane_result(const struct refund_lane *lane);

#endif
