#include "refund/machine.h"

#include "base/date.h"

#include <assert.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const char *const state_names[REFUND_STATES] = {
    [REFUND_REQUESTED] = "REQUESTED",   [REFUND_APPROVED] = "APPROVED",
    [REFUND_SENDING] = "SENDING",       [REFUND_UNKNOWN] = "UNKNOWN",
    [REFUND_PROCESSING] = "PROCESSING", [REFUND_WAITING_FUNDS] = "WAITING_FUNDS",
    [REFUND_SUCCESS] = "SUCCESS",       [REFUND_CONFIRMED] = "CONFIRMED",
    [REFUND_ABNORMAL] = "ABNORMAL",     [REFUND_CLOSED] = "CLOSED",
    [REFUND_REJECTED] = "REJECTED",     [REFUND_EXPIRED] = "EXPIRED",
    [REFUND_DROPPED] = "DROPPED",
};

static const char *const outcome_names[REFUND_OUTCOMES] = {
    [REFUND_WAS_APPROVED] = "APPROVED",
    [REFUND_WAS_REJECTED] = "REJECTED",
    [REFUND_HAS_EXPIRED] = "EXPIRED",
    [REFUND_FACTS_CHANGED] = "FACTS_CHANGED",
    [REFUND_BEGUN] = "BEGUN",
    [REFUND_FOUND_SENT] = "FOUND_SENT",
    [REFUND_SENT_SUCCESS] = "SENT_SUCCESS",
    [REFUND_SENT_PROCESSING] = "SENT_PROCESSING",
    [REFUND_SENT_ABNORMAL] = "SENT_ABNORMAL",
    [REFUND_SENT_CLOSED] = "SENT_CLOSED",
    [REFUND_SENT_OTHER] = "SENT_OTHER",
    [REFUND_SENT_DOUBTFUL] = "SENT_DOUBTFUL",
    [REFUND_SENT_NOT_ENOUGH] = "SENT_NOT_ENOUGH",
    [REFUND_SENT_REFUSED] = "SENT_REFUSED",
    [REFUND_SENT_MISMATCH] = "SENT_MISMATCH",
    [REFUND_ASKED_SUCCESS] = "ASKED_SUCCESS",
    [REFUND_ASKED_PROCESSING] = "ASKED_PROCESSING",
    [REFUND_ASKED_ABNORMAL] = "ASKED_ABNORMAL",
    [REFUND_ASKED_CLOSED] = "ASKED_CLOSED",
    [REFUND_ASKED_OTHER] = "ASKED_OTHER",
    [REFUND_ASKED_ABSENT] = "ASKED_ABSENT",
    [REFUND_ASKED_REFUSED] = "ASKED_REFUSED",
    [REFUND_ASKED_VANISHED] = "ASKED_VANISHED",
    [REFUND_ASKED_NOTHING] = "ASKED_NOTHING",
    [REFUND_ASKED_MISMATCH] = "ASKED_MISMATCH",
    [REFUND_BILL_SHOWS] = "BILL_SHOWS",
    [REFUND_RESOLVED_SUCCESS] = "RESOLVED_SUCCESS",
    [REFUND_RESOLVED_CLOSED] = "RESOLVED_CLOSED",
};

struct row {
    bool there;
    struct refund_step step;
};

#define TO(state, action)                                                                          \
    {                                                                                              \
        true,                                                                                      \
        {                                                                                          \
            REFUND_##state, REFUND_##action                                                        \
        }                                                                                          \
    }

