/* payrecon-settle: a statement for each store, and proof that all stores together are the trade
 * bill. */
#include "report/settled.h"
#include "report/statement_files.h"
#include "run/sweep.h"
#include "settle/settle.h"

#include <inttypes.h>
#include <stdio.h>

/* Statements whose files a crash kept from being written are looked for this far back; what is
 * older is settled by name. */
enum { HEAL_DAYS = 31 };

struct settling {
    struct job *job;
    struct table *parts; /* of all days that were settled */
};

static bool settle_step(void *context, struct pg *pg, const struct merchant *merchant,
                        const struct unit *unit, struct sweep_outcome *ret_outcome, struct err *err)
{
    struct settling *settling = context;
    const struct job *job = settling->job;
    struct sweep_outcome outcome = {.code = EXIT_TRY_LATER};
    const struct statement_span span = {merchant->mchid, unit->day, unit->day};
    struct settle_result result;
    struct statement_files files;

    if (!settle_day(pg, merchant->mchid, unit->day, clock_now(&job->clock), &result, err))
        return false;
    if (!result.settled) {
        (void)snprintf(outcome.verdict, sizeof(outcome.verdict), "%s",
                       unit->incomplete ? verdict_name(VERDICT_INCOMPLETE) : "");
        (void)snprintf(outcome.reason, sizeof(outcome.reason), "%s", result.reason);
        *ret_outcome = outcome;
        return true;
    }
    if (!statement_files_write(pg, &span, job->settings.statements_dir, &files, err) ||
        !report_settled_add(pg, merchant->mchid, unit->day, settling->parts, err))
        return false;

    (void)snprintf(outcome.verdict, sizeof(outcome.verdict), "%s", verdict_name(result.verdict));
    (void)snprintf(outcome.reason, sizeof(outcome.reason),
                   "statements: %" PRId64 " new, %" PRId64 " unchanged, %" PRId64 " withheld",
                   result.statements, result.unchanged, result.withheld);
    outcome.code = verdict_exit_code(result.verdict, /* may_still_come= */ false);
    *ret_outcome = outcome;
    return true;
}

static bool heal_files(void *context, struct pg *pg, const struct merchant *merchant,
                       struct err *err)
{
    const struct settling *settling = context;
    struct date today = beijing_day(clock_now(&settling->job->clock));
    const struct statement_span span = {merchant->mchid, date_add(today, -HEAL_DAYS), today};
    struct statement_files files;

    return statement_files_write(pg, &span, settling->job->settings.statements_dir, &files, err);
}

/* For people only: machines read one table, and `payrecon day show` has the parts for them. */
static bool print_parts(const struct settling *settling, struct err *err)
{
    const struct job *job = settling->job;

    if (job->format != TABLE_TEXT_FORMAT || table_rows(settling->parts) == 0)
        return true;
    (void)printf("\n");
    if (!table_print(settling->parts, job->format, stdout, err))
        return false;
    (void)printf("\nstatements are in %s\n", job->settings.statements_dir);
    return true;
}

static bool settle(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    CLEANUP(table_done) struct table *parts = report_settled_new();
    struct settling settling = {job, parts};
    const struct sweep sweep = {.work = UNIT_WORK_SETTLE,
                                .batch = 1,
                                .step = settle_step,
                                .leave = heal_files,
                                .context = &settling};

    (void)context;
    return sweep_run(job, &sweep, ret_code, err) && print_parts(&settling, err);
}

int main(int argc, char *argv[])
{
    const struct job_spec spec = {
        .program = "payrecon-settle",
        .words = "",
        .summary = "Makes the stores' statements of reconciled days and proves that they add up.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_DAYS | JOB_DRY_RUN | JOB_FORMAT | JOB_STEPS,
    };

    return (int)job_main(&spec, argc, argv, settle, NULL);
}
