/* What comes back: what a reply makes of a request, and what is done then. */
#include "send_state.h"

#include "wxpay/order.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* ---- what comes back ------------------------------------------------------------------------- */

/* The call as it is kept, with the attempts before; its replies go with the finish function. The
 * outcome is not known yet. */
static struct refund_call receive(struct task *task, const char *kind, struct view request)
{
    struct wxpay_reply reply = wxpay_call_reply(task->call);
    struct wxpay_request_id id = wxpay_call_request_id(task->call);
    struct arena *arena = &task->arena;
    bool create = task->stage == TASK_CREATE;
    struct refund_call call = {
        .kind = kind,
        .call_no = create ? task->call_no : 0,
        .sent_at = create || reply.sent_at.us == 0 ? task->sent_at : reply.sent_at,
        .request = request,
        .replied_at = task_now(task),
        .status = reply.status,
        .request_id = task_keep(arena, view_of(id.s)),
        .reply = task_keep(arena, reply.body),
    };

    for (const struct wxpay_repeated *each = wxpay_call_repeated(task->call); each != NULL;
         each = each->next) {
        struct refund_call *attempt = ARENA_NEW(arena, struct refund_call);

        *attempt = (struct refund_call){
            .kind = kind,
            .sent_at = each->reply.sent_at,
            .request = request,
            .replied_at = each->ended_at,
            .status = each->reply.status,
            .request_id = task_keep(arena, view_of(each->request_id.s)),
            .reply = task_keep(arena, each->reply.body),
            .outcome = "REPEATED",
            .before = call.before,
        };
        call.before = attempt;
    }
    return call;
}

/* Keys or host are wrong, for all calls of this merchant. */
static void give_up_lane(struct task *task, const struct err *reason)
{
    struct err held = *reason;

    if (held.kind == ERR_NONE)
        (void)err_set(&held, ERR_ACCESS, "WeChat Pay does not know us");
    task->lane->asks = false;
    lane_hold(task->lane, &held);
}

static bool is_about_lane(enum err_kind kind)
{
    return kind == ERR_ACCESS || kind == ERR_CONFIG;
}

/* What a call that has ended says. */
struct heard {
    enum refund_outcome outcome;
    const struct refund_call *call;
    const struct wxpay_refund *refund; /* NULL: the reply had none */
    const struct err *reason;
};

/* What cannot be so is not asked for again by itself: it would stop everything each time. */
static bool is_contradiction(enum refund_outcome outcome)
{
    return outcome == REFUND_SENT_MISMATCH || outcome == REFUND_ASKED_MISMATCH ||
           outcome == REFUND_ASKED_VANISHED;
}

/* When it is asked for again; 0 µs: not by itself. */
static struct instant next_query(const struct task *task, const struct refund_step *step,
                                 enum refund_outcome outcome, int64_t queries)
{
    struct instant now = task_now(task);
    struct instant later = {now.us + refund_query_wait_us(queries)};

    switch (step->action) {
    case REFUND_ASK_NOW:
        return now;
    case REFUND_ASK_LATER:
    case REFUND_SEND_AGAIN:
        return later;
    case REFUND_TRIP:
        if (step->state != task->row.state && !is_contradiction(outcome))
            return later;
        break;
    case REFUND_REST:
    case REFUND_HOLD_QUEUE:
        break;
    }
    return (struct instant){0};
}

static void say_why_it_trips(const struct task *task, enum refund_outcome outcome, char *reason,
                             size_t size)
{
    (void)snprintf(reason, size, "refund %.*s: %s", VIEW_ARG(task->row.refund_no),
                   refund_outcome_name(outcome));
}

/* Keeps the call, what it made of the request, and a breaker that trips; what is to be done then is
 * *ret_step. */
static bool keep_outcome(struct task *task, const struct heard *heard, struct refund_step *ret_step,
                         struct err *err)
{
    const struct refund_access access = lane_access(task->lane);
    struct refund_row *row = &task->row;
    struct refund_change change = {.why = view_of(heard->reason->text), .refund = heard->refund};
    struct refund_step step = {row->state, REFUND_REST};
    char reason[REFUND_SAID_MAX + 1];
    int64_t queries;

