/* `payrecon refund due`. */
#include "run/command_refund.h"

#include "cells.h"
#include "queries.h"
#include "refund/marks.h"
#include "run/refund_choice.h"

#include <inttypes.h>
#include <stdio.h>

/* Columns of refund_due. */
enum {
    DUE_DEPOSIT,
    DUE_STATUS,
    DUE_RENTAL,
    DUE_STORE,
    DUE_PAYMENT,
    DUE_DEPOSIT_FEN,
    DUE_FEN,
    DUE_AT,
    DUE_PAID_AT,
    DUE_OBSTACLE,
    DUE_REFUND,
    DUE_STATE,
};

struct sum {
    int64_t count;
    struct money money;
};

struct looking {
    struct table *table;
    struct view mchid;
    struct instant now;
    int64_t due_days;
    struct sum due, overdue, old;
};

static bool sum_add(struct sum *sum, int64_t fen, struct err *err)
{
    sum->count++;
    if (!money_add(&sum->money, (struct money){fen}))
        return err_set(err, ERR_LIMIT, "the total is too large");
    return true;
}

/* Whole days since the deadline, negative before it. */
static bool is_overdue(const struct looking *looking, const struct pg_value *values,
                       int64_t *ret_days)
{
    int64_t late_us;

    if (!view_equal_text(values[DUE_STATUS].text, "REFUND_DUE") || values[DUE_AT].null)
        return false;
    late_us = looking->now.us - values[DUE_AT].instant.us - looking->due_days * INSTANT_DAY;
    *ret_days = late_us / INSTANT_DAY;
    return late_us >= 0;
}

/* Days until WeChat Pay refunds nothing any more, for a payment that is old. */
static bool is_old(const struct looking *looking, const struct pg_value *values, int64_t *ret_days)
{
    int64_t age_us;

    if (values[DUE_PAID_AT].null)
        return false;
    age_us = looking->now.us - values[DUE_PAID_AT].instant.us;
    *ret_days = REFUND_WALL_DAYS - age_us / INSTANT_DAY;
    if (*ret_days < 0)
        *ret_days = 0;
    return age_us >= REFUND_OLD_DAYS * INSTANT_DAY;
}

static bool add_deposit(void *context, const struct pg_value *values, struct err *err)
{
    struct looking *looking = context;
    int64_t late_days = 0, days_left = 0;
    bool overdue = is_overdue(looking, values, &late_days);
    bool old = is_old(looking, values, &days_left);
    int64_t fen = values[DUE_FEN].int8;

    if (view_equal_text(values[DUE_STATUS].text, "REFUND_DUE") && !sum_add(&looking->due, fen, err))
        return false;
    if ((overdue && !sum_add(&looking->overdue, fen, err)) ||
        (old && !sum_add(&looking->old, fen, err)))
        return false;
    table_add(looking->table,
              TABLE_CELLS(table_id(looking->mchid), cell_id(&values[DUE_DEPOSIT]),
                          cell_text(&values[DUE_STATUS]), cell_id(&values[DUE_RENTAL]),
                          cell_id(&values[DUE_STORE]), cell_id(&values[DUE_PAYMENT]),
                          cell_money(&values[DUE_DEPOSIT_FEN]), cell_money(&values[DUE_FEN]),
                          cell_instant(&values[DUE_AT]),
                          overdue ? table_count(late_days) : table_none(),
                          cell_instant(&values[DUE_PAID_AT]),
                          old ? table_count(days_left) : table_none(), cell_id(&values[DUE_REFUND]),
                          cell_text(&values[DUE_STATE]), cell_text(&values[DUE_OBSTACLE])));
    return true;
}

static void print_sums(const struct looking *looking)
{
    (void)printf("due: %" PRId64 " deposits, %s yuan\noverdue (R10): %" PRId64
                 " deposits, %s yuan\npaid more than %d days ago: %" PRId64 " deposits, %s yuan\n",
                 looking->due.count, money_text(looking->due.money).s, looking->overdue.count,
                 money_text(looking->overdue.money).s, REFUND_OLD_DAYS, looking->old.count,
                 money_text(looking->old.money).s);
}

static bool look(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    static const struct table_column columns[] = {
        {"mchid", "MERCHANT", TABLE_ID},           {"deposit_id", "DEPOSIT", TABLE_ID},
        {"status", "STATUS", TABLE_TEXT},          {"rental_no", "RENTAL", TABLE_ID},
        {"store_id", "STORE", TABLE_ID},           {"out_trade_no", "PAYMENT", TABLE_ID},
        {"deposit_fen", "DEPOSITED", TABLE_MONEY}, {"due_fen", "DUE", TABLE_MONEY},
        {"due_at", "DUE SINCE", TABLE_INSTANT},    {"overdue_days", "OVERDUE DAYS", TABLE_COUNT},
        {"paid_at", "PAID", TABLE_INSTANT},        {"days_left", "DAYS LEFT", TABLE_COUNT},
        {"refund_no", "REFUND", TABLE_ID},         {"request_state", "STATE", TABLE_TEXT},
        {"obstacle", "OBSTACLE", TABLE_TEXT},
    };
    CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));
    struct looking looking = {
        .table = table, .now = clock_now(&job->clock), .due_days = job->settings.refund_due_days};
    struct instant old = {looking.now.us - REFUND_OLD_DAYS * INSTANT_DAY};
    struct merchant_list merchants;
    struct pg *pg;

    (void)context;
    (void)ret_code;
    if (!refund_choose(job, &pg, &merchants, err))
        return false;
    for (size_t i = 0; i < merchants.count; i++) {
        looking.mchid = merchants.at[i].mchid;
        if (!pg_each(pg, &query_refund_due,
                     PG_PARAMS(pg_text(looking.mchid), pg_instant(old), pg_instant(looking.now)),
                     add_deposit, &looking, err))
            return err_wrap(err, "could not list deposits");
    }
    if (!table_print(table, job->format, stdout, err))
        return false;
    if (job->format == TABLE_TEXT_FORMAT)
        print_sums(&looking);
    return true;
}

enum exit_code command_refund_due(int argc, char *const argv[])
{
    const struct job_spec spec = {
        .program = "payrecon refund due",
        .words = "",
        .summary = "Lists deposits that are to be given back, overdue ones (R10), and those whose "
                   "payment gets too old to be refunded.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_FORMAT,
    };

    return job_main(&spec, argc, argv, look, NULL);
}
