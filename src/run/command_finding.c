/* `payrecon finding accept`. */
#include "run/command_finding.h"

#include "queries.h"
#include "run/job.h"
#include "run/merchant.h"
#include "run/unit.h"

#include <stdio.h>

enum { ID_LENGTH = 32, NOTE_MAX = 2000, PROPOSALS_MAX = 1000000 };

/* Columns of finding_named. */
enum { NAMED_MCHID, NAMED_DAY, NAMED_CODE, NAMED_KEY, NAMED_DIFF, NAMED_MAKER, NAMED_NOTE, NAMED };

struct accepting {
    const char *note;
    int64_t confirm;
    bool has_confirm;
    /* while it runs */
    struct view id;
    struct pg_value finding[NAMED];
};

static bool check(struct accepting *accepting, const struct job *job, struct err *err)
{
    struct view note = view_trim(view_of(accepting->note));

    accepting->id = view_of(job->words.at[0]);
    if (accepting->id.length != ID_LENGTH)
        return err_set(err, ERR_USAGE, "\"%s\" is no id of a finding: payrecon finding list has it",
                       job->words.at[0]);
    if ((accepting->note == NULL) == !accepting->has_confirm)
        return err_set(err, ERR_USAGE, "one of --note and --confirm is needed");
    if (accepting->has_confirm && accepting->confirm > PROPOSALS_MAX)
        return err_set(err, ERR_USAGE, "option --confirm: there are not so many proposals");
    if (accepting->note != NULL &&
        (note.length == 0 || note.length > NOTE_MAX || !view_is_utf8(note)))
        return err_set(err, ERR_USAGE, "option --note is no text of 1 to %d bytes of UTF-8",
                       NOTE_MAX);
    return true;
}

static bool load(struct job *job, struct pg *pg, struct accepting *accepting, struct err *err)
{
    struct merchant_list list;
    struct view *mchids;
    bool found;

    if (!merchant_load(pg, &job->merchants, &job->arena, &list, err))
        return false;
    mchids = ARENA_ARRAY(&job->arena, struct view, list.count + 1);
    for (size_t i = 0; i < list.count; i++)
        mchids[i] = list.at[i].mchid;
    if (!pg_one(pg, &query_finding_named,
                PG_PARAMS(pg_texts(mchids, list.count), pg_text(accepting->id)), &job->arena,
                &found, accepting->finding, err))
        return false;
    if (!found)
        return err_set(err, ERR_USAGE, "finding %.*s is not known", VIEW_ARG(accepting->id));
    return true;
}

static void print_finding(const struct accepting *accepting, const char *what)
{
    const struct pg_value *finding = accepting->finding;

    (void)printf("%s finding %.*s: %.*s %s %.*s %.*s, difference %s\n", what,
                 VIEW_ARG(accepting->id), VIEW_ARG(finding[NAMED_MCHID].text),
                 date_text(finding[NAMED_DAY].date).s, VIEW_ARG(finding[NAMED_CODE].text),
                 VIEW_ARG(finding[NAMED_KEY].text),
                 money_text((struct money){finding[NAMED_DIFF].int8}).s);
}

static bool propose(struct job *job, struct pg *pg, struct accepting *accepting, struct err *err)
{
    struct pg_value proposal;
    bool found;

    if (!pg_one(pg, &query_finding_propose,
                PG_PARAMS(pg_text(accepting->finding[NAMED_MCHID].text), pg_text(accepting->id),
                          pg_text(view_trim(view_of(accepting->note))),
                          pg_instant(clock_now(&job->clock))),
                &job->arena, &found, &proposal, err))
        return false;
    print_finding(accepting, "proposed to accept");
    (void)printf("next: somebody else with a login of finance: payrecon finding accept %.*s "
                 "--confirm %d\n",
                 VIEW_ARG(accepting->id), (int)proposal.int8);
    return true;
}

static bool confirm(struct job *job, struct pg *pg, struct accepting *accepting, struct err *err)
{
    const struct pg_value *finding = accepting->finding;
    struct pg_value again;
    bool found;

    if (!pg_one(pg, &query_finding_confirm,
                PG_PARAMS(pg_text(finding[NAMED_MCHID].text), pg_text(accepting->id),
                          pg_int4((int32_t)accepting->confirm), pg_instant(clock_now(&job->clock))),
                &job->arena, &found, &again, err))
        return false;
    print_finding(accepting, "accepted");
    (void)printf("as %.*s proposed: %.*s\n", VIEW_ARG(finding[NAMED_MAKER].text),
                 VIEW_ARG(finding[NAMED_NOTE].text));
    if (again.boolean)
        (void)printf("next: payrecon-nightly or payrecon-reconcile makes the verdict of %s anew\n",
                     date_text(finding[NAMED_DAY].date).s);
    return true;
}

/* With the merchant's lock: a run that is judging the day at this moment would overlook it. */
static bool accept_locked(struct job *job, struct pg *pg, struct accepting *accepting,
                          struct err *err)
{
    struct view mchid = accepting->finding[NAMED_MCHID].text;
    bool held = false;

    if (!unit_lock_merchant(pg, mchid, &held, err))
        return false;
    if (!held)
        return err_set(err, ERR_LATER, "another worker has merchant %.*s", VIEW_ARG(mchid));
    return accepting->has_confirm ? confirm(job, pg, accepting, err)
                                  : propose(job, pg, accepting, err);
}

static bool accept(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    struct accepting *accepting = context;
    struct pg *pg;

    (void)ret_code;
    return check(accepting, job, err) && job_database(job, &pg, err) &&
           load(job, pg, accepting, err) && accept_locked(job, pg, accepting, err);
}

enum exit_code command_finding_accept(int argc, char *const argv[])
{
    struct accepting accepting = {.note = NULL};
    const struct option_row rows[] = {
        {"note", 0, OPTION_TEXT, &accepting.note, NULL, "TEXT",
         "propose it: why the difference may stay; kept with your login"},
        {"confirm", 0, OPTION_COUNT, &accepting.confirm, &accepting.has_confirm, "NUMBER",
         "confirm that proposal of somebody else"},
    };
    const struct job_spec spec = {
        .program = "payrecon finding accept",
        .words = "ID",
        .summary = "Lets a difference stay: one proposes it, somebody else confirms it.",
        .flags = JOB_CONFIG | JOB_MERCHANTS,
        .words_least = 1,
        .words_most = 1,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };

    return job_main(&spec, argc, argv, accept, &accepting);
}
