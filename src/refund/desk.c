#include "refund/desk.h"

#include "pg/pg.h"
#include "queries.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

struct asking {
    struct refund_made *made;
    size_t count;
};

/* place, refund_no, amount_fen */
static bool note_made(void *context, const struct pg_value *values, struct err *err)
{
    struct asking *asking = context;
    struct refund_made *made = &asking->made[asking->count];

    (void)err;
    asking->count++;
    assert(values[0].int8 == (int64_t)asking->count && values[1].text.length == REFUND_NO_LENGTH);
    (void)snprintf(made->refund_no, sizeof(made->refund_no), "%.*s", VIEW_ARG(values[1].text));
    made->amount = (struct money){values[2].int8};
    return true;
}

bool refund_ask(struct pg *pg, const struct refund_line *lines, size_t count, struct instant now,
                struct refund_made *ret_made, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct view *deposits = ARENA_ARRAY(&arena, struct view, count);
    struct view *reasons = ARENA_ARRAY(&arena, struct view, count);
    struct asking asking = {ret_made, 0};

    assert(count > 0);
    for (size_t i = 0; i < count; i++) {
        assert(view_equal(lines[i].mchid, lines[0].mchid));
        deposits[i] = lines[i].deposit_id;
        reasons[i] = lines[i].reason;
    }
    if (!pg_each(pg, &query_refund_ask,
                 PG_PARAMS(pg_text(lines[0].mchid), pg_texts(deposits, count),
                           pg_texts(reasons, count), pg_instant(now)),
                 note_made, &asking, err))
        return false;
    assert(asking.count == count);
    return true;
}

/* ---- lists ----------------------------------------------------------------------------------- */

struct checking {
    struct refund_list *list;
    const struct refund_line *lines; /* of one merchant */
    size_t count;
    struct arena *arena;
};

static bool add_problem(void *context, const struct pg_value *values, struct err *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(64 * 1024);
    const struct checking *checking = context;
    const struct refund_line *line;

    (void)err;
    assert(values[0].int8 >= 1 && (uint64_t)values[0].int8 <= checking->count);
    line = &checking->lines[values[0].int8 - 1];
    buf_add_format(&text, "deposit %.*s: %.*s", VIEW_ARG(line->deposit_id),
                   VIEW_ARG(values[1].text));
    refund_list_add_problem(checking->list, line->line, buf_view(&text), checking->arena);
    return true;
}

static bool check_merchant(struct pg *pg, struct checking *checking, struct instant now,
                           struct err *err)
{
    struct view *deposits = ARENA_ARRAY(checking->arena, struct view, checking->count);

    for (size_t i = 0; i < checking->count; i++)
        deposits[i] = checking->lines[i].deposit_id;
    return pg_each(pg, &query_refund_check,
                   PG_PARAMS(pg_text(checking->lines[0].mchid), pg_texts(deposits, checking->count),
                             pg_instant(now)),
                   add_problem, checking, err);
}

bool refund_check_list(struct pg *pg, struct refund_list *list, struct instant now,
                       struct arena *arena, struct err *err)
{
    for (size_t from = 0; from < list->count;) {
        struct checking checking = {list, &list->lines[from], refund_list_run(list, from), arena};

        if (!check_merchant(pg, &checking, now, err))
            return false;
        from += checking.count;
    }
    refund_list_sort_problems(list);
    return true;
}

/* ---- requests and batches -------------------------------------------------------------------- */

bool refund_withdraw(struct pg *pg, struct view mchid, struct view refund_no, struct view reason,
                     struct instant now, struct err *err)
{
    return pg_run(pg, &query_refund_withdraw,
                  PG_PARAMS(pg_text(mchid), pg_text(refund_no), pg_text(reason), pg_instant(now)),
                  NULL, err);
}

bool refund_batch_make(struct pg *pg, const struct refund_batch_wish *wish, struct instant now,
                       int32_t *ret_batch_no, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct pg_value number;
    bool found;

    if (!pg_one(pg, &query_refund_batch_make,
                PG_PARAMS(pg_text(wish->mchid), pg_texts(wish->refund_nos, wish->count),
                          pg_bool(wish->count == 0), pg_instant(wish->expires_at), pg_instant(now)),
                &arena, &found, &number, err))
        return false;
    assert(found);
    *ret_batch_no = (int32_t)number.int8;
    return true;
}

bool refund_batch_approve(struct pg *pg, struct view mchid, int32_t batch_no,
                          const struct refund_batch_seen *seen, struct instant now, struct err *err)
{
    return pg_run(pg, &query_refund_batch_decide,
                  PG_PARAMS(pg_text(mchid), pg_int4(batch_no), pg_bool(true),
                            pg_text(seen->list_hash), pg_int4(seen->requests),
                            pg_int8(seen->total.fen), pg_null(PG_TEXT), pg_instant(now)),
                  NULL, err);
}

bool refund_batch_reject(struct pg *pg, struct view mchid, int32_t batch_no, struct view reason,
                         struct instant now, struct err *err)
{
    return pg_run(pg, &query_refund_batch_decide,
                  PG_PARAMS(pg_text(mchid), pg_int4(batch_no), pg_bool(false), pg_null(PG_TEXT),
                            pg_null(PG_INT4), pg_null(PG_INT8), pg_text(reason), pg_instant(now)),
                  NULL, err);
}

bool refund_breaker_reset(struct pg *pg, struct view mchid, struct view reason, struct instant now,
                          bool *ret_reset, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct pg_value reset;
    bool found;

    if (!pg_one(pg, &query_refund_breaker_reset,
                PG_PARAMS(pg_text(mchid), pg_text(reason), pg_instant(now)), &arena, &found, &reset,
                err))
        return false;
    assert(found);
    *ret_reset = reset.boolean;
    return true;
}

/* ---- in doubt -------------------------------------------------------------------------------- */

bool refund_query(struct pg *pg, struct view mchid, struct view refund_no, struct instant now,
                  struct err *err)
{
    return pg_run(pg, &query_refund_query,
                  PG_PARAMS(pg_text(mchid), pg_text(refund_no), pg_instant(now)), NULL, err);
}

bool refund_propose(struct pg *pg, const struct refund_resolution *resolution, struct instant now,
                    int32_t *ret_proposal_no, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct pg_value number;
    bool found;

    if (!pg_one(pg, &query_refund_propose,
                PG_PARAMS(pg_text(resolution->mchid), pg_text(resolution->refund_no),
                          pg_text(resolution->as), pg_text(resolution->reason),
                          pg_text_or_null(resolution->evidence), pg_instant(now)),
                &arena, &found, &number, err))
        return false;
    assert(found);
    *ret_proposal_no = (int32_t)number.int8;
    return true;
}

bool refund_resolve(struct pg *pg, const struct refund_resolution *resolution, int32_t proposal_no,
                    struct instant now, struct err *err)
{
    return pg_run(pg, &query_refund_resolve,
                  PG_PARAMS(pg_text(resolution->mchid), pg_text(resolution->refund_no),
                            pg_int4(proposal_no), pg_text(resolution->as), pg_instant(now)),
                  NULL, err);
}

bool refund_login(struct pg *pg, struct arena *arena, struct view *ret_login, struct err *err)
{
    struct pg_value login;
    bool found;

    if (!pg_one(pg, &query_refund_login, PG_NO_PARAMS, arena, &found, &login, err))
        return false;
    assert(found);
    *ret_login = login.text;
    return true;
}
