#include "run/command_report.h"

#include "report/days.h"
#include "report/findings.h"
#include "run/job.h"
#include "run/merchant.h"

#include <string.h>

/* The merchants' numbers; fails for one that is not known. */
static bool choose(struct job *job, struct pg *pg, const struct view **ret_mchids,
                   size_t *ret_count, struct err *err)
{
    struct merchant_list list;
    struct view *mchids;

    if (!merchant_load(pg, &job->merchants, &job->arena, &list, err))
        return false;
    mchids = ARENA_ARRAY(&job->arena, struct view, list.count);
    for (size_t i = 0; i < list.count; i++)
        mchids[i] = list.at[i].mchid;
    *ret_mchids = mchids;
    *ret_count = list.count;
    return true;
}

static bool set_state(const char *name, struct report_findings_filter *filter, struct err *err)
{
    if (name == NULL)
        return true;
    if (strcmp(name, "ALL") == 0) {
        filter->all_states = true;
        return true;
    }
    filter->has_state = finding_state_by_name(view_of(name), &filter->state);
    if (!filter->has_state)
        return err_set(err, ERR_USAGE,
                       "option --state: \"%s\" is not PENDING, OPEN, IN_REVIEW, RESOLVED, REOPENED "
                       "or ALL",
                       name);
    return true;
}

static bool list_findings(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    const char *const *state = context;
    struct report_findings_filter filter = {
        .has_days = job->days.given,
        .from = job->days.from,
        .to = job->days.to,
        .now = clock_now(&job->clock),
    };
    struct pg *pg;

    (void)ret_code;
    return set_state(*state, &filter, err) && job_database(job, &pg, err) &&
           choose(job, pg, &filter.mchids, &filter.mchid_count, err) &&
           report_findings(pg, &filter, job->format, stdout, err);
}

enum exit_code command_finding_list(int argc, char *const argv[])
{
    const char *state = NULL;
    const struct option_row rows[] = {
        {"state", 0, OPTION_TEXT, &state, NULL, "STATE",
         "PENDING, OPEN, IN_REVIEW, RESOLVED, REOPENED or ALL (default: all but RESOLVED)"},
    };
    const struct job_spec spec = {
        .program = "payrecon finding list",
        .words = "",
        .summary = "Lists the findings, oldest bill day first.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_DAYS | JOB_FORMAT,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };

    return job_main(&spec, argc, argv, list_findings, &state);
}

static bool list_days(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    struct report_days_filter filter = {
        .has_days = job->days.given,
        .from = job->days.from,
        .to = job->days.to,
    };
    struct pg *pg;

    (void)context;
    (void)ret_code;
    return job_database(job, &pg, err) &&
           choose(job, pg, &filter.mchids, &filter.mchid_count, err) &&
           report_days(pg, &filter, job->format, stdout, err);
}

enum exit_code command_day_list(int argc, char *const argv[])
{
    const struct job_spec spec = {
        .program = "payrecon day list",
        .words = "",
        .summary = "Lists bill days with verdict, stage, rows and findings.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_DAYS | JOB_FORMAT,
    };

    return job_main(&spec, argc, argv, list_days, NULL);
}

static bool show_day(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    const struct view *mchids;
    size_t count;
    struct pg *pg;

    (void)context;
    (void)ret_code;
    if (!job->days.given || job->days.from.days != job->days.to.days)
        return err_set(err, ERR_USAGE, "option --day is required");
    if (!job_database(job, &pg, err) || !choose(job, pg, &mchids, &count, err))
        return false;
    if (count != 1)
        return err_set(err, ERR_USAGE, "there are %zu merchants: name one with --merchant", count);
    return report_day(pg, mchids[0], job->days.from, job->format, stdout, err);
}

enum exit_code command_day_show(int argc, char *const argv[])
{
    const struct job_spec spec = {
        .program = "payrecon day show",
        .words = "",
        .summary = "Shows all about one bill day: verdict, identities, findings, bills.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_DAYS | JOB_FORMAT,
    };

    return job_main(&spec, argc, argv, show_day, NULL);
}