    if (!refund_step(row->state, heard->outcome, &step))
        return err_set(err, ERR_BUG, "refund %.*s: %s while %s", VIEW_ARG(row->refund_no),
                       refund_outcome_name(heard->outcome), refund_state_name(row->state));
    queries = step.state == row->state ? row->queries : 0;
    change.to = step.state;
    if (heard->outcome == REFUND_SENT_REFUSED)
        change.refusal = change.why;
    change.next_at = next_query(task, &step, heard->outcome, queries);
    if (step.action == REFUND_TRIP) {
        say_why_it_trips(task, heard->outcome, reason, sizeof(reason));
        change.trip = view_of(reason);
    }
    if (!refund_note(&access, row, heard->call, &change, err))
        return false;
    if (step.action == REFUND_TRIP)
        lane_tripped(task->lane, change.trip);
    task_tell(task->lane, row, step.state, refund_outcome_name(heard->outcome),
              heard->call->request_id, change.why);
    row->queries = step.state == row->state ? queries + 1 : 0;
    row->state = step.state;
    row->accepted = row->accepted || heard->refund != NULL;
    row->refused = row->refused || change.refusal.length > 0;
    *ret_step = step;
    return true;
}

/* How long what was sent may still arrive. */
#define ARRIVES_WITHIN_US (10 * INSTANT_MINUTE)

static struct refund_asked asked_of(const struct task *task)
{
    const struct refund_row *row = &task->row;

    return (struct refund_asked){
        .transaction_id = row->transaction_id,
        .out_trade_no = row->out_trade_no,
        .refund = row->amount,
        .total = row->total,
        .accepted = row->accepted,
        .refused = row->refused,
        .recent = row->has_sent_at && task_now(task).us < row->sent_at.us + ARRIVES_WITHIN_US,
    };
}

/* The same bytes at once, when the last try of this run got lost on its way. Whoever was answered
 * 429 or 5xx waits (FACTS §5.3). */
static bool may_send_again(const struct task *task)
{
    return task->lane->sends && !task->lane->probes && task->sends < REFUND_SENDS_MAX &&
           (task->sends == 0 || task->last_status == 0 || task->last_status == 200);
}

/* After SENDING or UNKNOWN: what the table wants next. */
static bool go_on(struct task *task, const struct refund_step *step, struct err *err)
{
    struct refund_lane *lane = task->lane;
    bool done = true;

    switch (step->action) {
    case REFUND_ASK_NOW:
        if (lane->asks && !task_is_stopping(task)) {
            task_query(task);
            return true;
        }
        break;
    case REFUND_SEND_AGAIN:
        if (may_send_again(task))
            return task_make_body(task, err) &&
                   task_begin(task, (struct refund_attempt){.refunded_there = false}, err);
        break;
    case REFUND_HOLD_QUEUE:
        done = lane_wait_for_funds(lane, err);
        break;
    case REFUND_TRIP:
    case REFUND_REST:
    case REFUND_ASK_LATER:
        break;
    }
    if (done)
        task_end(task);
    return done;
}

static bool take_query(struct task *task, struct err *err)
{
    struct wxpay_refund_answer answer = {.reason = ERR_INIT};
    struct refund_call kept = receive(task, "QUERY", task->row.refund_no);
    struct refund_asked asked = asked_of(task);
    struct err failure = ERR_INIT;
    struct wxpay_call *call = task->call;
    struct refund_step step;
    struct heard heard;
    enum refund_outcome outcome;
    bool answered;

    task->call = NULL;
    answered = wxpay_refund_query_finish(call, &answer, &failure);
    outcome = refund_query_outcome(answered, &answer, &asked);
    kept.outcome = refund_outcome_name(outcome);
    heard = (struct heard){outcome, &kept,
                           answered && answer.reaction == WXPAY_DONE ? &answer.refund : NULL,
                           answered ? &answer.reason : &failure};
    if (!keep_outcome(task, &heard, &step, err))
        return false;
    if (!answered && is_about_lane(failure.kind))
        give_up_lane(task, &failure);
    return go_on(task, &step, err);
}

