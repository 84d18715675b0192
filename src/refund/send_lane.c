/* One merchant's requests in the order of their turns, and what keeps them from being sent. */
#include "refund/acts.h"
#include "refund/balance.h"
#include "send_state.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* When one request is tried again after the account was short (FACTS §5.3: top up first). */
#define FUNDS_WAIT_US INSTANT_HOUR

static struct instant now_of(const struct refund_lane *lane)
{
    return clock_now(lane->sender->settings.clock);
}

struct refund_access lane_access(const struct refund_lane *lane)
{
    return (struct refund_access){lane->sender->settings.pg, lane->mchid, now_of(lane)};
}

void lane_hold(struct refund_lane *lane, const struct err *reason)
{
    lane->sends = false;
    if (lane->result.held.kind == ERR_NONE)
        lane->result.held = *reason;
}

static void hold_later(struct refund_lane *lane, const char *reason)
{
    struct err held = ERR_INIT;

    (void)err_set(&held, ERR_LATER, "%s", reason);
    lane_hold(lane, &held);
}

void lane_tripped(struct refund_lane *lane, struct view reason)
{
    struct err held = ERR_INIT;

    (void)err_set(&held, ERR_DATA, "the breaker has tripped: %.*s", VIEW_ARG(reason));
    (void)err_hint(&held, "see payrecon refund breaker");
    lane_hold(lane, &held);
}

static bool lane_trip(struct refund_lane *lane, const char *reason, struct err *err)
{
    const struct refund_access access = lane_access(lane);
    const struct refund_queue queue = {REFUND_QUEUE_TRIPPED, view_of(reason), {0}};

    lane_tripped(lane, queue.reason);
    return refund_queue_set(&access, &queue, (struct money){0}, err);
}

bool lane_wait_for_funds(struct refund_lane *lane, struct err *err)
{
    const struct refund_access access = lane_access(lane);
    const struct refund_queue queue = {REFUND_QUEUE_WAITING,
                                       VIEW("WeChat Pay says NOT_ENOUGH: top up the account"),
                                       {now_of(lane).us + FUNDS_WAIT_US}};
    struct refund_totals totals;
    struct err held = ERR_INIT;

    if (!refund_totals_load(&access, &totals, err))
        return false;
    (void)err_set(&held, ERR_LATER,
                  "the account is short of money for refunds: %lld requests of %s yuan wait",
                  (long long)totals.waiting_count, money_text(totals.waiting).s);
    (void)err_hint(&held, "top up the account; the same numbers are sent again");
    /* What is still under way is not in the sum yet: the last one's is said. */
    lane->is_short = lane->is_short || lane->result.held.kind == ERR_NONE;
    if (lane->is_short)
        lane->result.held = held;
    lane_hold(lane, &held);
    return refund_queue_set(&access, &queue, totals.waiting, err);
}

bool lane_has_funds(struct refund_lane *lane, struct err *err)
{
    const struct refund_access access = lane_access(lane);
    const struct refund_queue queue = {.state = REFUND_QUEUE_OPEN};

    if (!lane->probes)
        return true;
    lane->probes = false;
    return refund_queue_set(&access, &queue, (struct money){0}, err);
}

/* ---- before the first request ---------------------------------------------------------------- */

/* What people did, and each approved list, must be as it was written: who changed it went past all
 * functions. */
static bool check_acts(struct refund_lane *lane, struct err *err)
{
    struct err broken = ERR_INIT;

    if (lane->totals.waiting_count + lane->totals.doubtful_count == 0 ||
        refund_acts_verify(lane->sender->settings.pg, lane->mchid, NULL, NULL, &broken))
        return true;
    if (broken.kind == ERR_DATA)
        return lane_trip(lane, broken.text, err);
    *err = broken;
    return false;
}

static bool look_at_queue(struct refund_lane *lane, struct err *err)
{
    const struct refund_access access = lane_access(lane);
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct refund_queue queue;
    struct err held = ERR_INIT;

    if (!refund_queue_load(&access, &arena, &queue, err))
        return false;
    if (queue.state == REFUND_QUEUE_TRIPPED) {
        lane_tripped(lane, queue.reason);
    } else if (queue.state == REFUND_QUEUE_WAITING && now_of(lane).us < queue.next_at.us &&
               queue.next_at.us <= now_of(lane).us + FUNDS_WAIT_US) {
        /* later than that was written while the clock was wrong */
        (void)err_set(&held, ERR_LATER, "waiting for funds; one refund is tried at %s",
                      instant_text_beijing(queue.next_at).s);
        lane_hold(lane, &held);
    }
    lane->probes = queue.state == REFUND_QUEUE_WAITING;
    return true;
}

/* Tonight's total against the last known balance, before the first call. WeChat Pay has the last
 * word, because it takes unsettled money first. */
static bool look_at_balance(struct refund_lane *lane, struct err *err)
{
    struct refund_result *result = &lane->result;

    if (lane->totals.waiting_count == 0 || !lane->sends)
        return true;
    result->needed = lane->totals.waiting;
    return refund_balance_last(lane->sender->settings.pg, lane->mchid, &result->balance_known,
                               &result->balance_day, &result->balance, err);
}