/* clang-format off */
static const struct row table[REFUND_STATES][REFUND_OUTCOMES] = {
    [REFUND_REQUESTED] = {
        [REFUND_WAS_APPROVED]    = TO(APPROVED, REST),
        [REFUND_WAS_REJECTED]    = TO(REJECTED, REST),
        [REFUND_HAS_EXPIRED]     = TO(EXPIRED, REST),
    },
    [REFUND_APPROVED] = {
        [REFUND_BEGUN]           = TO(SENDING, REST),
        [REFUND_FACTS_CHANGED]   = TO(DROPPED, REST),
        [REFUND_HAS_EXPIRED]     = TO(EXPIRED, REST),
    },
    [REFUND_SENDING] = {
        [REFUND_FOUND_SENT]      = TO(UNKNOWN, ASK_NOW),
        [REFUND_SENT_SUCCESS]    = TO(SUCCESS, REST),
        [REFUND_SENT_PROCESSING] = TO(PROCESSING, ASK_LATER),
        [REFUND_SENT_ABNORMAL]   = TO(UNKNOWN, ASK_NOW),
        [REFUND_SENT_CLOSED]     = TO(UNKNOWN, ASK_NOW),
        [REFUND_SENT_OTHER]      = TO(UNKNOWN, ASK_LATER),
        [REFUND_SENT_DOUBTFUL]   = TO(UNKNOWN, ASK_NOW),
        [REFUND_SENT_NOT_ENOUGH] = TO(WAITING_FUNDS, HOLD_QUEUE),
        [REFUND_SENT_REFUSED]    = TO(UNKNOWN, ASK_NOW),
        [REFUND_SENT_MISMATCH]   = TO(UNKNOWN, TRIP),
    },
    [REFUND_UNKNOWN] = {
        [REFUND_BEGUN]           = TO(SENDING, REST),
        [REFUND_FACTS_CHANGED]   = TO(DROPPED, REST),
        [REFUND_ASKED_SUCCESS]   = TO(SUCCESS, REST),
        [REFUND_ASKED_PROCESSING]= TO(PROCESSING, ASK_LATER),
        [REFUND_ASKED_ABNORMAL]  = TO(ABNORMAL, ASK_LATER),
        [REFUND_ASKED_CLOSED]    = TO(CLOSED, REST),
        [REFUND_ASKED_OTHER]     = TO(UNKNOWN, ASK_LATER),
        [REFUND_ASKED_ABSENT]    = TO(UNKNOWN, SEND_AGAIN),
        [REFUND_ASKED_REFUSED]   = TO(DROPPED, REST),
        [REFUND_ASKED_VANISHED]  = TO(UNKNOWN, TRIP),
        [REFUND_ASKED_NOTHING]   = TO(UNKNOWN, ASK_LATER),
        [REFUND_ASKED_MISMATCH]  = TO(UNKNOWN, TRIP),
        [REFUND_RESOLVED_SUCCESS]= TO(SUCCESS, REST),
        [REFUND_RESOLVED_CLOSED] = TO(CLOSED, REST),
    },
    [REFUND_WAITING_FUNDS] = {
        [REFUND_BEGUN]           = TO(SENDING, REST),
        [REFUND_FACTS_CHANGED]   = TO(UNKNOWN, ASK_NOW),
    },
    [REFUND_PROCESSING] = {
        [REFUND_ASKED_SUCCESS]   = TO(SUCCESS, REST),
        [REFUND_ASKED_PROCESSING]= TO(PROCESSING, ASK_LATER),
        [REFUND_ASKED_ABNORMAL]  = TO(ABNORMAL, ASK_LATER),
        [REFUND_ASKED_CLOSED]    = TO(CLOSED, REST),
        [REFUND_ASKED_OTHER]     = TO(UNKNOWN, ASK_LATER),
        [REFUND_ASKED_VANISHED]  = TO(UNKNOWN, TRIP),
        [REFUND_ASKED_NOTHING]   = TO(PROCESSING, ASK_LATER),
        [REFUND_ASKED_MISMATCH]  = TO(UNKNOWN, TRIP),
    },
    /* Asked again only when no bill shows it (R02). */
    [REFUND_SUCCESS] = {
        [REFUND_BILL_SHOWS]      = TO(CONFIRMED, REST),
        [REFUND_ASKED_SUCCESS]   = TO(SUCCESS, REST),
        [REFUND_ASKED_PROCESSING]= TO(PROCESSING, TRIP),
        [REFUND_ASKED_ABNORMAL]  = TO(ABNORMAL, TRIP),
        [REFUND_ASKED_CLOSED]    = TO(CLOSED, TRIP),
        [REFUND_ASKED_OTHER]     = TO(UNKNOWN, TRIP),
        [REFUND_ASKED_VANISHED]  = TO(UNKNOWN, TRIP),
        [REFUND_ASKED_NOTHING]   = TO(SUCCESS, ASK_LATER),
        [REFUND_ASKED_MISMATCH]  = TO(UNKNOWN, TRIP),
    },
    [REFUND_CONFIRMED] = {{false, {0, 0}}},
    /* Handled on WeChat Pay's pages (FACTS §5.5); asked for until that shows. */
    [REFUND_ABNORMAL] = {
        [REFUND_ASKED_SUCCESS]   = TO(SUCCESS, REST),
        [REFUND_ASKED_PROCESSING]= TO(PROCESSING, ASK_LATER),
        [REFUND_ASKED_ABNORMAL]  = TO(ABNORMAL, ASK_LATER),
        [REFUND_ASKED_CLOSED]    = TO(CLOSED, REST),
        [REFUND_ASKED_OTHER]     = TO(UNKNOWN, ASK_LATER),
        [REFUND_ASKED_VANISHED]  = TO(UNKNOWN, TRIP),
        [REFUND_ASKED_NOTHING]   = TO(ABNORMAL, ASK_LATER),
        [REFUND_ASKED_MISMATCH]  = TO(UNKNOWN, TRIP),
    },
    /* The next request has another number: should this one succeed after all, a person must know. */
    [REFUND_CLOSED] = {
        [REFUND_ASKED_SUCCESS]   = TO(SUCCESS, TRIP),
        [REFUND_ASKED_PROCESSING]= TO(CLOSED, TRIP),
        [REFUND_ASKED_ABNORMAL]  = TO(CLOSED, TRIP),
        [REFUND_ASKED_CLOSED]    = TO(CLOSED, REST),
        [REFUND_ASKED_OTHER]     = TO(CLOSED, TRIP),
        [REFUND_ASKED_VANISHED]  = TO(CLOSED, TRIP),
        [REFUND_ASKED_NOTHING]   = TO(CLOSED, ASK_LATER),
        [REFUND_ASKED_MISMATCH]  = TO(CLOSED, TRIP),
    },
    [REFUND_REJECTED] = {{false, {0, 0}}},
    [REFUND_EXPIRED]  = {{false, {0, 0}}},
    [REFUND_DROPPED]  = {{false, {0, 0}}},
};
/* clang-format on */

