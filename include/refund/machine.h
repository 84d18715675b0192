/* The life of a deposit refund as a table: state and outcome give the next state and what to do.
 * Pure. A pair that is not in the table is a bug (DESIGN §6).
 *
 *   REQUESTED ─▶ APPROVED ─▶ SENDING ─▶ PROCESSING ─▶ SUCCESS ─▶ CONFIRMED (a bill shows it)
 *       │            │          │  ▲          │
 *       ▼            ▼          ▼  │ asked,   ├─▶ ABNORMAL, CLOSED: people
 *   REJECTED,    DROPPED,    UNKNOWN  not there
 *   EXPIRED      EXPIRED     WAITING_FUNDS (the same number, when the account was topped up)
 *
 * Rules behind it (DOMAIN §5, FACTS §5):
 * - SENDING is committed before the socket is opened. Whoever finds SENDING later does not know
 *   whether it arrived: UNKNOWN.
 * - In doubt the channel is asked by the number before anything else. Only "there is no such
 *   refund" lets the same bytes be sent again.
 * - A refusal, and CLOSED or ABNORMAL in the reply to a request, are believed only when a query has
 *   said so, too, ten minutes later: no local error and no single reply makes a refund fail.
 * - A word that nobody knows yet is UNKNOWN.
 * - Answers that contradict each other leave it UNKNOWN, unasked, until two people have resolved it
 *   (recon.refund_resolve_obstacle says when they may). */
#ifndef REFUND_MACHINE_H
#define REFUND_MACHINE_H

#include "base/view.h"
#include "wxpay/refund.h"

#include <stdbool.h>

enum refund_state {
    REFUND_REQUESTED,
    REFUND_APPROVED,
    REFUND_SENDING,
    REFUND_UNKNOWN,
    REFUND_WAITING_FUNDS,
    REFUND_PROCESSING,
    REFUND_SUCCESS,
    REFUND_CONFIRMED,
    REFUND_ABNORMAL,
    REFUND_CLOSED,
    REFUND_REJECTED,
    REFUND_EXPIRED,
    REFUND_DROPPED,
    REFUND_STATES
};

enum refund_outcome {
    /* what people and the facts decide */
    REFUND_WAS_APPROVED,
    REFUND_WAS_REJECTED,
    REFUND_HAS_EXPIRED,
    REFUND_FACTS_CHANGED,
    REFUND_BEGUN,      /* the facts were right: SENDING is committed */
    REFUND_FOUND_SENT, /* SENDING of a run that has died */

    /* what became of sending it */
    REFUND_SENT_SUCCESS,
    REFUND_SENT_PROCESSING,
    REFUND_SENT_ABNORMAL,
    REFUND_SENT_CLOSED,
    REFUND_SENT_OTHER,      /* a status that nobody knows yet */
    REFUND_SENT_DOUBTFUL,   /* ask first; nothing was sent; 401; no APIv3 there */
    REFUND_SENT_NOT_ENOUGH, /* 403 NOT_ENOUGH */
    REFUND_SENT_REFUSED,    /* for good, as the reply says */
    REFUND_SENT_MISMATCH,   /* accepted, but not what was asked for */

    /* what a query says */
    REFUND_ASKED_SUCCESS,
    REFUND_ASKED_PROCESSING,
    REFUND_ASKED_ABNORMAL,
    REFUND_ASKED_CLOSED,
    REFUND_ASKED_OTHER,
    REFUND_ASKED_ABSENT,   /* there is no such refund */
    REFUND_ASKED_REFUSED,  /* there is none, and it was refused for good */
    REFUND_ASKED_VANISHED, /* there is none, although it was accepted */
    REFUND_ASKED_NOTHING,  /* no answer */
    REFUND_ASKED_MISMATCH, /* there is one, but not what was asked for */

    REFUND_BILL_SHOWS, /* a bill has it as it was asked for */

    /* what two people say of one whose answers contradict each other */
    REFUND_RESOLVED_SUCCESS,
    REFUND_RESOLVED_CLOSED,
    REFUND_OUTCOMES
};

/* What is to be done besides keeping the state. */
enum refund_action {
    REFUND_REST,       /* nothing by itself */
    REFUND_ASK_NOW,    /* query at once */
    REFUND_ASK_LATER,  /* query when its rhythm says */
    REFUND_SEND_AGAIN, /* the same bytes */
    REFUND_HOLD_QUEUE, /* this merchant's others wait for funds */
    REFUND_TRIP, /* the breaker: a person looks; what stays UNKNOWN is not asked for by itself */
};

struct refund_step {
    enum refund_state state;
    enum refund_action action;
};

/* False when the table has no such pair; *ret_step is then unchanged. */
bool refund_step(enum refund_state state, enum refund_outcome outcome,
                 struct refund_step *ret_step);

/* As stored: "WAITING_FUNDS". */
const char *refund_state_name(enum refund_state state);
bool refund_state_from_name(struct view name, enum refund_state *ret_state);

/* As kept with a call: "SENT_DOUBTFUL". */
const char *refund_outcome_name(enum refund_outcome outcome);

/* ---- what a reply is ------------------------------------------------------------------------- */

/* What was asked for, to hold the reply against. */
struct refund_asked {
    struct view transaction_id; /* empty: not known */
    struct view out_trade_no;
    struct money refund, total;
    bool accepted; /* WeChat Pay has given it a refund_id before */
    bool refused;  /* a reply has refused it for good */
    bool recent;   /* sent so lately that it may still arrive */
};

/* `answered`: what the finish function returned; without an answer nothing else is looked at.
 * `status`: HTTP's; a 400 that has to be asked for first is a refusal, too (FACTS §5.3). */
enum refund_outcome refund_sent_outcome(bool answered, int status,
                                        const struct wxpay_refund_answer *answer,
                                        const struct refund_asked *asked);
enum refund_outcome refund_query_outcome(bool answered, const struct wxpay_refund_answer *answer,
                                         const struct refund_asked *asked);

/* When a refund is asked for again, counted from now: `queries` is how often that was done since it
 * came into its state. About every minute five times, then after 5, 10, 20 and 30 minutes
 * (FACTS §5.4), then every hour, after a day every six. */
int64_t refund_query_wait_us(int64_t queries);

#endif