static bool begin_lane(struct refund_lane *lane, struct err *err)
{
    const struct refund_access access = lane_access(lane);

    lane->begun = true;
    return !lane->sends ||
           (refund_expire(&access, &lane->result.expired, err) &&
            refund_totals_load(&access, &lane->totals, err) && look_at_queue(lane, err) &&
            check_acts(lane, err) && look_at_balance(lane, err));
}

/* ---- limits ---------------------------------------------------------------------------------- */

static bool is_above(struct money already, struct money more, struct money limit)
{
    return more.fen > limit.fen - already.fen;
}

bool lane_allows(struct refund_lane *lane, const struct refund_row *row, bool *ret_allows,
                 struct err *err)
{
    const struct refund_limits *limits = &lane->sender->settings.limits;

    *ret_allows = false;
    if (!lane->sends)
        return true;
    /* What is sent again was counted when it was sent first; what is above the limit of a request
     * is dropped. */
    if (row->sends == 0 && row->amount.fen <= limits->request.fen) {
        if (is_above(lane->totals.day, row->amount, limits->day) ||
            lane->totals.day_count >= limits->day_count)
            return lane_trip(lane, "unusual: the limit of a day is reached", err);
        if (is_above(lane->totals.hour, row->amount, limits->hour)) {
            hold_later(lane, "the limit of an hour is reached");
            return true;
        }
        if (is_above(lane->run, row->amount, limits->run)) {
            hold_later(lane, "the limit of a run is reached");
            return true;
        }
    }
    *ret_allows = true;
    return true;
}

void lane_has_sent(struct refund_lane *lane, const struct refund_row *row)
{
    if (row->sends > 0)
        return;
    lane->result.sent++;
    lane->result.sent_money.fen += row->amount.fen;
    lane->totals.day.fen += row->amount.fen;
    lane->totals.hour.fen += row->amount.fen;
    lane->run.fen += row->amount.fen;
    lane->totals.day_count++;
}

/* ---- turns ----------------------------------------------------------------------------------- */

bool lane_is_over(const struct refund_lane *lane)
{
    return lane->work == REFUND_WORK_OVER;
}

static bool is_wanted(const struct refund_lane *lane)
{
    switch (lane->work) {
    case REFUND_WORK_FOUND:
        return true;
    case REFUND_WORK_ASK:
        return lane->asks;
    case REFUND_WORK_WAITING:
    case REFUND_WORK_SEND:
        return lane->sends && lane->asks;
    case REFUND_WORK_OVER:
        break;
    }
    return false;
}

static bool load_page(struct refund_lane *lane, struct err *err)
{
    const struct refund_access access = lane_access(lane);

    arena_clear(&lane->arena);
    lane->at = 0;
    if (!refund_load(&access, lane->work, view_of(lane->after_no), &lane->arena, &lane->page, err))
        return false;
    lane->last_page = lane->page.count < REFUND_PAGE;
    if (lane->page.count > 0)
        (void)snprintf(lane->after_no, sizeof(lane->after_no), "%.*s",
                       VIEW_ARG(lane->page.rows[lane->page.count - 1].refund_no));
    return true;
}

static void next_work(struct refund_lane *lane)
{
    lane->work = (enum refund_work)(lane->work + 1);
    lane->last_page = false;
    lane->after_no[0] = '\0';
    lane->page.count = lane->at = 0;
}

/* Whoever sent it has died: nobody knows whether it arrived. */
static bool mark_found(struct refund_lane *lane, const struct refund_row *row, struct err *err)
{
    const char *outcome = refund_outcome_name(REFUND_FOUND_SENT);
    struct refund_step step = {row->state, REFUND_REST};
    bool there = refund_step(row->state, REFUND_FOUND_SENT, &step);
    const struct refund_access access = lane_access(lane);
    const struct refund_change change = {.to = step.state, .next_at = access.now};

    assert(there);
    if (!refund_note(&access, row, NULL, &change, err))
        return false;
    task_tell(lane, row, step.state, outcome, view_from(NULL, 0), view_from(NULL, 0));
    return true;
}

bool lane_next(struct refund_lane *lane, const struct refund_row **ret_row, bool *ret_found,
               struct err *err)
{
    *ret_found = false;
    if (!lane->begun && !begin_lane(lane, err))
        return false;
    while (!lane_is_over(lane)) {
        bool sending = lane->work == REFUND_WORK_WAITING || lane->work == REFUND_WORK_SEND;

        if (!is_wanted(lane) || (lane->at == lane->page.count && lane->last_page)) {
            next_work(lane);
            continue;
        }
        if (sending && lane->probes && lane->flying > 0)
            return true; /* until the one that is tried has come back */
        if (lane->at == lane->page.count) {
            if (!load_page(lane, err))
                return false;
            continue;
        }
        if (lane->work == REFUND_WORK_FOUND) {
            if (!mark_found(lane, &lane->page.rows[lane->at++], err))
                return false;
            continue;
        }
        *ret_row = &lane->page.rows[lane->at++];
        *ret_found = true;
        return true;
    }
    return true;
}
