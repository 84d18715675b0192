/* payrecon-fetch: downloads, verifies and keeps bills. */
#include "run/fetch.h"
#include "run/sweep.h"

#include <string.h>

struct fetching {
    struct job *job;
    struct fetch_client client;
};

/* Days that the user named are fetched again. */
static bool fetch_step(void *context, struct pg *pg, const struct merchant *merchant,
                       const struct unit *unit, struct sweep_outcome *ret_outcome, struct err *err)
{
    struct fetching *fetching = context;
    struct sweep_outcome outcome = {.code = EXIT_CLEAN};
    const struct fetch_order order = {merchant, unit, fetching->job->days.given};
    struct fetch_result result;

    if (!fetch_day(fetching->job, pg, &fetching->client, &order, &result, err))
        return false;

    outcome.code = result.code;
    if (!result.complete)
        (void)snprintf(outcome.verdict, sizeof(outcome.verdict), "INCOMPLETE");
    (void)snprintf(outcome.reason, sizeof(outcome.reason), "%s",
                   !result.complete ? result.reason
                   : result.changed ? "fetched"
                                    : "unchanged");
    *ret_outcome = outcome;
    return true;
}

static bool fetch(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    struct fetching fetching = {.job = job, .client = FETCH_CLIENT_INIT};
    const struct sweep sweep = {UNIT_WORK_FETCH, fetch_step, NULL, &fetching};
    bool done;

    (void)context;
    done = sweep_run(job, &sweep, ret_code, err);
    fetch_client_release(&fetching.client);
    return done;
}

int main(int argc, char *argv[])
{
    const struct job_spec spec = {
        .program = "payrecon-fetch",
        .words = "",
        .summary = "Downloads the bills that are due, verifies them and keeps them as evidence.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_DAYS | JOB_DRY_RUN | JOB_FORMAT | JOB_STEPS,
    };

    return (int)job_main(&spec, argc, argv, fetch, NULL);
}
