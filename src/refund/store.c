#include "refund/store.h"

#include "queries.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static struct pg_value instant_or_null(struct instant instant)
{
    return instant.us == 0 ? pg_null(PG_INSTANT) : pg_instant(instant);
}

static bool end(struct pg *pg, bool done, struct err *err)
{
    if (done)
        return pg_commit(pg, err);
    pg_rollback(pg);
    return false;
}

/* ---- what is to be done ---------------------------------------------------------------------- */

struct loading {
    struct arena *arena;
    struct refund_page *page;
};

static struct view keep(struct arena *arena, const struct pg_value *value)
{
    if (value->null)
        return view_from(NULL, 0);
    return view_from(arena_copy(arena, value->text.at, value->text.length), value->text.length);
}

static bool take_row(void *context, const struct pg_value *values, struct err *err)
{
    const struct loading *loading = context;
    struct refund_row *row = &loading->page->rows[loading->page->count];

    assert(loading->page->count < REFUND_PAGE);
    if (!refund_state_from_name(values[1].text, &row->state))
        return err_set(err, ERR_DATA, "refund %.*s is in the unknown state %.*s",
                       VIEW_ARG(values[0].text), VIEW_ARG(values[1].text));
    row->refund_no = keep(loading->arena, &values[0]);
    row->out_trade_no = keep(loading->arena, &values[2]);
    row->transaction_id = keep(loading->arena, &values[3]);
    row->sub_mchid = keep(loading->arena, &values[4]);
    row->reason = keep(loading->arena, &values[5]);
    row->amount.fen = values[6].int8;
    row->total.fen = values[7].int8;
    row->body = keep(loading->arena, &values[8]);
    row->sends = values[9].int8;
    row->queries = values[10].int8;
    row->accepted = !values[11].null;
    row->refused = values[12].boolean;
    row->has_sent_at = !values[13].null;
    if (row->has_sent_at)
        row->sent_at = values[13].instant;
    loading->page->count++;
    return true;
}

bool refund_load(const struct refund_access *access, enum refund_work work, struct view after_no,
                 struct arena *arena, struct refund_page *ret_page, struct err *err)
{
    static const struct view states[][5] = {
        [REFUND_WORK_FOUND] = {VIEW_INIT("SENDING")},
        [REFUND_WORK_ASK] = {VIEW_INIT("UNKNOWN"), VIEW_INIT("PROCESSING"), VIEW_INIT("ABNORMAL"),
                             VIEW_INIT("SUCCESS"), VIEW_INIT("CLOSED")},
        [REFUND_WORK_WAITING] = {VIEW_INIT("WAITING_FUNDS")},
        [REFUND_WORK_SEND] = {VIEW_INIT("APPROVED")},
    };
    bool ask = work == REFUND_WORK_ASK;
    struct loading loading = {arena, ret_page};

    ret_page->count = 0;
    return pg_each(access->pg, &query_refund_work,
                   PG_PARAMS(pg_text(access->mchid), pg_texts(states[work], ask ? 5 : 1),
                             ask ? pg_instant(access->now) : pg_null(PG_INSTANT), pg_text(after_no),
                             pg_int8(REFUND_PAGE)),
                   take_row, &loading, err);
}

/* ---- sending --------------------------------------------------------------------------------- */

static bool decision_of(struct view name, enum refund_decision *ret_decision)
{
    static const char *const names[] = {
        [REFUND_MAY_BE_SENT] = "SEND",    [REFUND_MUST_WAIT] = "WAIT",
        [REFUND_WAS_DROPPED] = "DROPPED", [REFUND_WAS_EXPIRED] = "EXPIRED",
        [REFUND_IS_GONE] = "GONE",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (view_equal(name, view_of(names[i]))) {
            *ret_decision = (enum refund_decision)i;
            return true;
        }
    }
    return false;
}

