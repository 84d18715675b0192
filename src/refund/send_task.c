/* One request's way: order query, SENDING, request, query. */
#include "send_state.h"

#include "wxpay/order.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { BODY_MAX = 4096 };

static const struct refund_sender_settings *settings_of(const struct task *task)
{
    return &task->lane->sender->settings;
}

static struct instant now_of(const struct task *task)
{
    return clock_now(settings_of(task)->clock);
}

static bool is_stopping(const struct task *task)
{
    return settings_of(task)->stopping();
}

static void count(struct refund_result *result, enum refund_state state, int by)
{
    switch (state) {
    case REFUND_SUCCESS:
    case REFUND_CONFIRMED:
        result->success += by;
        break;
    case REFUND_PROCESSING:
        result->processing += by;
        break;
    case REFUND_UNKNOWN:
    case REFUND_SENDING:
        result->unknown += by;
        break;
    case REFUND_ABNORMAL:
    case REFUND_CLOSED:
        result->bad += by;
        break;
    case REFUND_DROPPED:
        result->dropped += by;
        break;
    case REFUND_EXPIRED:
        result->expired += by;
        break;
    case REFUND_WAITING_FUNDS:
        result->waiting_funds += by;
        break;
    case REFUND_REQUESTED:
    case REFUND_APPROVED:
    case REFUND_REJECTED:
    case REFUND_STATES:
        break;
    }
}

void task_tell(const struct refund_lane *lane, const struct refund_row *row, enum refund_state to,
               const char *outcome, struct view request_id, struct view why)
{
    const struct refund_told told = {lane->mchid, row->refund_no, row->state, to,
                                     outcome,     request_id,     why};

    lane->sender->settings.tell(lane->sender->settings.context, &told);
}

/* ---- a turn ---------------------------------------------------------------------------------- */

static struct view keep(struct arena *arena, struct view text)
{
    if (text.length == 0)
        return view_from(NULL, 0);
    return view_from(arena_copy(arena, text.at, text.length), text.length);
}

static void keep_row(struct task *task, const struct refund_row *row)
{
    struct arena *arena = &task->arena;

    task->row = *row;
    task->row.refund_no = keep(arena, row->refund_no);
    task->row.out_trade_no = keep(arena, row->out_trade_no);
    task->row.transaction_id = keep(arena, row->transaction_id);
    task->row.sub_mchid = keep(arena, row->sub_mchid);
    task->row.reason = keep(arena, row->reason);
    task->row.body = keep(arena, row->body);
}

void task_end(struct task *task)
{
    if (task->lane == NULL)
        return;
    if (task->call != NULL)
        wxpay_call_cancel(task->call);
    count(&task->lane->result, task->row.state, +1);
    task->lane->flying--;
    task->lane->sender->flying--;
    arena_release(&task->arena);
    *task = (struct task){.lane = NULL};
}

static void start_call(struct task *task, enum task_stage stage, struct wxpay_call *call)
{
    task->stage = stage;
    task->call = call;
    wxpay_call_set_owner(call, task);
}

static void start_query(struct task *task)
{
    task->sent_at = now_of(task);
    task->lane->result.asked++;
    start_call(task, TASK_QUERY, wxpay_refund_query_start(task->lane->client, task->row.refund_no));
}

static void start_order(struct task *task)
{
    bool by_transaction = task->row.transaction_id.length > 0;

    task->sent_at = now_of(task);
    start_call(task, TASK_ORDER,
               wxpay_order_query_start(
                   task->lane->client,
                   by_transaction ? WXPAY_BY_TRANSACTION_ID : WXPAY_BY_OUT_TRADE_NO,
                   by_transaction ? task->row.transaction_id : task->row.out_trade_no));
}

/* The bytes that are sent, now and for ever: made from the request each time, so that bytes which
 * somebody has put there are never sent. */
static bool make_body(struct task *task, struct err *err)
{
    CLEANUP(buf_release) struct buf body = BUF_INIT(BODY_MAX);
    const struct refund_row *row = &task->row;
    bool by_transaction = row->transaction_id.length > 0;
    const struct wxpay_refund_request request = {
        .sub_mchid = row->sub_mchid,
        .transaction_id = row->transaction_id,
        .out_trade_no = by_transaction ? view_from(NULL, 0) : row->out_trade_no,
        .out_refund_no = row->refund_no,
        .reason = row->reason,
        .refund = row->amount,
        .total = row->total,
    };

    if (!wxpay_refund_body(&request, &body, err))
        return err_wrap(err, "refund %.*s", VIEW_ARG(row->refund_no));
    if (row->body.length > 0 && !view_equal(row->body, buf_view(&body)))
        return err_set(err, ERR_DATA, "refund %.*s: its stored bytes are not its own",
                       VIEW_ARG(row->refund_no));
    task->body = keep(&task->arena, buf_view(&body));
    return true;
}

