/* Shared by the sources of refund/send.h; nobody else includes it. */
#ifndef SRC_REFUND_SEND_STATE_H
#define SRC_REFUND_SEND_STATE_H

#include "refund/send.h"
#include "wxpay/pool.h"

/* Which call of the request is under way. */
enum task_stage { TASK_ORDER, TASK_CREATE, TASK_QUERY };

/* One request that has its turn. */
struct task {
    struct refund_lane *lane; /* NULL: free */
    enum task_stage stage;
    struct arena arena; /* texts of the row, and a reply while it is kept */
    struct refund_row row;
    struct view body;
    int64_t call_no; /* TASK_CREATE */
    struct instant sent_at;
    struct instant paid_at; /* 0 µs: not known */
    int sends;              /* in this run */
    int last_status;        /* of the last of them; 0: no reply */
    struct wxpay_call *call;
};

/* One merchant. */
struct refund_lane {
    struct refund_lane *next;
    struct refund_sender *sender;
    struct view mchid;
    const void *context;
    struct wxpay *client; /* NULL until its first call */

    bool begun; /* queue and totals are loaded */
    bool asks;  /* false: its keys are refused, or it cannot be reached */
    bool sends;
    bool probes;   /* the queue waited for funds: one request is sent to see */
    bool is_short; /* that its account is short is why it holds */
    struct refund_totals totals;
    struct money run;
    size_t flying; /* tasks */

    enum refund_work work; /* REFUND_WORK_OVER: all had a turn */
    struct arena arena;    /* of the page */
    struct refund_page page;
    size_t at;
    bool last_page; /* of this work */
    char after_no[WXPAY_OUT_REFUND_NO_MAX + 1];

    struct refund_result result;
};

struct refund_sender {
    struct refund_sender_settings settings;
    struct refund_lane *first, *last;
    struct task *tasks;
    size_t task_count; /* of all merchants */
    size_t lane_count;
    size_t flying;
};

/* ---- lanes (send_lane.c) --------------------------------------------------------------------- */

struct refund_access lane_access(const struct refund_lane *lane);

/* The next request that is to have its turn; *ret_found false when there is none now. */
bool lane_next(struct refund_lane *lane, const struct refund_row **ret_row, bool *ret_found,
               struct err *err);

bool lane_is_over(const struct refund_lane *lane);

/* Whether the request may be sent now, as far as limits go; if not the lane sends no more. */
bool lane_allows(struct refund_lane *lane, const struct refund_row *row, bool *ret_allows,
                 struct err *err);

/* A request has become SENDING: it counts. */
void lane_has_sent(struct refund_lane *lane, const struct refund_row *row);

/* Sends no more in this run; the first reason is kept. */
void lane_hold(struct refund_lane *lane, const struct err *reason);
void lane_tripped(struct refund_lane *lane, struct view reason);
bool lane_wait_for_funds(struct refund_lane *lane, struct err *err);
bool lane_has_funds(struct refund_lane *lane, struct err *err);

/* ---- tasks (send_task.c) --------------------------------------------------------------------- */

/* Begins the first call of the request. */
bool task_start(struct task *task, struct refund_lane *lane, const struct refund_row *row,
                struct err *err);

const struct refund_sender_settings *task_settings(const struct task *task);
struct instant task_now(const struct task *task);
bool task_is_stopping(const struct task *task);
struct view task_keep(struct arena *arena, struct view text); /* a copy; empty stays empty */

/* Asks what became of it. */
void task_query(struct task *task);

/* The bytes that are sent, now and for ever: made from the request each time, so that bytes which
 * somebody has put there are never sent. */
bool task_make_body(struct task *task, struct err *err);

/* Makes it SENDING and sends it, unless something speaks against it: then the task ends. Body and
 * limit of the attempt are filled in here. */
bool task_begin(struct task *task, struct refund_attempt attempt, struct err *err);

/* Its call has ended: keeps what came of it and begins the next one, or ends the task. */
bool task_take(struct task *task, struct err *err);

void task_end(struct task *task);

/* The row's new state is committed: counts it and tells of it. */
void task_tell(const struct refund_lane *lane, const struct refund_row *row, enum refund_state to,
               const char *outcome, struct view request_id, struct view why);

#endif
