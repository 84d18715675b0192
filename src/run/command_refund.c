/* Requests for people: request, withdraw, list, acts. */
#include "run/command_refund.h"

#include "cells.h"
#include "queries.h"
#include "refund/acts.h"
#include "refund/desk.h"
#include "refund/machine.h"
#include "run/refund_choice.h"

#include <stdio.h>
#include <string.h>

/* ---- request --------------------------------------------------------------------------------- */

struct requesting {
    const char *deposit;
    const char *reason;
};

static bool request(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    const struct requesting *requesting = context;
    struct refund_line line = {.deposit_id = view_of(requesting->deposit),
                               .reason = view_of(requesting->reason)};
    const char *problem = refund_reason_problem(line.reason);
    struct refund_made made;
    struct pg *pg;

    (void)ret_code;
    if (!refund_require(requesting->deposit, "deposit", err))
        return false;
    if (problem != NULL)
        return err_set(err, ERR_USAGE, "option --reason: %s", problem);
    if (!refund_choose_one(job, &pg, &line.mchid, err) ||
        !refund_ask(pg, &line, 1, clock_now(&job->clock), &made, err))
        return false;
    (void)printf("requested refund %s: deposit %s, %s yuan\nnext: payrecon refund batch --merchant "
                 "%.*s\n",
                 made.refund_no, requesting->deposit, money_text(made.amount).s,
                 VIEW_ARG(line.mchid));
    return true;
}

enum exit_code command_refund_request(int argc, char *const argv[])
{
    struct requesting requesting = {.reason = REFUND_REASON};
    const struct option_row rows[] = {
        {"deposit", 0, OPTION_TEXT, &requesting.deposit, NULL, "ID", "the platform's number of it"},
        {"reason", 0, OPTION_TEXT, &requesting.reason, NULL, "TEXT",
         "shown to the rider, at most 80 bytes (default: " REFUND_REASON ")"},
    };
    const struct job_spec spec = {
        .program = "payrecon refund request",
        .words = "",
        .summary = "Asks for a deposit to be given back. The amount is what the books say is due.",
        .flags = JOB_CONFIG | JOB_MERCHANTS,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };

    return job_main(&spec, argc, argv, request, &requesting);
}

/* ---- withdraw -------------------------------------------------------------------------------- */

static bool withdraw(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    const char *const *reason = context;
    struct view mchid;
    struct pg *pg;

    (void)ret_code;
    if (!refund_require(*reason, "reason", err) || !refund_choose_one(job, &pg, &mchid, err) ||
        !refund_withdraw(pg, mchid, view_of(job->words.at[0]), view_of(*reason),
                         clock_now(&job->clock), err))
        return false;
    (void)printf("withdrew refund %s\n", job->words.at[0]);
    return true;
}

enum exit_code command_refund_withdraw(int argc, char *const argv[])
{
    const char *reason = NULL;
    const struct option_row rows[] = {
        {"reason", 0, OPTION_TEXT, &reason, NULL, "TEXT", "why; kept with your login"},
    };
    const struct job_spec spec = {
        .program = "payrecon refund withdraw",
        .words = "NUMBER",
        .summary = "Takes back a request that is in no batch yet.",
        .flags = JOB_CONFIG | JOB_MERCHANTS,
        .words_least = 1,
        .words_most = 1,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };

    return job_main(&spec, argc, argv, withdraw, &reason);
}

/* ---- list ------------------------------------------------------------------------------------ */

/* Columns of refund_list. */
enum {
    LIST_NO,
    LIST_DEPOSIT,
    LIST_RENTAL,
    LIST_PAYMENT,
    LIST_AMOUNT,
    LIST_STATE,
    LIST_STATE_AT,
    LIST_MAKER,
    LIST_REQUESTED_AT,
    LIST_BATCH,
    LIST_CHECKER,
    LIST_WHY,
    LIST_PROPOSED,
    LIST_PROPOSED_BY,
};

struct listing {
    struct table *table;
    struct view mchid;
};

static bool list_row(void *context, const struct pg_value *values, struct err *err)
{
    const struct listing *listing = context;

    (void)err;
    table_add(listing->table,
              TABLE_CELLS(table_id(listing->mchid), cell_id(&values[LIST_NO]),
                          cell_id(&values[LIST_DEPOSIT]), cell_id(&values[LIST_RENTAL]),
                          cell_id(&values[LIST_PAYMENT]), cell_money(&values[LIST_AMOUNT]),
                          cell_text(&values[LIST_STATE]), cell_instant(&values[LIST_STATE_AT]),
                          cell_text(&values[LIST_MAKER]), cell_instant(&values[LIST_REQUESTED_AT]),
                          cell_count(&values[LIST_BATCH]), cell_text(&values[LIST_CHECKER]),
                          cell_text(&values[LIST_WHY]), cell_text(&values[LIST_PROPOSED]),
                          cell_text(&values[LIST_PROPOSED_BY])));
    return true;
}

