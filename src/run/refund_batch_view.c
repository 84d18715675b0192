#include "run/refund_batch_view.h"

#include "cells.h"
#include "queries.h"
#include "refund/desk.h"
#include "refund/marks.h"

#include <inttypes.h>

enum { MARKS_TEXT_MAX = 4096 };

/* What is OPEN in the database can only be rejected once it has expired. */
static struct view state_for_people(struct view state, struct instant expires_at,
                                    struct instant now)
{
    return view_equal_text(state, "OPEN") && now.us >= expires_at.us ? VIEW("EXPIRED") : state;
}

/* ---- all ------------------------------------------------------------------------------------- */

/* Columns of refund_batch_list. */
enum {
    BATCH_NO,
    BATCH_STATE,
    BATCH_REQUESTS,
    BATCH_TOTAL,
    BATCH_MAKER,
    BATCH_MADE_AT,
    BATCH_EXPIRES_AT,
    BATCH_CHECKER,
    BATCH_DECIDED_AT,
    BATCH_REASON,
    BATCH_HASH,
};

struct listing {
    struct table *table;
    struct view mchid;
    struct instant now;
};

static bool list_row(void *context, const struct pg_value *values, struct err *err)
{
    const struct listing *listing = context;
    struct view state =
        state_for_people(values[BATCH_STATE].text, values[BATCH_EXPIRES_AT].instant, listing->now);

    (void)err;
    table_add(
        listing->table,
        TABLE_CELLS(table_id(listing->mchid), cell_count(&values[BATCH_NO]), table_text(state),
                    cell_count(&values[BATCH_REQUESTS]), cell_money(&values[BATCH_TOTAL]),
                    cell_text(&values[BATCH_MAKER]), cell_instant(&values[BATCH_MADE_AT]),
                    cell_instant(&values[BATCH_EXPIRES_AT]), cell_text(&values[BATCH_CHECKER]),
                    cell_instant(&values[BATCH_DECIDED_AT]), cell_text(&values[BATCH_REASON]),
                    cell_id(&values[BATCH_HASH])));
    return true;
}

bool refund_batch_print_list(struct job *job, struct pg *pg, const struct merchant_list *merchants,
                             FILE *out, struct err *err)
{
    static const struct table_column columns[] = {
        {"mchid", "MERCHANT", TABLE_ID},     {"batch_no", "BATCH", TABLE_COUNT},
        {"state", "STATE", TABLE_TEXT},      {"requests", "REFUNDS", TABLE_COUNT},
        {"total_fen", "TOTAL", TABLE_MONEY}, {"maker", "MAKER", TABLE_TEXT},
        {"made_at", "MADE", TABLE_INSTANT},  {"expires_at", "EXPIRES", TABLE_INSTANT},
        {"checker", "CHECKER", TABLE_TEXT},  {"decided_at", "DECIDED", TABLE_INSTANT},
        {"reason", "REASON", TABLE_TEXT},    {"list_hash", "HASH", TABLE_ID},
    };
    CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));

    for (size_t i = 0; i < merchants->count; i++) {
        struct listing listing = {table, merchants->at[i].mchid, clock_now(&job->clock)};

        if (!pg_each(pg, &query_refund_batch_list, PG_PARAMS(pg_text(listing.mchid)), list_row,
                     &listing, err))
            return err_wrap(err, "could not list batches");
    }
    return table_print(table, job->format, out, err);
}

/* ---- one ------------------------------------------------------------------------------------- */

/* Columns of refund_batch_head. */
enum {
    HEAD_STATE,
    HEAD_REQUESTS,
    HEAD_TOTAL,
    HEAD_MAKER,
    HEAD_MADE_AT,
    HEAD_EXPIRES_AT,
    HEAD_CHECKER,
    HEAD_DECIDED_AT,
    HEAD_REASON,
    HEAD_HASH,
    HEAD_COLUMNS
};

