/* `payrecon refund import`. */
#include "run/command_refund.h"

#include "base/file.h"
#include "pg/pg.h"
#include "refund/desk.h"
#include "run/refund_choice.h"

#include <inttypes.h>
#include <stdio.h>

struct importing {
    const char *reason;
    const char *path;
    struct refund_list list;
};

static bool read_list(struct job *job, struct importing *importing, struct err *err)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(REFUND_LIST_BYTES_MAX);
    struct refund_list_defaults defaults = {.reason = view_of(importing->reason)};

    if (job->merchants.count == 1)
        defaults.mchid = view_of(job->merchants.at[0]);
    if (!file_read(importing->path, &bytes, err))
        return false;
    if (!refund_list_read(buf_view(&bytes), &defaults, &job->arena, &importing->list, err))
        return err_wrap(err, "%s", importing->path);
    return true;
}

/* Lines of merchants that nobody knows. */
static bool check_merchants(struct job *job, struct pg *pg, struct refund_list *list,
                            struct err *err)
{
    const struct option_texts none = {.count = 0};
    struct merchant_list merchants;
    size_t kept = 0;

    if (!merchant_load(pg, &none, &job->arena, &merchants, err))
        return false;
    for (size_t i = 0; i < list->count; i++) {
        bool known = false;

        for (size_t m = 0; m < merchants.count && !known; m++)
            known = view_equal(merchants.at[m].mchid, list->lines[i].mchid);
        if (known)
            list->lines[kept++] = list->lines[i];
        else
            refund_list_add_problem(list, list->lines[i].line, VIEW("its merchant is not known"),
                                    &job->arena);
    }
    list->count = kept;
    return true;
}

/* Everything that is wrong at once, so that a list need not be mended line by line. */
static bool refuse_problems(struct job *job, const struct importing *importing, size_t lines,
                            struct err *err)
{
    const struct refund_list *list = &importing->list;

    for (size_t i = 0; i < list->problem_count; i++)
        log_line(&job->log, LOG_ERROR, "%s: line %" PRId64 ": %.*s", importing->path,
                 list->problems[i].line, VIEW_ARG(list->problems[i].text));
    if (list->problem_count > 0)
        return err_set(err, ERR_DATA, "%s: %zu of %zu lines are wrong: nothing was requested",
                       importing->path, list->problem_count, lines);
    if (list->count == 0)
        return err_set(err, ERR_DATA, "%s: the list names no deposit", importing->path);
    return true;
}

static bool add_made(struct table *table, const struct refund_line *line,
                     const struct refund_made *made, struct money *total, struct err *err)
{
    if (!money_add(total, made->amount))
        return err_set(err, ERR_LIMIT, "line %" PRId64 ": the total is too large", line->line);
    table_add(table, TABLE_CELLS(table_count(line->line), table_id(line->mchid),
                                 table_id(line->deposit_id), table_id(view_of(made->refund_no)),
                                 table_money(made->amount)));
    return true;
}

static bool ask_for_all(struct job *job, struct pg *pg, const struct importing *importing,
                        struct table *table, struct money *total, struct err *err)
{
    const struct refund_list *list = &importing->list;

    for (size_t from = 0; from < list->count;) {
        const struct refund_line *lines = &list->lines[from];
        size_t count = refund_list_run(list, from);
        struct refund_made *made = ARENA_ARRAY(&job->arena, struct refund_made, count);

        if (!refund_ask(pg, lines, count, clock_now(&job->clock), made, err))
            return err_wrap(err, "%s", importing->path);
        for (size_t i = 0; i < count; i++) {
            if (!add_made(table, &lines[i], &made[i], total, err))
                return err_wrap(err, "%s", importing->path);
        }
        from += count;
    }
    return true;
}

/* All in one transaction: looked at first, so that every bad line is told; then asked for. */
static bool request_list(struct job *job, struct pg *pg, struct importing *importing,
                         struct table *table, struct money *total, struct err *err)
{
    struct refund_list *list = &importing->list;
    size_t lines = list->count + list->problem_count;

    return check_merchants(job, pg, list, err) &&
           refund_check_list(pg, list, clock_now(&job->clock), &job->arena, err) &&
           refuse_problems(job, importing, lines, err) &&
           ask_for_all(job, pg, importing, table, total, err);
}

static bool import(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    static const struct table_column columns[] = {
        {"line", "LINE", TABLE_COUNT},         {"mchid", "MERCHANT", TABLE_ID},
        {"deposit_id", "DEPOSIT", TABLE_ID},   {"refund_no", "REFUND", TABLE_ID},
        {"amount_fen", "AMOUNT", TABLE_MONEY},
    };
    CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));
    struct importing *importing = context;
    const char *problem = refund_reason_problem(view_of(importing->reason));
    struct money total = {0};
    struct pg *pg;

    (void)ret_code;
    importing->path = job->words.at[0];
    if (job->merchants.count > 1)
        return err_set(err, ERR_USAGE, "option --merchant is given twice: the list may name them");
    if (problem != NULL)
        return err_set(err, ERR_USAGE, "option --reason: %s", problem);
    if (!read_list(job, importing, err) || !job_database(job, &pg, err) ||
        !pg_begin(pg, PG_READ_WRITE, err))
        return false;
    if (!request_list(job, pg, importing, table, &total, err)) {
        pg_rollback(pg);
        return false;
    }
    if (!pg_commit(pg, err) || !table_print(table, job->format, stdout, err))
        return false;
    if (job->format == TABLE_TEXT_FORMAT)
        (void)printf("requested %zu refunds, %s yuan\nnext: payrecon refund batch\n",
                     importing->list.count, money_text(total).s);
    return true;
}

enum exit_code command_refund_import(int argc, char *const argv[])
{
    struct importing importing = {.reason = REFUND_REASON};
    const struct option_row rows[] = {
        {"reason", 0, OPTION_TEXT, &importing.reason, NULL, "TEXT",
         "for lines without one; shown to the rider (default: " REFUND_REASON ")"},
    };
    const struct job_spec spec = {
        .program = "payrecon refund import",
        .words = "LIST.csv",
        .summary = "Asks for the deposits of a list to be given back: all of them, or none.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_FORMAT,
        .words_least = 1,
        .words_most = 1,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };

    return job_main(&spec, argc, argv, import, &importing);
}
