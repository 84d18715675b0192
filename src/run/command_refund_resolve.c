/* A refund in doubt that nothing ends by itself: `payrecon refund query` and `refund resolve`. */
#include "run/command_refund.h"

#include "queries.h"
#include "refund/desk.h"
#include "run/refund_choice.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 2000 };

/* ---- query ----------------------------------------------------------------------------------- */

static bool query(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    struct view mchid;
    struct pg *pg;

    (void)context;
    (void)ret_code;
    if (!refund_choose_one(job, &pg, &mchid, err) ||
        !refund_query(pg, mchid, view_of(job->words.at[0]), clock_now(&job->clock), err))
        return false;
    (void)printf("refund %s is asked for by the next payrecon-refund\n", job->words.at[0]);
    return true;
}

enum exit_code command_refund_query(int argc, char *const argv[])
{
    const struct job_spec spec = {
        .program = "payrecon refund query",
        .words = "NUMBER",
        .summary = "Lets the next payrecon-refund ask WeChat Pay about a refund that was sent.",
        .flags = JOB_CONFIG | JOB_MERCHANTS,
        .words_least = 1,
        .words_most = 1,
    };

    return job_main(&spec, argc, argv, query, NULL);
}

/* ---- resolve --------------------------------------------------------------------------------- */

struct resolving {
    const char *as, *reason, *evidence;
    int64_t confirm;
    bool has_confirm;
};

static bool check_text(const char *text, const char *option, struct err *err)
{
    struct view trimmed = view_trim(view_of(text));

    if (text == NULL || (trimmed.length > 0 && trimmed.length <= TEXT_MAX && view_is_utf8(trimmed)))
        return true;
    return err_set(err, ERR_USAGE, "option --%s is no text of 1 to %d bytes of UTF-8", option,
                   TEXT_MAX);
}

static bool check(const struct resolving *resolving, struct err *err)
{
    if (resolving->as == NULL ||
        (strcmp(resolving->as, "SUCCESS") != 0 && strcmp(resolving->as, "CLOSED") != 0))
        return err_set(err, ERR_USAGE,
                       "option --as is SUCCESS (it was paid) or CLOSED (it was not)");
    if ((resolving->reason == NULL) == !resolving->has_confirm)
        return err_set(err, ERR_USAGE, "one of --reason and --confirm is needed");
    if (resolving->has_confirm && resolving->evidence != NULL)
        return err_set(err, ERR_USAGE, "option --evidence belongs to a proposal");
    if (resolving->has_confirm && resolving->confirm > INT32_MAX)
        return err_set(err, ERR_USAGE, "option --confirm: there are not so many proposals");
    return check_text(resolving->reason, "reason", err) &&
           check_text(resolving->evidence, "evidence", err);
}

/* proposal_no, maker, proposed_at, resolve_as, reason, evidence, answer, asked_at, …: the last one
 * is printed, with what it rests on. */
struct last_proposal {
    struct buf text;
};

static void last_proposal_release(struct last_proposal *last)
{
    buf_release(&last->text);
}

static bool take_proposal(void *context, const struct pg_value *values, struct err *err)
{
    struct last_proposal *last = context;

    (void)err;
    buf_clear(&last->text);
    buf_add_format(&last->text, "%.*s proposed: %.*s", VIEW_ARG(values[1].text),
                   VIEW_ARG(values[4].text));
    if (!values[5].null)
        buf_add_format(&last->text, " (%.*s)", VIEW_ARG(values[5].text));
    buf_add_format(&last->text, "\nWeChat Pay's last answer: %.*s, asked %s\n",
                   VIEW_ARG(values[6].text), instant_text_beijing(values[7].instant).s);
    return true;
}

static bool print_proposal(struct pg *pg, const struct refund_resolution *resolution,
                           struct err *err)
{
    CLEANUP(last_proposal_release)
    struct last_proposal last = {BUF_INIT(4 * TEXT_MAX)};

    if (!pg_each(pg, &query_refund_proposals,
                 PG_PARAMS(pg_text(resolution->mchid), pg_text(resolution->refund_no)),
                 take_proposal, &last, err))
        return false;
    (void)printf("%s", buf_text(&last.text));
    return true;
}

static bool propose(struct pg *pg, const struct refund_resolution *resolution, struct instant now,
                    struct err *err)
{
    int32_t proposal_no;

    if (!refund_propose(pg, resolution, now, &proposal_no, err))
        return false;
    (void)printf("proposed to resolve refund %.*s as %.*s\n", VIEW_ARG(resolution->refund_no),
                 VIEW_ARG(resolution->as));
    if (!print_proposal(pg, resolution, err))
        return false;
    (void)printf("next: a checker: payrecon refund resolve %.*s --merchant %.*s --as %.*s "
                 "--confirm %" PRId32 "\n",
                 VIEW_ARG(resolution->refund_no), VIEW_ARG(resolution->mchid),
                 VIEW_ARG(resolution->as), proposal_no);
    return true;
}

static bool confirm(struct pg *pg, const struct refund_resolution *resolution, int32_t proposal_no,
                    struct instant now, struct err *err)
{
    bool paid = view_equal_text(resolution->as, "SUCCESS");

    if (!refund_resolve(pg, resolution, proposal_no, now, err))
        return false;
    (void)printf("resolved refund %.*s as %.*s\n", VIEW_ARG(resolution->refund_no),
                 VIEW_ARG(resolution->as));
    if (!print_proposal(pg, resolution, err))
        return false;
    (void)printf("next: %s\n", paid ? "a bill confirms it"
                                    : "the deposit may be asked for anew: payrecon refund request");
    return true;
}

static bool resolve(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    const struct resolving *resolving = context;
    struct instant now = clock_now(&job->clock);
    struct refund_resolution resolution = {
        .refund_no = view_of(job->words.at[0]),
        .as = view_of(resolving->as),
        .reason = view_trim(view_of(resolving->reason)),
        .evidence = view_trim(view_of(resolving->evidence)),
    };
    struct pg *pg;

    (void)ret_code;
    if (!check(resolving, err) || !refund_choose_one(job, &pg, &resolution.mchid, err))
        return false;
    return resolving->has_confirm ? confirm(pg, &resolution, (int32_t)resolving->confirm, now, err)
                                  : propose(pg, &resolution, now, err);
}

enum exit_code command_refund_resolve(int argc, char *const argv[])
{
    struct resolving resolving = {.as = NULL};
    const struct option_row rows[] = {
        {"as", 0, OPTION_TEXT, &resolving.as, NULL, "STATE",
         "SUCCESS: it was paid; CLOSED: it was not, and never will be"},
        {"reason", 0, OPTION_TEXT, &resolving.reason, NULL, "TEXT",
         "propose it: how that is known; kept with your login"},
        {"evidence", 0, OPTION_TEXT, &resolving.evidence, NULL, "TEXT",
         "where it can be looked up, as a case number of WeChat Pay's support"},
        {"confirm", 0, OPTION_COUNT, &resolving.confirm, &resolving.has_confirm, "NUMBER",
         "confirm that proposal of somebody else"},
    };
    const struct job_spec spec = {
        .program = "payrecon refund resolve",
        .words = "NUMBER",
        .summary = "Ends the doubt about a refund whose answers contradict each other: a maker "
                   "proposes what became of it, a checker confirms that.",
        .flags = JOB_CONFIG | JOB_MERCHANTS,
        .words_least = 1,
        .words_most = 1,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };

    return job_main(&spec, argc, argv, resolve, &resolving);
}
