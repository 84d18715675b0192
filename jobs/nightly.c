/* payrecon-nightly: all that is due for every merchant. */
#include "run/nightly.h"

static bool nightly(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    (void)context;
    return nightly_run(job, ret_code, err);
}

int main(int argc, char *argv[])
{
    const struct job_spec spec = {
        .program = "payrecon-nightly",
        .words = "",
        .summary = "Fetches, reconciles and settles all that is due for every merchant.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_DAYS | JOB_DRY_RUN | JOB_FORMAT | JOB_STEPS,
    };

    return (int)job_main(&spec, argc, argv, nightly, NULL);
}