bool refund_step(enum refund_state state, enum refund_outcome outcome, struct refund_step *ret_step)
{
    assert((size_t)state < REFUND_STATES && (size_t)outcome < REFUND_OUTCOMES);
    if (!table[state][outcome].there)
        return false;
    *ret_step = table[state][outcome].step;
    return true;
}

const char *refund_state_name(enum refund_state state)
{
    assert((size_t)state < REFUND_STATES);
    return state_names[state];
}

bool refund_state_from_name(struct view name, enum refund_state *ret_state)
{
    for (size_t i = 0; i < REFUND_STATES; i++) {
        if (view_equal(name, view_of(state_names[i]))) {
            *ret_state = (enum refund_state)i;
            return true;
        }
    }
    return false;
}

const char *refund_outcome_name(enum refund_outcome outcome)
{
    assert((size_t)outcome < REFUND_OUTCOMES);
    return outcome_names[outcome];
}

/* ---- what a reply is ------------------------------------------------------------------------- */

static bool is_what_was_asked_for(const struct wxpay_refund *refund,
                                  const struct refund_asked *asked)
{
    return refund->refund.fen == asked->refund.fen && refund->total.fen == asked->total.fen &&
           (asked->transaction_id.length == 0 ||
            view_equal(view_of(refund->transaction_id), asked->transaction_id)) &&
           (asked->transaction_id.length > 0 ||
            view_equal(view_of(refund->out_trade_no), asked->out_trade_no));
}

