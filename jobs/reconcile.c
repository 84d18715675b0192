/* payrecon-reconcile: holds bills in evidence against the books, gives each day its verdict. */
#include "run/reconcile.h"
#include "run/sweep.h"

static bool reconcile_step(void *context, struct pg *pg, const struct merchant *merchant,
                           const struct unit *unit, struct sweep_outcome *ret_outcome,
                           struct err *err)
{
    struct reconcile_result result;
    struct sweep_outcome outcome = {.code = EXIT_CLEAN};

    if (!reconcile_day(context, pg, merchant, unit->day, &result, err))
        return false;

    (void)snprintf(outcome.verdict, sizeof(outcome.verdict), "%s", verdict_name(result.verdict));
    outcome.reconciled = result.verdict != VERDICT_INCOMPLETE;
    outcome.rows = result.rows;
    outcome.matched = result.matched;
    outcome.open = result.findings.open + result.findings.warning;
    outcome.pending = result.findings.pending;
    outcome.code = result.code;
    (void)snprintf(outcome.reason, sizeof(outcome.reason), "%s", result.reason);
    *ret_outcome = outcome;
    return true;
}

static bool reconcile(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    const struct sweep sweep = {
        .work = UNIT_WORK_RECONCILE, .batch = 1, .step = reconcile_step, .context = job};

    (void)context;
    return sweep_run(job, &sweep, ret_code, err);
}

int main(int argc, char *argv[])
{
    const struct job_spec spec = {
        .program = "payrecon-reconcile",
        .words = "",
        .summary = "Holds the bills in evidence against the books and gives each day its verdict.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_DAYS | JOB_DRY_RUN | JOB_FORMAT | JOB_STEPS,
    };

    return (int)job_main(&spec, argc, argv, reconcile, NULL);
}
