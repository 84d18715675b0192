/* What is going on: the breaker, and status. */
#include "run/command_refund.h"

#include "cells.h"
#include "queries.h"
#include "refund/desk.h"
#include "run/refund_choice.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

enum { WHY_MAX = 64 * 1024 };

/* Columns of refund_queue. */
enum { QUEUE_STATE, QUEUE_SINCE, QUEUE_REASON, QUEUE_NEEDED, QUEUE_NEXT_AT, QUEUE_COLUMNS };

/* Nothing was ever done about refunds of a merchant without a row: they may be sent. */
static bool load_queue(struct pg *pg, struct view mchid, struct arena *arena,
                       struct pg_value values[QUEUE_COLUMNS], struct err *err)
{
    bool found;

    if (!pg_one(pg, &query_refund_queue, PG_PARAMS(pg_text(mchid)), arena, &found, values, err))
        return false;
    if (!found) {
        values[QUEUE_STATE] = pg_text(VIEW("OPEN"));
        values[QUEUE_SINCE] = pg_null(PG_INSTANT);
        values[QUEUE_REASON] = pg_null(PG_TEXT);
        values[QUEUE_NEEDED] = pg_null(PG_INT8);
        values[QUEUE_NEXT_AT] = pg_null(PG_INSTANT);
    }
    return true;
}

/* ---- breaker --------------------------------------------------------------------------------- */

static bool show_breaker(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    static const struct table_column columns[] = {
        {"mchid", "MERCHANT", TABLE_ID},        {"state", "STATE", TABLE_TEXT},
        {"since", "SINCE", TABLE_INSTANT},      {"needed_fen", "NEEDED", TABLE_MONEY},
        {"next_at", "NEXT TRY", TABLE_INSTANT}, {"reason", "WHY", TABLE_TEXT},
    };
    CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));
    struct merchant_list merchants;
    struct pg *pg;

    (void)context;
    (void)ret_code;
    if (!refund_choose(job, &pg, &merchants, err))
        return false;
    for (size_t i = 0; i < merchants.count; i++) {
        struct pg_value queue[QUEUE_COLUMNS];

        if (!load_queue(pg, merchants.at[i].mchid, &job->arena, queue, err))
            return false;
        table_add(table, TABLE_CELLS(
                             table_id(merchants.at[i].mchid), cell_text(&queue[QUEUE_STATE]),
                             cell_instant(&queue[QUEUE_SINCE]), cell_money(&queue[QUEUE_NEEDED]),
                             cell_instant(&queue[QUEUE_NEXT_AT]), cell_text(&queue[QUEUE_REASON])));
    }
    return table_print(table, job->format, stdout, err);
}

enum exit_code command_refund_breaker_show(int argc, char *const argv[])
{
    const struct job_spec spec = {
        .program = "payrecon refund breaker show",
        .words = "",
        .summary = "Shows whether refunds may be sent: OPEN, WAITING_FUNDS or TRIPPED.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_FORMAT,
    };

    return job_main(&spec, argc, argv, show_breaker, NULL);
}

static bool reset_breaker(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    const char *const *reason = context;
    struct view mchid;
    bool reset = false;
    struct pg *pg;

    (void)ret_code;
    if (!refund_require(*reason, "reason", err) || !refund_choose_one(job, &pg, &mchid, err) ||
        !refund_breaker_reset(pg, mchid, view_of(*reason), clock_now(&job->clock), &reset, err))
        return false;
    (void)printf("merchant %.*s: %s\n", VIEW_ARG(mchid),
                 reset ? "refunds are sent again by the next payrecon-refund"
                       : "refunds may be sent already: nothing changed");
    return true;
}

enum exit_code command_refund_breaker_reset(int argc, char *const argv[])
{
    const char *reason = NULL;
    const struct option_row rows[] = {
        {"reason", 0, OPTION_TEXT, &reason, NULL, "TEXT", "why; kept with your login"},
    };
    const struct job_spec spec = {
        .program = "payrecon refund breaker reset",
        .words = "",
        .summary = "Lets refunds of a merchant be sent again after the breaker has tripped, or "
                   "before the next try when the account was short.",
        .flags = JOB_CONFIG | JOB_MERCHANTS,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };

    return job_main(&spec, argc, argv, reset_breaker, &reason);
}

/* ---- status ---------------------------------------------------------------------------------- */

/* Columns of refund_risk. */
enum {
    RISK_UNKNOWN,
    RISK_FLYING,
    RISK_WAITING,
    RISK_ABNORMAL,
    RISK_REQUESTED,
    RISK_APPROVED,
    RISK_SUCCESS,
    RISK_CONTRADICTING,
    RISK_PROPOSED,
    RISK_UNSENT,
    RISK_UNSENT_FEN,
    RISK_REFUNDS,
    RISK_DAYS,
    RISK_FINDINGS,
    RISK_COLUMNS
};

struct standing {
    struct pg_value queue[QUEUE_COLUMNS];
    struct pg_value risk[RISK_COLUMNS];
    struct pg_value overdue[2]; /* deposits, overdue_fen */
};