static bool take_create(struct task *task, struct err *err)
{
    struct wxpay_refund_answer answer = {.reason = ERR_INIT};
    struct refund_call kept = receive(task, "CREATE", task->body);
    struct refund_asked asked = asked_of(task);
    struct err failure = ERR_INIT;
    struct wxpay_call *call = task->call;
    struct refund_step step;
    struct heard heard;
    enum refund_outcome outcome;
    bool answered;

    task->call = NULL;
    answered = wxpay_refund_create_finish(call, &answer, &failure);
    task->row.sent_at = task->sent_at;
    task->row.has_sent_at = true;
    task->last_status = kept.status;
    outcome = refund_sent_outcome(answered, kept.status, &answer, &asked);
    kept.outcome = refund_outcome_name(outcome);
    heard = (struct heard){outcome, &kept,
                           answered && answer.reaction == WXPAY_DONE ? &answer.refund : NULL,
                           answered ? &answer.reason : &failure};
    if (!keep_outcome(task, &heard, &step, err))
        return false;
    if (answered ? answer.reaction == WXPAY_NOT_KNOWN || answer.reaction == WXPAY_WRONG_HOST ||
                       answer.reaction == WXPAY_NOT_ALLOWED
                 : is_about_lane(failure.kind))
        give_up_lane(task, answered ? &answer.reason : &failure);
    if ((outcome == REFUND_SENT_SUCCESS || outcome == REFUND_SENT_PROCESSING) &&
        !lane_has_funds(task->lane, err))
        return false;
    return go_on(task, &step, err);
}

/* What WeChat Pay says of the payment that speaks against giving it back; empty: nothing. */
static struct view objection_of(const struct refund_row *row,
                                const struct wxpay_order_answer *answer)
{
    const struct wxpay_order *order = &answer->order;

    if (!answer->found)
        return VIEW("WeChat Pay does not know the payment");
    if (order->state != WXPAY_TRADE_SUCCEEDED && order->state != WXPAY_TRADE_REFUNDED)
        return VIEW("the payment is not paid at WeChat Pay");
    if (!order->has_amount || order->total.fen != row->total.fen)
        return VIEW("the payment is of another amount at WeChat Pay");
    if (row->transaction_id.length > 0 &&
        !view_equal(view_of(order->transaction_id), row->transaction_id))
        return VIEW("the payment has another transaction_id at WeChat Pay");
    /* Automatic deductions have a number of WeChat Pay's own (FACTS §8). */
    if (strcmp(order->trade_type, "AUTH") != 0 &&
        !view_equal(view_of(order->out_trade_no), row->out_trade_no))
        return VIEW("the transaction_id is that of another payment at WeChat Pay");
    return view_from(NULL, 0);
}

static bool take_order(struct task *task, struct err *err)
{
    struct wxpay_order_answer answer = {.found = false};
    bool by_transaction = task->row.transaction_id.length > 0;
    struct refund_call kept =
        receive(task, "ORDER", by_transaction ? task->row.transaction_id : task->row.out_trade_no);
    struct err failure = ERR_INIT;
    struct wxpay_call *call = task->call;
    struct refund_access access;
    bool answered;

    task->call = NULL;
    answered = wxpay_order_query_finish(call, &answer, &failure);
    kept.outcome = !answered ? "NO_ANSWER" : answer.found ? "FOUND" : "NOT_FOUND";
    if (answered) {
        const struct refund_attempt attempt = {
            .objection = objection_of(&task->row, &answer),
            .refunded_there = answer.found && answer.order.state == WXPAY_TRADE_REFUNDED,
            .order = &kept,
        };

        if (answer.found && answer.order.has_success_time)
            task->paid_at = answer.order.success_time;
        return task_begin(task, attempt, err);
    }
    access = lane_access(task->lane);
    if (!refund_note(&access, &task->row, &kept, NULL, err))
        return false;
    task_tell(task->lane, &task->row, task->row.state, "WAITS", kept.request_id,
              view_of(failure.text));
    task->lane->result.waiting++;
    if (is_about_lane(failure.kind))
        give_up_lane(task, &failure);
    task_end(task);
    return true;
}

bool task_take(struct task *task, struct err *err)
{
    switch (task->stage) {
    case TASK_ORDER:
        return take_order(task, err);
    case TASK_CREATE:
        return take_create(task, err);
    case TASK_QUERY:
        return take_query(task, err);
    }
    return err_set(err, ERR_BUG, "a call of no stage");
}