static bool begin(struct pg *pg, const struct pg_value *params, size_t count,
                  struct refund_begun *begun, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct pg_value values[3];
    bool found;

    if (!pg_one(pg, &query_refund_begin, params, count, &arena, &found, values, err))
        return false;
    if (!found || !decision_of(values[0].text, &begun->decision))
        return err_set(err, ERR_BUG, "recon.begin_refund did not decide");
    begun->said[0] = '\0';
    if (!values[1].null)
        (void)snprintf(begun->said, sizeof(begun->said), "%.*s", VIEW_ARG(values[1].text));
    begun->call_no = values[2].null ? 0 : values[2].int8;
    return true;
}

static bool note_attempt(const struct refund_access *access, const struct refund_row *row,
                         const struct refund_call *call, struct err *err)
{
    bool whole = call->call_no == 0;

    return pg_run(
        access->pg, &query_refund_note_call,
        PG_PARAMS(pg_text(access->mchid), pg_text(row->refund_no), pg_text(view_of(call->kind)),
                  whole ? pg_null(PG_INT4) : pg_int4((int32_t)call->call_no),
                  pg_instant(call->sent_at), pg_text(call->request), pg_instant(call->replied_at),
                  call->status == 0 ? pg_null(PG_INT4) : pg_int4(call->status),
                  pg_text_or_null(call->request_id),
                  call->reply.length == 0 ? pg_null(PG_BYTES) : pg_bytes(call->reply),
                  pg_text(view_of(call->outcome))),
        NULL, err);
}

/* The oldest attempt first. */
static bool note_call(const struct refund_access *access, const struct refund_row *row,
                      const struct refund_call *call, struct err *err)
{
    const struct refund_call *noted = NULL;

    while (noted != call) {
        const struct refund_call *next = call;

        while (next->before != noted)
            next = next->before;
        if (!note_attempt(access, row, next, err))
            return false;
        noted = next;
    }
    return true;
}

bool refund_begin(const struct refund_access *access, const struct refund_row *row,
                  const struct refund_attempt *attempt, struct refund_begun *ret_begun,
                  struct err *err)
{
    const struct pg_value params[] = {
        pg_text(access->mchid),           pg_text(row->refund_no),
        pg_text(attempt->body),           pg_text_or_null(attempt->objection),
        pg_bool(attempt->refunded_there), pg_int8(attempt->most.fen),
        pg_instant(access->now),
    };

    return pg_begin(access->pg, PG_READ_WRITE, err) &&
           end(access->pg,
               (attempt->order == NULL || note_call(access, row, attempt->order, err)) &&
                   begin(access->pg, params, sizeof(params) / sizeof(params[0]), ret_begun, err),
               err);
}

static bool note_change(const struct refund_access *access, const struct refund_row *row,
                        const struct refund_change *change, struct err *err)
{
    const struct wxpay_refund *refund = change->refund;
    bool success = refund != NULL && refund->has_success_time;

    return pg_run(access->pg, &query_refund_note_state,
                  PG_PARAMS(pg_text(access->mchid), pg_text(row->refund_no),
                            pg_text(view_of(refund_state_name(row->state))),
                            pg_text(view_of(refund_state_name(change->to))),
                            pg_text_or_null(change->why), pg_text_or_null(change->refusal),
                            instant_or_null(change->next_at),
                            refund == NULL ? pg_null(PG_TEXT) : pg_text(view_of(refund->refund_id)),
                            refund == NULL ? pg_null(PG_INSTANT) : pg_instant(refund->create_time),
                            success ? pg_instant(refund->success_time) : pg_null(PG_INSTANT),
                            pg_instant(access->now)),
                  NULL, err);
}

/* ---- with the merchant's queue --------------------------------------------------------------- */

static const char *const queue_names[] = {
    [REFUND_QUEUE_OPEN] = "OPEN",
    [REFUND_QUEUE_WAITING] = "WAITING_FUNDS",
    [REFUND_QUEUE_TRIPPED] = "TRIPPED",
};

static bool hold(const struct refund_access *access, const struct refund_queue *queue,
                 struct money needed, struct err *err)
{
    bool waiting = queue->state == REFUND_QUEUE_WAITING;