bool task_start(struct task *task, struct refund_lane *lane, const struct refund_row *row,
                struct err *err)
{
    struct err failure = ERR_INIT;

    if (lane->client == NULL &&
        !lane->sender->settings.open(lane->sender->settings.context, lane->context, &lane->client,
                                     &failure)) {
        lane->asks = false;
        lane_hold(lane, &failure);
        return true;
    }
    *task = (struct task){.lane = lane};
    lane->flying++;
    lane->sender->flying++;
    keep_row(task, row);
    if (lane->work == REFUND_WORK_ASK)
        start_query(task);
    else if (make_body(task, err))
        start_order(task);
    else
        return false;
    return true;
}

/* ---- sending --------------------------------------------------------------------------------- */

/* Makes it SENDING and sends it, unless something speaks against it. */
static bool begin(struct task *task, struct refund_attempt attempt, struct err *err)
{
    const struct refund_access access = lane_access(task->lane);
    struct refund_row *row = &task->row;
    struct refund_begun begun;
    bool allowed;

    if (!lane_allows(task->lane, row, &allowed, err))
        return false;
    if (is_stopping(task) || !allowed) {
        if (attempt.order != NULL && !refund_note(&access, row, attempt.order, NULL, err))
            return false;
        task->lane->result.waiting++;
        task_end(task);
        return true;
    }
    attempt.body = task->body;
    attempt.most = settings_of(task)->limits.request;
    task->sent_at = access.now;
    if (!refund_begin(&access, row, &attempt, &begun, err))
        return false;
    if (begun.decision == REFUND_MAY_BE_SENT) {
        task_tell(task->lane, row, REFUND_SENDING, refund_outcome_name(REFUND_BEGUN),
                  view_from(NULL, 0), view_from(NULL, 0));
        lane_has_sent(task->lane, row);
        row->sends++;
        row->state = REFUND_SENDING;
        task->call_no = begun.call_no;
        task->sends++;
        start_call(task, TASK_CREATE,
                   wxpay_refund_create_start(task->lane->client, row->refund_no, task->body));
        if (task->paid_at.us != 0)
            wxpay_refund_paid_at(task->call, task->paid_at);
        return true;
    }
    if (begun.decision == REFUND_WAS_DROPPED || begun.decision == REFUND_WAS_EXPIRED) {
        bool dropped = begun.decision == REFUND_WAS_DROPPED;
        enum refund_state to = dropped ? REFUND_DROPPED : REFUND_EXPIRED;

        task_tell(task->lane, row, to,
                  refund_outcome_name(dropped ? REFUND_FACTS_CHANGED : REFUND_HAS_EXPIRED),
                  view_from(NULL, 0), view_of(begun.said));
        row->state = to;
    } else {
        task_tell(task->lane, row, row->state, "WAITS", view_from(NULL, 0), view_of(begun.said));
        task->lane->result.waiting++;
    }
    task_end(task);
    return true;
}

/* ---- what comes back ------------------------------------------------------------------------- */

/* The reply's bytes and Request-Id, which the finish function takes with it. */
struct received {
    int status;
    struct view reply, request_id;
};

static struct received receive(struct task *task)
{
    struct wxpay_reply reply = wxpay_call_reply(task->call);
    struct wxpay_request_id id = wxpay_call_request_id(task->call);

    return (struct received){reply.status, keep(&task->arena, reply.body),
                             keep(&task->arena, view_of(id.s))};
}

static struct refund_call call_of(const struct task *task, const char *kind, struct view request,
                                  const struct received *received, const char *outcome)
{
    return (struct refund_call){.kind = kind,
                                .call_no = task->stage == TASK_CREATE ? task->call_no : 0,
                                .sent_at = task->sent_at,
                                .request = request,
                                .replied_at = now_of(task),
                                .status = received->status,
                                .request_id = received->request_id,
                                .reply = received->reply,
                                .outcome = outcome};
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
    struct refund_call call;
    const struct wxpay_refund *refund; /* NULL: the reply had none */
    const struct err *reason;
};

