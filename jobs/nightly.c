/* payrecon-nightly: all that is due for every merchant. */
#include "run/nightly.h"
#include "run/recheck.h"

static bool nightly(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    int64_t days;

    return recheck_days(context, job, &days, err) && nightly_run(job, days, ret_code, err);
}

int main(int argc, char *argv[])
{
    struct recheck recheck = {.given = false};
    const struct option_row rows[] = {recheck_row(&recheck)};
    const struct job_spec spec = {
        .program = "payrecon-nightly",
        .words = "",
        .summary = "Fetches, reconciles and settles all that is due for every merchant.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_DAYS | JOB_DRY_RUN | JOB_FORMAT | JOB_STEPS,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };

    return (int)job_main(&spec, argc, argv, nightly, &recheck);
}