    return pg_run(access->pg, &query_refund_hold,
                  PG_PARAMS(pg_text(access->mchid), pg_text(view_of(queue_names[queue->state])),
                            pg_text_or_null(queue->reason),
                            waiting ? pg_int8(needed.fen) : pg_null(PG_INT8),
                            waiting ? pg_instant(queue->next_at) : pg_null(PG_INSTANT),
                            pg_instant(access->now)),
                  NULL, err);
}

/* The queue first, as people's functions lock it, then the request. */
static bool trip(const struct refund_access *access, struct view reason, struct err *err)
{
    const struct refund_queue queue = {REFUND_QUEUE_TRIPPED, reason, {0}};

    return reason.length == 0 || hold(access, &queue, (struct money){0}, err);
}

bool refund_note(const struct refund_access *access, const struct refund_row *row,
                 const struct refund_call *call, const struct refund_change *change,
                 struct err *err)
{
    bool done;

    if (!pg_begin(access->pg, PG_READ_WRITE, err))
        return false;
    done = (change == NULL || trip(access, change->trip, err)) &&
           (call == NULL || note_call(access, row, call, err)) &&
           (change == NULL || note_change(access, row, change, err));
    return end(access->pg, done, err);
}

bool refund_queue_load(const struct refund_access *access, struct arena *arena,
                       struct refund_queue *ret_queue, struct err *err)
{
    struct pg_value values[5]; /* state, since, reason, needed, next_at */
    bool found;

    *ret_queue = (struct refund_queue){.state = REFUND_QUEUE_OPEN};
    if (!pg_one(access->pg, &query_refund_queue, PG_PARAMS(pg_text(access->mchid)), arena, &found,
                values, err))
        return false;
    if (!found)
        return true;
    /* A state that this version does not know is no leave to send. */
    ret_queue->state = REFUND_QUEUE_TRIPPED;
    for (size_t i = 0; i < sizeof(queue_names) / sizeof(queue_names[0]); i++) {
        if (view_equal(values[0].text, view_of(queue_names[i])))
            ret_queue->state = (enum refund_queue_state)i;
    }
    if (!values[2].null)
        ret_queue->reason = values[2].text;
    if (!values[4].null)
        ret_queue->next_at = values[4].instant;
    return true;
}

bool refund_queue_set(const struct refund_access *access, const struct refund_queue *queue,
                      struct money needed, struct err *err)
{
    return pg_begin(access->pg, PG_READ_WRITE, err) &&
           end(access->pg, hold(access, queue, needed, err), err);
}

static bool expire(const struct refund_access *access, int64_t *ret_expired, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct pg_value value;
    bool found;

    if (!pg_one(access->pg, &query_refund_expire,
                PG_PARAMS(pg_text(access->mchid), pg_instant(access->now)), &arena, &found, &value,
                err))
        return false;
    assert(found);
    *ret_expired = value.int8;
    return true;
}

bool refund_expire(const struct refund_access *access, int64_t *ret_expired, struct err *err)
{
    return pg_begin(access->pg, PG_READ_WRITE, err) &&
           end(access->pg, expire(access, ret_expired, err), err);
}

bool refund_totals_load(const struct refund_access *access, struct refund_totals *ret_totals,
                        struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct instant hour = {access->now.us - INSTANT_HOUR};
    struct instant day = beijing_start(beijing_day(access->now));
    struct pg_value values[6];
    bool found;

    if (!pg_one(access->pg, &query_refund_totals,
                PG_PARAMS(pg_text(access->mchid), pg_instant(hour), pg_instant(day)), &arena,
                &found, values, err))
        return false;
    assert(found);
    *ret_totals = (struct refund_totals){
        .hour = {values[0].int8},
        .day = {values[1].int8},
        .waiting = {values[3].int8},
        .day_count = values[2].int8,
        .waiting_count = values[4].int8,
        .doubtful_count = values[5].int8,
    };
    return true;
}
