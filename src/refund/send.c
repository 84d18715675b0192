#include "refund/send.h"

#include "base/memory.h"
#include "send_state.h"

#include <assert.h>
#include <stdlib.h>

/* How often is looked whether the program was asked to stop. */
enum { LOOK_MS = 200 };

struct refund_sender *refund_sender_new(const struct refund_sender_settings *settings)
{
    struct refund_sender *sender = memory_alloc(sizeof(*sender));

    sender->settings = *settings;
    return sender;
}

void refund_sender_free(struct refund_sender *sender)
{
    if (sender == NULL)
        return;
    for (size_t i = 0; i < sender->task_count; i++)
        task_end(&sender->tasks[i]);
    free(sender->tasks);
    while (sender->first != NULL) {
        struct refund_lane *lane = sender->first;

        sender->first = lane->next;
        wxpay_close(lane->client);
        arena_release(&lane->arena);
        free(lane);
    }
    free(sender);
}

struct refund_lane *refund_sender_add(struct refund_sender *sender, struct view mchid, bool send,
                                      const void *lane_context)
{
    struct refund_lane *lane = memory_alloc(sizeof(*lane));

    lane->sender = sender;
    lane->mchid = mchid;
    lane->context = lane_context;
    lane->asks = true;
    lane->sends = send;
    lane->work = REFUND_WORK_FOUND;
    lane->result.held = lane->result.failed = ERR_INIT;
    if (sender->last == NULL)
        sender->first = lane;
    else
        sender->last->next = lane;
    sender->last = lane;
    sender->lane_count++;
    return lane;
}

const struct refund_result *refund_lane_result(const struct refund_lane *lane)
{
    return &lane->result;
}

int refund_sender_calls_max(size_t merchants)
{
    return REFUND_TASKS * (int)(merchants < REFUND_MERCHANTS ? merchants : REFUND_MERCHANTS);
}

/* Room for another request; NULL: there is none. */
static struct task *free_task(struct refund_sender *sender)
{
    for (size_t i = 0; i < sender->task_count; i++) {
        if (sender->tasks[i].lane == NULL)
            return &sender->tasks[i];
    }
    return NULL;
}

/* What concerns one request, or one merchant, does not stop the others: it is left as it is, and
 * this merchant sends no more in this run. Without a database nothing goes on. */
static bool bear(struct refund_lane *lane, struct err *err)
{
    struct err held = *err;

    if (err->kind == ERR_UNAVAILABLE || err->kind == ERR_IO || err->kind == ERR_CONFIG ||
        err->kind == ERR_ACCESS)
        return false;
    lane->result.failed = held;
    lane_hold(lane, &held);
    *err = ERR_INIT;
    return true;
}

/* The merchant's next request, if there is one. */
static bool begin_next(struct refund_lane *lane, struct task *task, bool *ret_found,
                       struct err *err)
{
    const struct refund_row *row;

    if (!lane_next(lane, &row, ret_found, err)) {
        lane->work = REFUND_WORK_OVER;
        return bear(lane, err);
    }
    if (!*ret_found || task_start(task, lane, row, err))
        return true;
    task_end(task);
    return bear(lane, err);
}

/* A request of each merchant in turn, until there is no room or nothing to begin. */
static bool fill(struct refund_sender *sender, struct err *err)
{
    bool found_any = true;

    while (found_any) {
        found_any = false;
        for (struct refund_lane *lane = sender->first; lane != NULL; lane = lane->next) {
            struct task *task = free_task(sender);
            bool found;

            if (task == NULL)
                return true;
            if (lane_is_over(lane) || lane->flying == REFUND_TASKS)
                continue;
            if (!begin_next(lane, task, &found, err))
                return false;
            found_any = found_any || found;
        }
    }
    return true;
}

static bool take(struct task *task, struct err *err)
{
    struct refund_lane *lane = task->lane;

    if (task_take(task, err))
        return true;
    if (!bear(lane, err))
        return false;
    task_end(task);
    return true;
}

bool refund_sender_run(struct refund_sender *sender, struct err *err)
{
    bool stopped = false;

    sender->task_count = (size_t)refund_sender_calls_max(sender->lane_count);
    sender->tasks = memory_alloc(sender->task_count * sizeof(*sender->tasks));
    for (;;) {
        struct wxpay_call *call;

        if (!stopped && sender->settings.stopping()) {
            stopped = true;
            wxpay_pool_stop(sender->settings.pool);
        }
        if (!stopped && !fill(sender, err))
            return false;
        if (sender->flying == 0)
            return true;
        call = wxpay_pool_next(sender->settings.pool, LOOK_MS);
        if (call != NULL && !take(wxpay_call_owner(call), err))
            return false;
    }
}
