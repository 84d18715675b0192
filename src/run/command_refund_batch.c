/* Batches: making, showing, deciding. */
#include "run/command_refund.h"

#include "refund/desk.h"
#include "run/refund_batch_view.h"
#include "run/refund_choice.h"

#include <inttypes.h>
#include <stdio.h>

enum { EXPIRES_HOURS_MAX = 720 };

/* ---- batch ----------------------------------------------------------------------------------- */

struct making {
    int64_t hours;
    bool has_hours;
};

static bool make(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    const struct making *making = context;
    int64_t hours = making->has_hours ? making->hours : job->settings.refund_approval_hours;
    struct instant now = clock_now(&job->clock);
    struct view *numbers = ARENA_ARRAY(&job->arena, struct view, job->words.count + 1);
    struct refund_batch_wish wish = {.refund_nos = numbers, .count = job->words.count};
    int32_t batch_no;
    struct pg *pg;

    (void)ret_code;
    if (hours < 1 || hours > EXPIRES_HOURS_MAX)
        return err_set(err, ERR_USAGE, "option --expires-hours: not from 1 to %d",
                       EXPIRES_HOURS_MAX);
    for (size_t i = 0; i < wish.count; i++)
        numbers[i] = view_of(job->words.at[i]);
    wish.expires_at = (struct instant){now.us + hours * INSTANT_HOUR};
    return refund_choose_one(job, &pg, &wish.mchid, err) &&
           refund_batch_make(pg, &wish, now, &batch_no, err) &&
           refund_batch_print(job, pg, wish.mchid, batch_no, stdout, err);
}

enum exit_code command_refund_batch(int argc, char *const argv[])
{
    struct making making = {0};
    const struct option_row rows[] = {
        {"expires-hours", 0, OPTION_COUNT, &making.hours, &making.has_hours, "HOURS",
         "how long it may be approved and sent, 1 to 720 (default: refund_approval_hours)"},
    };
    const struct job_spec spec = {
        .program = "payrecon refund batch",
        .words = "[NUMBER]...",
        .summary = "Puts requests, or all that wait, into a list for the checker, and shows it.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_FORMAT,
        .words_most = OPTION_WORDS_MAX,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };

    return job_main(&spec, argc, argv, make, &making);
}

static bool list(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    struct merchant_list merchants;
    struct pg *pg;

    (void)context;
    (void)ret_code;
    return refund_choose(job, &pg, &merchants, err) &&
           refund_batch_print_list(job, pg, &merchants, stdout, err);
}

enum exit_code command_refund_batch_list(int argc, char *const argv[])
{
    const struct job_spec spec = {
        .program = "payrecon refund batch list",
        .words = "",
        .summary = "Lists the batches, oldest first.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_FORMAT,
    };

    return job_main(&spec, argc, argv, list, NULL);
}

static bool show(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    struct view mchid;
    int32_t batch_no;
    struct pg *pg;

    (void)context;
    (void)ret_code;
    return refund_batch_number(job->words.at[0], &batch_no, err) &&
           refund_choose_one(job, &pg, &mchid, err) &&
           refund_batch_print(job, pg, mchid, batch_no, stdout, err);
}

enum exit_code command_refund_batch_show(int argc, char *const argv[])
{
    const struct job_spec spec = {
        .program = "payrecon refund batch show",
        .words = "BATCH",
        .summary =
            "Shows a batch as its checker sees it: every refund with what is unusual, count, "
            "total and hash.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_FORMAT,
        .words_least = 1,
        .words_most = 1,
    };

    return job_main(&spec, argc, argv, show, NULL);
}

/* ---- approve --------------------------------------------------------------------------------- */

struct approving {
    const char *hash, *total;
    int64_t count;
    bool has_count;
};

static bool read_seen(const struct approving *approving, struct refund_batch_seen *ret_seen,
                      struct err *err)
{
    if (approving->hash == NULL || approving->total == NULL || !approving->has_count) {
        (void)err_set(err, ERR_USAGE,
                      "options --hash, --count and --total are required: what you saw");
        return err_hint(err, "payrecon refund batch show BATCH shows the list and the three");
    }
    if (approving->count > INT32_MAX)
        return err_set(err, ERR_USAGE, "option --count: %" PRId64 " is too large",
                       approving->count);
    ret_seen->list_hash = view_of(approving->hash);
    ret_seen->requests = (int32_t)approving->count;
    if (!money_parse(view_of(approving->total), &ret_seen->total))
        return err_set(err, ERR_USAGE, "option --total: \"%s\" is no amount in yuan",
                       approving->total);
    return true;
}

static bool approve(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    const struct approving *approving = context;
    struct refund_batch_seen seen = {.requests = 0};
    struct view mchid;
    int32_t batch_no;
    struct pg *pg;

    (void)ret_code;
    if (!refund_batch_number(job->words.at[0], &batch_no, err) ||
        !read_seen(approving, &seen, err) || !refund_choose_one(job, &pg, &mchid, err) ||
        !refund_batch_approve(pg, mchid, batch_no, &seen, clock_now(&job->clock), err))
        return false;
    (void)printf("approved batch %" PRId32 ": %" PRId32
                 " refunds, %s yuan\nnext: the next payrecon-refund sends them\n",
                 batch_no, seen.requests, money_text(seen.total).s);
    return true;
}

enum exit_code command_refund_approve(int argc, char *const argv[])
{
    struct approving approving = {.hash = NULL};
    const struct option_row rows[] = {
        {"hash", 0, OPTION_TEXT, &approving.hash, NULL, "HASH", "of the list that you saw"},
        {"count", 0, OPTION_COUNT, &approving.count, &approving.has_count, "COUNT",
         "refunds in it"},
        {"total", 0, OPTION_TEXT, &approving.total, NULL, "YUAN", "what they come to"},
    };
    const struct job_spec spec = {
        .program = "payrecon refund approve",
        .words = "BATCH",
        .summary = "Approves exactly the list that you saw, when nothing in it was made by you.",
        .flags = JOB_CONFIG | JOB_MERCHANTS,
        .words_least = 1,
        .words_most = 1,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };

    return job_main(&spec, argc, argv, approve, &approving);
}

/* ---- reject ---------------------------------------------------------------------------------- */

static bool reject(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    const char *const *reason = context;
    struct view mchid;
    int32_t batch_no;
    struct pg *pg;

    (void)ret_code;
    if (!refund_batch_number(job->words.at[0], &batch_no, err) ||
        !refund_require(*reason, "reason", err) || !refund_choose_one(job, &pg, &mchid, err) ||
        !refund_batch_reject(pg, mchid, batch_no, view_of(*reason), clock_now(&job->clock), err))
        return false;
    (void)printf("rejected batch %" PRId32 "\n", batch_no);
    return true;
}

enum exit_code command_refund_reject(int argc, char *const argv[])
{
    const char *reason = NULL;
    const struct option_row rows[] = {
        {"reason", 0, OPTION_TEXT, &reason, NULL, "TEXT", "why; kept with your login"},
    };
    const struct job_spec spec = {
        .program = "payrecon refund reject",
        .words = "BATCH",
        .summary = "Rejects all that is in a batch.",
        .flags = JOB_CONFIG | JOB_MERCHANTS,
        .words_least = 1,
        .words_most = 1,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };

    return job_main(&spec, argc, argv, reject, &reason);
}