static bool load_standing(struct job *job, struct pg *pg, struct view mchid,
                          struct standing *standing, struct err *err)
{
    struct instant deadline = {clock_now(&job->clock).us -
                               job->settings.refund_due_days * INSTANT_DAY};
    bool has_risk = false, has_overdue = false;

    if (!load_queue(pg, mchid, &job->arena, standing->queue, err) ||
        !pg_one(pg, &query_refund_risk, PG_PARAMS(pg_text(mchid)), &job->arena, &has_risk,
                standing->risk, err) ||
        !pg_one(pg, &query_refund_overdue, PG_PARAMS(pg_text(mchid), pg_instant(deadline)),
                &job->arena, &has_overdue, standing->overdue, err))
        return false;
    assert(has_risk && has_overdue);
    return true;
}

/* Why refunds are not sent: the breaker's reason, and what a suspended merchant leaves undone. */
static void describe_why(const struct merchant *merchant, const struct standing *standing,
                         struct buf *why)
{
    const struct pg_value *reason = &standing->queue[QUEUE_REASON];
    int64_t unsent = standing->risk[RISK_UNSENT].int8;

    if (!reason->null)
        buf_add_view(why, reason->text);
    if (!merchant->suspended || unsent == 0)
        return;
    buf_add_format(why, "%ssuspended: %" PRId64 " approved refunds of %s yuan are not sent",
                   reason->null ? "" : "; ", unsent,
                   money_text((struct money){standing->risk[RISK_UNSENT_FEN].int8}).s);
}

static void add_standing(struct table *table, const struct merchant *merchant,
                         const struct standing *standing)
{
    CLEANUP(buf_release) struct buf why = BUF_INIT(WHY_MAX);
    const struct pg_value *risk = standing->risk;

    describe_why(merchant, standing, &why);
    table_add(table,
              TABLE_CELLS(table_id(merchant->mchid), table_text(merchant->name),
                          cell_text(&standing->queue[QUEUE_STATE]), cell_money(&risk[RISK_UNKNOWN]),
                          cell_money(&risk[RISK_FLYING]), cell_money(&risk[RISK_WAITING]),
                          cell_money(&risk[RISK_ABNORMAL]), cell_money(&standing->overdue[1]),
                          cell_count(&standing->overdue[0]), cell_money(&risk[RISK_REQUESTED]),
                          cell_money(&risk[RISK_APPROVED]), cell_money(&risk[RISK_SUCCESS]),
                          cell_count(&risk[RISK_CONTRADICTING]), cell_count(&risk[RISK_PROPOSED]),
                          cell_count(&risk[RISK_REFUNDS]), cell_count(&risk[RISK_DAYS]),
                          cell_count(&risk[RISK_FINDINGS]),
                          table_text(merchant->suspended ? VIEW("yes") : VIEW("no")),
                          why.length > 0 ? table_text(buf_view(&why)) : table_none()));
}

static bool status(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    static const struct table_column columns[] = {
        {"mchid", "MERCHANT", TABLE_ID},
        {"name", "NAME", TABLE_TEXT},
        {"breaker", "BREAKER", TABLE_TEXT},
        {"unknown_fen", "UNKNOWN", TABLE_MONEY},
        {"in_flight_fen", "IN FLIGHT", TABLE_MONEY},
        {"waiting_fen", "WAITING FUNDS", TABLE_MONEY},
        {"abnormal_fen", "ABNORMAL", TABLE_MONEY},
        {"overdue_fen", "OVERDUE", TABLE_MONEY},
        {"overdue_deposits", "DEPOSITS", TABLE_COUNT},
        {"requested_fen", "REQUESTED", TABLE_MONEY},
        {"approved_fen", "APPROVED", TABLE_MONEY},
        {"unconfirmed_fen", "UNCONFIRMED", TABLE_MONEY},
        {"contradicting", "CONTRADICTING", TABLE_COUNT},
        {"proposed", "PROPOSED", TABLE_COUNT},
        {"refunds", "REFUNDS", TABLE_COUNT},
        {"undone_days", "UNDONE DAYS", TABLE_COUNT},
        {"open_findings", "FINDINGS", TABLE_COUNT},
        {"suspended", "SUSPENDED", TABLE_TEXT},
        {"why", "WHY", TABLE_TEXT},
    };
    CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));
    struct merchant_list merchants;
    struct pg *pg;

    (void)context;
    (void)ret_code;
    if (!refund_choose(job, &pg, &merchants, err))
        return false;
    for (size_t i = 0; i < merchants.count; i++) {
        struct standing standing;

        if (!load_standing(job, pg, merchants.at[i].mchid, &standing, err))
            return false;
        add_standing(table, &merchants.at[i], &standing);
    }
    return table_print(table, job->format, stdout, err);
}

enum exit_code command_status(int argc, char *const argv[])
{
    const struct job_spec spec = {
        .program = "payrecon status",
        .words = "",
        .summary = "Shows for each merchant the money of refunds that is at risk now, and what is "
                   "not done.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_FORMAT,
    };

    return job_main(&spec, argc, argv, status, NULL);
}