/* Keeps the call and what it made of the request; what is to be done then is *ret_step. */
static bool keep_outcome(struct task *task, const struct heard *heard, struct refund_step *ret_step,
                         struct err *err)
{
    const struct refund_access access = lane_access(task->lane);
    struct refund_row *row = &task->row;
    struct refund_change change = {.why = view_of(heard->reason->text), .refund = heard->refund};
    struct refund_step step = {row->state, REFUND_REST};
    int64_t queries;

    if (!refund_step(row->state, heard->outcome, &step))
        return err_set(err, ERR_BUG, "refund %.*s: %s while %s", VIEW_ARG(row->refund_no),
                       refund_outcome_name(heard->outcome), refund_state_name(row->state));
    queries = step.state == row->state ? row->queries : 0;
    change.to = step.state;
    if (heard->outcome == REFUND_SENT_REFUSED)
        change.refusal = change.why;
    /* What cannot be so is not asked for again by itself: it would stop everything each time. */
    if (step.action == REFUND_ASK_LATER || step.action == REFUND_SEND_AGAIN ||
        (step.action == REFUND_TRIP && step.state != REFUND_UNKNOWN && step.state != row->state))
        change.next_at.us = access.now.us + refund_query_wait_us(queries);
    else if (step.action == REFUND_ASK_NOW)
        change.next_at = access.now;

    if (!refund_note(&access, row, &heard->call, &change, err))
        return false;
    task_tell(task->lane, row, step.state, refund_outcome_name(heard->outcome),
              heard->call.request_id, change.why);
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
        .recent = row->has_sent_at && now_of(task).us < row->sent_at.us + ARRIVES_WITHIN_US,
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
static bool go_on(struct task *task, const struct refund_step *step, enum refund_outcome outcome,
                  struct err *err)
{
    char reason[REFUND_SAID_MAX + 1];

    struct refund_lane *lane = task->lane;
    bool done = true;

    switch (step->action) {
    case REFUND_ASK_NOW:
        if (lane->asks && !is_stopping(task)) {
            start_query(task);
            return true;
        }
        break;
    case REFUND_SEND_AGAIN:
        if (may_send_again(task))
            return make_body(task, err) &&
                   begin(task, (struct refund_attempt){.refunded_there = false}, err);
        break;
    case REFUND_HOLD_QUEUE:
        done = lane_wait_for_funds(lane, err);
        break;
    case REFUND_TRIP:
        (void)snprintf(reason, sizeof(reason), "refund %.*s: %s", VIEW_ARG(task->row.refund_no),
                       refund_outcome_name(outcome));
        done = lane_trip(lane, reason, err);
        break;
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
    struct received received = receive(task);
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
    heard = (struct heard){
        outcome,
        call_of(task, "QUERY", task->row.refund_no, &received, refund_outcome_name(outcome)),
        answered && answer.reaction == WXPAY_DONE ? &answer.refund : NULL,
        answered ? &answer.reason : &failure};
    if (!keep_outcome(task, &heard, &step, err))
        return false;
    if (!answered && is_about_lane(failure.kind))
        give_up_lane(task, &failure);
    return go_on(task, &step, outcome, err);
}

static bool take_create(struct task *task, struct err *err)
{
    struct wxpay_refund_answer answer = {.reason = ERR_INIT};
    struct received received = receive(task);
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
    task->last_status = received.status;
    outcome = refund_sent_outcome(answered, received.status, &answer, &asked);
    heard = (struct heard){
        outcome, call_of(task, "CREATE", task->body, &received, refund_outcome_name(outcome)),
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
    return go_on(task, &step, outcome, err);
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
    struct received received = receive(task);
    struct err failure = ERR_INIT;
    struct wxpay_call *call = task->call;
    bool by_transaction = task->row.transaction_id.length > 0;
    struct refund_access access;
    struct refund_call kept;
    bool answered;

    task->call = NULL;
    answered = wxpay_order_query_finish(call, &answer, &failure);
    kept = call_of(task, "ORDER",
                   by_transaction ? task->row.transaction_id : task->row.out_trade_no, &received,
                   !answered      ? "NO_ANSWER"
                   : answer.found ? "FOUND"
                                  : "NOT_FOUND");
    if (answered) {
        const struct refund_attempt attempt = {
            .objection = objection_of(&task->row, &answer),
            .refunded_there = answer.found && answer.order.state == WXPAY_TRADE_REFUNDED,
            .order = &kept,
        };

        if (answer.found && answer.order.has_success_time)
            task->paid_at = answer.order.success_time;
        return begin(task, attempt, err);
    }
    access = lane_access(task->lane);
    if (!refund_note(&access, &task->row, &kept, NULL, err))
        return false;
    task_tell(task->lane, &task->row, task->row.state, "WAITS", received.request_id,
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