/* Without --state what a person may still have to think about. */
static bool choose_states(const char *wanted, struct view states[REFUND_STATES], size_t *ret_count,
                          struct err *err)
{
    enum refund_state one;

    *ret_count = 0;
    if (wanted != NULL && strcmp(wanted, "ALL") != 0) {
        if (!refund_state_from_name(view_of(wanted), &one))
            return err_set(err, ERR_USAGE, "option --state: \"%s\" is no state, and not ALL",
                           wanted);
        states[(*ret_count)++] = view_of(wanted);
        return true;
    }
    for (int state = 0; state < REFUND_STATES; state++) {
        bool over =
            state == REFUND_CONFIRMED || state == REFUND_REJECTED || state == REFUND_EXPIRED;

        if (wanted != NULL || !over)
            states[(*ret_count)++] = view_of(refund_state_name((enum refund_state)state));
    }
    return true;
}

static bool list(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    static const struct table_column columns[] = {
        {"mchid", "MERCHANT", TABLE_ID},
        {"refund_no", "REFUND", TABLE_ID},
        {"deposit_id", "DEPOSIT", TABLE_ID},
        {"rental_no", "RENTAL", TABLE_ID},
        {"out_trade_no", "PAYMENT", TABLE_ID},
        {"amount_fen", "AMOUNT", TABLE_MONEY},
        {"state", "STATE", TABLE_TEXT},
        {"state_at", "SINCE", TABLE_INSTANT},
        {"maker", "MAKER", TABLE_TEXT},
        {"requested_at", "REQUESTED", TABLE_INSTANT},
        {"batch_no", "BATCH", TABLE_COUNT},
        {"checker", "CHECKER", TABLE_TEXT},
        {"why", "WHY", TABLE_TEXT},
        {"proposed", "PROPOSED", TABLE_TEXT},
        {"proposed_by", "PROPOSED BY", TABLE_TEXT},
    };
    CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));
    const char *const *wanted = context;
    struct view states[REFUND_STATES];
    struct merchant_list merchants;
    size_t count;
    struct pg *pg;

    (void)ret_code;
    if (!choose_states(*wanted, states, &count, err) || !refund_choose(job, &pg, &merchants, err))
        return false;
    for (size_t i = 0; i < merchants.count; i++) {
        struct listing listing = {table, merchants.at[i].mchid};

        if (!pg_each(pg, &query_refund_list,
                     PG_PARAMS(pg_text(listing.mchid), pg_texts(states, count)), list_row, &listing,
                     err))
            return err_wrap(err, "could not list refunds");
    }
    return table_print(table, job->format, stdout, err);
}

enum exit_code command_refund_list(int argc, char *const argv[])
{
    const char *state = NULL;
    const struct option_row rows[] = {
        {"state", 0, OPTION_TEXT, &state, NULL, "STATE",
         "only this state, or ALL (default: all but CONFIRMED, REJECTED and EXPIRED)"},
    };
    const struct job_spec spec = {
        .program = "payrecon refund list",
        .words = "",
        .summary = "Lists the requests, oldest first.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_FORMAT,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };

    return job_main(&spec, argc, argv, list, &state);
}

/* ---- acts ------------------------------------------------------------------------------------ */

static void list_act(void *context, const struct refund_act *act)
{
    const struct listing *listing = context;

    table_add(listing->table,
              TABLE_CELLS(table_id(listing->mchid), table_count(act->no), table_instant(act->at),
                          table_text(act->who), table_text(act->act), table_id(act->subject),
                          table_text(act->said)));
}

/* One merchant's broken chain does not hide another's. */
static bool list_acts(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    static const struct table_column columns[] = {
        {"mchid", "MERCHANT", TABLE_ID}, {"act_no", "ACT", TABLE_COUNT},
        {"at", "AT", TABLE_INSTANT},     {"who", "WHO", TABLE_TEXT},
        {"act", "WHAT", TABLE_TEXT},     {"subject", "SUBJECT", TABLE_ID},
        {"said", "SAID", TABLE_TEXT},
    };
    CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));
    struct merchant_list merchants;
    struct pg *pg;

    (void)context;
    if (!refund_choose(job, &pg, &merchants, err))
        return false;
    for (size_t i = 0; i < merchants.count; i++) {
        struct listing listing = {table, merchants.at[i].mchid};
        struct err broken = ERR_INIT;

        if (refund_acts_verify(pg, listing.mchid, list_act, &listing, &broken))
            continue;
        if (broken.kind != ERR_DATA) {
            *err = broken;
            return false;
        }
        *ret_code = exit_code_worse(*ret_code, job_fail(job, &broken));
    }
    return table_print(table, job->format, stdout, err);
}

enum exit_code command_refund_acts(int argc, char *const argv[])
{
    const struct job_spec spec = {
        .program = "payrecon refund acts",
        .words = "",
        .summary = "Verifies the chain of what people did about refunds, and lists it.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_FORMAT,
    };

    return job_main(&spec, argc, argv, list_acts, NULL);
}