/* Columns of refund_batch_items. */
enum {
    ITEM_NO,
    ITEM_DEPOSIT,
    ITEM_RENTAL,
    ITEM_STORE,
    ITEM_PAYMENT,
    ITEM_DEPOSIT_FEN,
    ITEM_DEDUCTION_FEN,
    ITEM_REFUNDED_FEN,
    ITEM_AMOUNT,
    ITEM_REASON,
    ITEM_MAKER,
    ITEM_REQUESTED_AT,
    ITEM_STATE,
    ITEM_PAID_AT,
    ITEM_UNAPPROVED_FEN,
    ITEM_OTHERS,
    ITEM_CHANGED,
};

struct showing {
    struct table *table;
    struct view login;
    struct money large;
    struct instant now;
    unsigned seen; /* marks of any request */
    struct pg_value head[HEAD_COLUMNS];
};

static unsigned marks_of(const struct showing *showing, const struct pg_value *values)
{
    const struct refund_look look = {
        .amount = {values[ITEM_AMOUNT].int8},
        .refunded = {values[ITEM_REFUNDED_FEN].int8},
        .unapproved = {values[ITEM_UNAPPROVED_FEN].null ? 0 : values[ITEM_UNAPPROVED_FEN].int8},
        .others = values[ITEM_OTHERS].int8,
        .has_paid = !values[ITEM_PAID_AT].null,
        .paid_at = values[ITEM_PAID_AT].instant,
        .requested_at = values[ITEM_REQUESTED_AT].instant,
        .now = showing->now,
        .own = view_equal(values[ITEM_MAKER].text, showing->login),
        .changed = !values[ITEM_CHANGED].null,
    };

    return refund_marks(&look, showing->large);
}

static bool show_item(void *context, const struct pg_value *values, struct err *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(MARKS_TEXT_MAX);
    struct showing *showing = context;
    unsigned marks = marks_of(showing, values);

    (void)err;
    showing->seen |= marks;
    refund_marks_text(marks, &text);
    table_add(showing->table,
              TABLE_CELLS(cell_id(&values[ITEM_NO]), cell_id(&values[ITEM_DEPOSIT]),
                          cell_id(&values[ITEM_RENTAL]), cell_id(&values[ITEM_STORE]),
                          cell_id(&values[ITEM_PAYMENT]), cell_instant(&values[ITEM_PAID_AT]),
                          cell_money(&values[ITEM_DEPOSIT_FEN]),
                          cell_money(&values[ITEM_DEDUCTION_FEN]),
                          cell_money(&values[ITEM_REFUNDED_FEN]), cell_money(&values[ITEM_AMOUNT]),
                          cell_text(&values[ITEM_REASON]), cell_text(&values[ITEM_MAKER]),
                          cell_text(&values[ITEM_STATE]),
                          marks == 0 ? table_none() : table_text(buf_view(&text)),
                          cell_text(&values[ITEM_CHANGED])));
    return true;
}

/* One moment: head and list fit each other. */
static bool load(struct job *job, struct pg *pg, struct view mchid, int32_t batch_no,
                 struct showing *showing, struct err *err)
{
    bool found;

    if (!refund_login(pg, &job->arena, &showing->login, err) ||
        !pg_one(pg, &query_refund_batch_head, PG_PARAMS(pg_text(mchid), pg_int4(batch_no)),
                &job->arena, &found, showing->head, err))
        return false;
    if (!found)
        return err_set(err, ERR_USAGE, "merchant %.*s has no batch %" PRId32, VIEW_ARG(mchid),
                       batch_no);
    return pg_each(pg, &query_refund_batch_items,
                   PG_PARAMS(pg_text(mchid), pg_int4(batch_no), pg_instant(showing->now)),
                   show_item, showing, err);
}

