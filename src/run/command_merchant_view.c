/* Commands that only look: list, show, check. */
#include "run/command_merchant.h"

#include "run/merchant_check.h"
#include "run/merchant_view.h"

#include <stdio.h>

static const char contact_help[] = "print the contact in full (personal data)";

static bool list(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    const bool *contact = context;

    (void)ret_code;
    return merchant_print_list(job, *contact, stdout, err);
}

enum exit_code command_merchant_list(int argc, char *const argv[])
{
    bool contact = false;
    const struct option_row rows[] = {
        {"contact", 0, OPTION_FLAG, &contact, NULL, NULL, contact_help},
    };
    const struct job_spec spec = {
        .program = "payrecon merchant list",
        .words = "",
        .summary = "Lists the merchants, and what the keys on this host tell.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_FORMAT,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };

    return job_main(&spec, argc, argv, list, &contact);
}

static bool show(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    const bool *contact = context;
    struct merchant merchant;
    struct pg *pg;

    (void)ret_code;
    if (job->merchants.count != 1)
        return err_set(err, ERR_USAGE, "option --merchant is required, once");
    return job_database(job, &pg, err) &&
           merchant_load_one(pg, view_of(job->merchants.at[0]), &job->arena, &merchant, err) &&
           merchant_print_one(job, &merchant, *contact, stdout, err);
}

enum exit_code command_merchant_show(int argc, char *const argv[])
{
    bool contact = false;
    const struct option_row rows[] = {
        {"contact", 0, OPTION_FLAG, &contact, NULL, NULL, contact_help},
    };
    const struct job_spec spec = {
        .program = "payrecon merchant show",
        .words = "",
        .summary = "Shows all that is known about one merchant, and what was done to it.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_FORMAT,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };

    return job_main(&spec, argc, argv, show, &contact);
}

static bool check(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    (void)context;
    return merchant_check(job, stdout, ret_code, err);
}

enum exit_code command_merchant_check(int argc, char *const argv[])
{
    const struct job_spec spec = {
        .program = "payrecon merchant check",
        .words = "",
        .summary = "Asks WeChat Pay whether it takes each merchant's keys; says what is wrong and "
                   "who can mend it.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_FORMAT,
    };

    return job_main(&spec, argc, argv, check, NULL);
}
