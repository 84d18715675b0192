/* payrecon-refund: sends approved deposit refunds and follows those in flight. */
#include "run/refund_run.h"

struct asked {
    bool follow;
};

static bool refund(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    const struct asked *asked = context;

    enum refund_run_mode mode = job->dry_run    ? REFUND_RUN_LIST
                                : asked->follow ? REFUND_RUN_FOLLOW
                                                : REFUND_RUN_SEND;

    return refund_run(job, mode, /* print= */ true, ret_code, err);
}

int main(int argc, char *argv[])
{
    struct asked asked = {.follow = false};
    const struct option_row rows[] = {
        {"follow", 0, OPTION_FLAG, &asked.follow, NULL, NULL,
         "send nothing, only ask for what is in flight"},
    };
    const struct job_spec spec = {
        .program = "payrecon-refund",
        .words = "",
        .summary = "Sends the deposit refunds that were approved, and asks for those in flight.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_DRY_RUN | JOB_FORMAT | JOB_STEPS,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };

    return (int)job_main(&spec, argc, argv, refund, &asked);
}
