/* payrecon-fetch: downloads, verifies and keeps bills. */
#include "run/bills.h"
#include "run/fetch.h"
#include "run/recheck.h"
#include "run/sweep.h"

/* What the options say. */
struct asked {
    struct option_texts kinds;
    struct recheck recheck;
};

struct fetching {
    struct job *job;
    int64_t recheck_days;
    struct fetch *fetch;
};

static void begin_batch(void *context)
{
    const struct fetching *fetching = context;

    fetch_clear(fetching->fetch);
}

/* Days that the user named are fetched again. */
static bool ask(void *context, struct pg *pg, const struct merchant *merchant, struct err *err)
{
    const struct fetching *fetching = context;
    const struct fetch_search search = {merchant, /* mend= */ false, fetching->recheck_days};
    struct job_days days = {.given = false};

    if (!fetching->job->days.given) {
        if (!fetch_want_due(fetching->fetch, pg, &search, err))
            return false;
    } else if (sweep_named_days(fetching->job, merchant, &days)) {
        for (struct date day = days.from; day.days <= days.to.days; day = date_add(day, 1))
            fetch_want(fetching->fetch, merchant, day, /* again= */ true);
    }
    fetch_ask(fetching->fetch, pg, merchant);
    return true;
}

static bool wait_for(void *context, struct pg *pg, const struct merchant *merchant, struct err *err)
{
    const struct fetching *fetching = context;

    return fetch_wait(fetching->fetch, pg, merchant, err);
}

static void give_up(void *context)
{
    const struct fetching *fetching = context;

    fetch_lost(fetching->fetch);
}

static bool fetch_step(void *context, struct pg *pg, const struct merchant *merchant,
                       const struct unit *unit, struct sweep_outcome *ret_outcome, struct err *err)
{
    const struct fetching *fetching = context;
    struct sweep_outcome outcome = {.code = EXIT_CLEAN};
    struct fetch_result result;

    if (!fetch_day(fetching->fetch, pg, merchant, unit, &result, err))
        return false;

    outcome.code = result.code;
    if (!result.complete)
        (void)snprintf(outcome.verdict, sizeof(outcome.verdict), "INCOMPLETE");
    (void)snprintf(outcome.reason, sizeof(outcome.reason), "%s",
                   result.reason[0] != '\0' ? result.reason
                   : result.changed         ? "fetched"
                                            : "unchanged");
    *ret_outcome = outcome;
    return true;
}

static bool list_kinds(const struct asked *asked, const struct job *job, struct fetch_kinds *kinds,
                       struct err *err)
{
    const struct option_texts *texts = &asked->kinds;

    if (texts->count > 0 && !job->days.given)
        return err_set(err, ERR_USAGE, "option --kind needs --day, or --from and --to");
    for (size_t i = 0; i < texts->count; i++) {
        if (!bills_check_kind(texts->at[i], err))
            return false;
        for (size_t k = 0; k < kinds->count; k++) {
            if (view_equal_text(view_of(kinds->at[k]), texts->at[i]))
                return err_set(err, ERR_USAGE, "option --kind: %s is given twice", texts->at[i]);
        }
        kinds->at[kinds->count++] = texts->at[i];
    }
    return true;
}

static bool fetch(struct job *job, void *context, enum exit_code *ret_code, struct err *err)
{
    const struct asked *asked = context;
    struct fetching fetching = {.job = job};
    const struct sweep sweep = {
        .work = UNIT_WORK_FETCH,
        .batch = SWEEP_BATCH_MAX,
        .begin = begin_batch,
        .prepare = ask,
        .enter = wait_for,
        .lost = give_up,
        .step = fetch_step,
        .context = &fetching,
    };
    struct fetch_kinds kinds = {.count = 0};
    bool done;

    if (!list_kinds(asked, job, &kinds, err) ||
        !recheck_days(&asked->recheck, job, &fetching.recheck_days, err))
        return false;
    fetching.fetch = fetch_new(job, kinds.count > 0 ? &kinds : NULL);
    done = sweep_run(job, &sweep, ret_code, err);
    fetch_free(fetching.fetch);
    return done;
}

int main(int argc, char *argv[])
{
    struct asked asked = {.kinds = {.count = 0}};
    const struct option_row rows[] = {
        recheck_row(&asked.recheck),
        {"kind", 0, OPTION_TEXTS, &asked.kinds, NULL, "KIND",
         "keep this kind of bill of the named days; may be repeated"},
    };
    const struct job_spec spec = {
        .program = "payrecon-fetch",
        .words = "",
        .summary = "Downloads the bills that are due, verifies them and keeps them as evidence.",
        .flags = JOB_CONFIG | JOB_MERCHANTS | JOB_DAYS | JOB_DRY_RUN | JOB_FORMAT | JOB_STEPS,
        .rows = rows,
        .row_count = sizeof(rows) / sizeof(rows[0]),
    };

    return (int)job_main(&spec, argc, argv, fetch, &asked);
}
