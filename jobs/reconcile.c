/* payrecon-reconcile: holds bills in evidence against the books, gives each day its verdict. */
#include "run/reconcile.h"
#include "run/refund_check.h"
#include "run/sweep.h"

struct reconciling {
    struct job *job;
    struct refund_doubts doubts;
    enum exit_code code; /* what deposits add to that of the units */
};

static bool reconcile_step(void *context, struct pg *pg, const struct merchant *merchant,
                           const struct unit *unit, struct sweep_outcome *ret_outcome,
                           struct err *err)
{
    struct reconciling *reconciling = context;
    const struct reconcile_task task = {merchant, unit->day, &reconciling->doubts};
    struct reconcile_result result;
    struct sweep_outcome outcome = {.code = EXIT_CLEAN};

    if (!reconcile_day(reconciling->job, pg, &task, &result, err))
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

static bool reconcile_leave(void *context, struct pg *pg, const struct merchant *merchant,
                            struct err *err)
{
    struct reconciling *reconciling = context;

    return refund_check(reconciling->job, pg, merchant->mchid, &reconciling->doubts,
                        &reconciling->code, err);
}

static void reconciling_release(struct reconciling *reconciling)
{
    refund_doubts_release(&reconciling->doubts);
}

static bool reconcile(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    CLEANUP(reconciling_release)
    struct reconciling reconciling = {job, REFUND_DOUBTS_INIT, EXIT_CLEAN};
    const struct sweep sweep = {
        .work = UNIT_WORK_RECONCILE,
        .batch = 1,
        .step = reconcile_step,
        .leave = reconcile_leave,
        .context = &reconciling,
    };

    (void)context;
    if (!sweep_run(job, &sweep, ret_code, err))
        return false;
    *ret_code = exit_code_worse(*ret_code, reconciling.code);
    return true;
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