/* For good, as the reply says. */
static bool refuses(enum wxpay_reaction reaction)
{
    return reaction == WXPAY_ACCOUNT_CLOSED || reaction == WXPAY_NOT_FOUND ||
           reaction == WXPAY_PEOPLE || reaction == WXPAY_REFUSED;
}

enum refund_outcome refund_sent_outcome(bool answered, int status,
                                        const struct wxpay_refund_answer *answer,
                                        const struct refund_asked *asked)
{
    static const enum refund_outcome by_status[] = {
        [WXPAY_REFUND_UNKNOWN] = REFUND_SENT_OTHER,
        [WXPAY_REFUND_SUCCESS] = REFUND_SENT_SUCCESS,
        [WXPAY_REFUND_CLOSED] = REFUND_SENT_CLOSED,
        [WXPAY_REFUND_PROCESSING] = REFUND_SENT_PROCESSING,
        [WXPAY_REFUND_ABNORMAL] = REFUND_SENT_ABNORMAL,
    };

    if (!answered)
        return REFUND_SENT_DOUBTFUL;
    if (answer->reaction != WXPAY_DONE)
        return refuses(answer->reaction) || (answer->reaction == WXPAY_ASK_FIRST && status == 400)
                   ? REFUND_SENT_REFUSED
               : answer->reaction == WXPAY_NOT_ENOUGH ? REFUND_SENT_NOT_ENOUGH
                                                      : REFUND_SENT_DOUBTFUL;
    assert((size_t)answer->refund.status < COUNT(by_status));
    return is_what_was_asked_for(&answer->refund, asked) ? by_status[answer->refund.status]
                                                         : REFUND_SENT_MISMATCH;
}

enum refund_outcome refund_query_outcome(bool answered, const struct wxpay_refund_answer *answer,
                                         const struct refund_asked *asked)
{
    static const enum refund_outcome by_status[] = {
        [WXPAY_REFUND_UNKNOWN] = REFUND_ASKED_OTHER,
        [WXPAY_REFUND_SUCCESS] = REFUND_ASKED_SUCCESS,
        [WXPAY_REFUND_CLOSED] = REFUND_ASKED_CLOSED,
        [WXPAY_REFUND_PROCESSING] = REFUND_ASKED_PROCESSING,
        [WXPAY_REFUND_ABNORMAL] = REFUND_ASKED_ABNORMAL,
    };

    if (!answered)
        return REFUND_ASKED_NOTHING;
    if (answer->reaction == WXPAY_DONE) {
        assert((size_t)answer->refund.status < COUNT(by_status));
        return is_what_was_asked_for(&answer->refund, asked) ? by_status[answer->refund.status]
                                                             : REFUND_ASKED_MISMATCH;
    }
    if (answer->reaction != WXPAY_NOT_FOUND)
        return REFUND_ASKED_NOTHING;
    if (asked->accepted)
        return REFUND_ASKED_VANISHED;
    if (!asked->refused)
        return REFUND_ASKED_ABSENT;
    return asked->recent ? REFUND_ASKED_NOTHING : REFUND_ASKED_REFUSED;
}

int64_t refund_query_wait_us(int64_t queries)
{
    static const int64_t minutes[] = {1, 1, 1, 1, 1, 5, 10, 20, 30};
    enum { DAY_OF_HOURS = 24 };

    assert(queries >= 0);
    if (queries < (int64_t)COUNT(minutes))
        return minutes[queries] * INSTANT_MINUTE;
    return (queries < (int64_t)COUNT(minutes) + DAY_OF_HOURS ? 1 : 6) * INSTANT_HOUR;
}
