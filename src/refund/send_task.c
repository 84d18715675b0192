/* One request's way: order query, SENDING, request, query. */
#include "send_state.h"

#include "wxpay/order.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { BODY_MAX = 4096 };

const struct refund_sender_settings *task_settings(const struct task *task)
{
    return &task->lane->sender->settings;
}

struct instant task_now(const struct task *task)
{
    return clock_now(task_settings(task)->clock);
}

bool task_is_stopping(const struct task *task)
{
    return task_settings(task)->stopping();
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

struct view task_keep(struct arena *arena, struct view text)
{
    if (text.length == 0)
        return view_from(NULL, 0);
    return view_from(arena_copy(arena, text.at, text.length), text.length);
}

static void keep_row(struct task *task, const struct refund_row *row)
{
    struct arena *arena = &task->arena;

    task->row = *row;
    task->row.refund_no = task_keep(arena, row->refund_no);
    task->row.out_trade_no = task_keep(arena, row->out_trade_no);
    task->row.transaction_id = task_keep(arena, row->transaction_id);
    task->row.sub_mchid = task_keep(arena, row->sub_mchid);
    task->row.reason = task_keep(arena, row->reason);
    task->row.body = task_keep(arena, row->body);
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

void task_query(struct task *task)
{
    task->sent_at = task_now(task);
    task->lane->result.asked++;
    start_call(task, TASK_QUERY, wxpay_refund_query_start(task->lane->client, task->row.refund_no));
}

static void start_order(struct task *task)
{
    bool by_transaction = task->row.transaction_id.length > 0;

    task->sent_at = task_now(task);
    start_call(task, TASK_ORDER,
               wxpay_order_query_start(
                   task->lane->client,
                   by_transaction ? WXPAY_BY_TRANSACTION_ID : WXPAY_BY_OUT_TRADE_NO,
                   by_transaction ? task->row.transaction_id : task->row.out_trade_no));
}

bool task_make_body(struct task *task, struct err *err)
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
    task->body = task_keep(&task->arena, buf_view(&body));
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
        task_query(task);
    else if (task_make_body(task, err))
        start_order(task);
    else
        return false;
    return true;
}

/* ---- sending --------------------------------------------------------------------------------- */

bool task_begin(struct task *task, struct refund_attempt attempt, struct err *err)
{
    const struct refund_access access = lane_access(task->lane);
    struct refund_row *row = &task->row;
    struct refund_begun begun;
    bool allowed;

    if (!lane_allows(task->lane, row, &allowed, err))
        return false;
    if (task_is_stopping(task) || !allowed) {
        if (attempt.order != NULL && !refund_note(&access, row, attempt.order, NULL, err))
            return false;
        task->lane->result.waiting++;
        task_end(task);
        return true;
    }
    attempt.body = task->body;
    attempt.most = task_settings(task)->limits.request;
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