static void print_head(const struct showing *showing, struct view mchid, int32_t batch_no,
                       FILE *out)
{
    const struct pg_value *head = showing->head;
    struct view state =
        state_for_people(head[HEAD_STATE].text, head[HEAD_EXPIRES_AT].instant, showing->now);

    (void)fprintf(
        out, "batch %" PRId32 " of merchant %.*s: %.*s\nmade %s by %.*s, expires %s\n", batch_no,
        VIEW_ARG(mchid), VIEW_ARG(state), instant_text_beijing(head[HEAD_MADE_AT].instant).s,
        VIEW_ARG(head[HEAD_MAKER].text), instant_text_beijing(head[HEAD_EXPIRES_AT].instant).s);
    if (!head[HEAD_CHECKER].null)
        (void)fprintf(out, "decided %s by %.*s\n",
                      instant_text_beijing(head[HEAD_DECIDED_AT].instant).s,
                      VIEW_ARG(head[HEAD_CHECKER].text));
    if (!head[HEAD_REASON].null)
        (void)fprintf(out, "reason: %.*s\n", VIEW_ARG(head[HEAD_REASON].text));
    (void)fprintf(out, "\n");
}

static void print_foot(const struct showing *showing, struct view mchid, int32_t batch_no,
                       FILE *out)
{
    const struct pg_value *head = showing->head;
    struct money_text total = money_text((struct money){head[HEAD_TOTAL].int8});
    bool open = view_equal_text(head[HEAD_STATE].text, "OPEN") &&
                showing->now.us < head[HEAD_EXPIRES_AT].instant.us;

    (void)fprintf(out, "\n%" PRId64 " refunds, %s yuan\nhash %.*s\n", head[HEAD_REQUESTS].int8,
                  total.s, VIEW_ARG(head[HEAD_HASH].text));
    for (int mark = 0; mark < REFUND_MARKS; mark++) {
        if ((showing->seen & 1U << (unsigned)mark) != 0)
            (void)fprintf(out, "%s: %s\n", refund_mark_name((enum refund_mark)mark),
                          refund_mark_help((enum refund_mark)mark));
    }
    if (open)
        (void)fprintf(out,
                      "to approve exactly this list, with another login than those who made it:\n"
                      "payrecon refund approve %" PRId32
                      " --merchant %.*s --hash %.*s --count %" PRId64 " --total %s\n",
                      batch_no, VIEW_ARG(mchid), VIEW_ARG(head[HEAD_HASH].text),
                      head[HEAD_REQUESTS].int8, total.s);
}

bool refund_batch_print(struct job *job, struct pg *pg, struct view mchid, int32_t batch_no,
                        FILE *out, struct err *err)
{
    static const struct table_column columns[] = {
        {"refund_no", "REFUND", TABLE_ID},
        {"deposit_id", "DEPOSIT", TABLE_ID},
        {"rental_no", "RENTAL", TABLE_ID},
        {"store_id", "STORE", TABLE_ID},
        {"out_trade_no", "PAYMENT", TABLE_ID},
        {"paid_at", "PAID", TABLE_INSTANT},
        {"deposit_fen", "DEPOSITED", TABLE_MONEY},
        {"deduction_fen", "DEDUCTED", TABLE_MONEY},
        {"refunded_fen", "REFUNDED", TABLE_MONEY},
        {"amount_fen", "AMOUNT", TABLE_MONEY},
        {"reason", "REASON", TABLE_TEXT},
        {"maker", "MAKER", TABLE_TEXT},
        {"state", "STATE", TABLE_TEXT},
        {"marks", "MARKS", TABLE_TEXT},
        {"changed", "CHANGED", TABLE_TEXT},
    };
    CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));
    struct showing showing = {
        .table = table, .large = {job->settings.refund_large * 100}, .now = clock_now(&job->clock)};
    bool text = job->format == TABLE_TEXT_FORMAT;
    bool loaded;

    if (!pg_begin(pg, PG_SNAPSHOT, err))
        return false;
    loaded = load(job, pg, mchid, batch_no, &showing, err);
    pg_rollback(pg); /* nothing was written */
    if (!loaded)
        return false;
    if (text)
        print_head(&showing, mchid, batch_no, out);
    if (!table_print(table, job->format, out, err))
        return false;
    if (text)
        print_foot(&showing, mchid, batch_no, out);
    return true;
}
