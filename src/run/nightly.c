#include "run/nightly.h"

#include "report/statement_files.h"
#include "run/fetch.h"
#include "run/reconcile.h"
#include "run/sweep.h"
#include "settle/settle.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Statements whose files a crash kept from being written are looked for this far back. */
enum { HEAL_DAYS = 31 };

struct night {
    struct job *job;
    struct fetch_client client;
};

static void set_incomplete(struct sweep_outcome *outcome, const char *reason, enum exit_code code)
{
    (void)snprintf(outcome->verdict, sizeof(outcome->verdict), "%s",
                   verdict_name(VERDICT_INCOMPLETE));
    (void)snprintf(outcome->reason, sizeof(outcome->reason), "%s", reason);
    outcome->code = code;
}

/* A bill that could not be used is fetched again: the channel may have mended it. When it is the
 * books that are behind (E09) the bills are good. */
static bool wants_again(const struct unit *unit)
{
    return unit->incomplete && unit->stage != UNIT_DUE &&
           !view_starts_with(view_of(unit->reason), VIEW("E09"));
}

/* `*ret_go_on` false: the outcome is final. */
static bool fetch(struct night *night, struct pg *pg, const struct merchant *merchant,
                  const struct unit *unit, struct sweep_outcome *outcome, bool *ret_go_on,
                  struct err *err)
{
    struct fetch_result result;
    bool again = wants_again(unit);

    *ret_go_on = true;
    if (unit->stage != UNIT_DUE && !again)
        return true;
    if (!fetch_day(night->job, pg, &night->client, merchant, unit, again, &result, err))
        return false;
    if (!result.complete) {
        set_incomplete(outcome, result.reason, result.code);
        *ret_go_on = false;
    }
    return true;
}

static void set_reconciled(struct sweep_outcome *outcome, const struct reconcile_result *result)
{
    (void)snprintf(outcome->verdict, sizeof(outcome->verdict), "%s", verdict_name(result->verdict));
    outcome->reconciled = true;
    outcome->rows = result->rows;
    outcome->matched = result->matched;
    outcome->open = result->findings.open + result->findings.warning;
    outcome->pending = result->findings.pending;
    /* What opened on other days; the day's own verdict is settle's to say. */
    (void)snprintf(outcome->reason, sizeof(outcome->reason), "%s", result->reason);
    outcome->code = result->opened > 0 ? EXIT_FINDINGS : EXIT_CLEAN;
}

static bool reconcile(struct night *night, struct pg *pg, const struct merchant *merchant,
                      struct date day, struct sweep_outcome *outcome, bool *ret_go_on,
                      struct err *err)
{
    struct reconcile_result result;

    if (!reconcile_day(night->job, pg, merchant, day, &result, err))
        return false;
    *ret_go_on = result.verdict != VERDICT_INCOMPLETE;
    if (*ret_go_on)
        set_reconciled(outcome, &result);
    else
        set_incomplete(outcome, result.reason, result.code);
    return true;
}

static bool settle(struct night *night, struct pg *pg, const struct merchant *merchant,
                   struct date day, struct sweep_outcome *outcome, struct err *err)
{
    const struct job *job = night->job;
    struct finding_counts counts;
    struct settle_result result;
    const struct statement_span span = {merchant->mchid, day, day};
    struct statement_files files;

    if (!settle_day(pg, merchant->mchid, day, clock_now(&job->clock), &result, err))
        return false;
    if (!result.settled) {
        set_incomplete(outcome, result.reason, EXIT_TRY_LATER);
        return true;
    }
    if (!recon_findings_count(pg, merchant->mchid, day, &counts, err) ||
        !statement_files_write(pg, &span, job->settings.statements_dir, &files, err))
        return false;

    (void)snprintf(outcome->verdict, sizeof(outcome->verdict), "%s", verdict_name(result.verdict));
    outcome->open = counts.open + counts.warning;
    outcome->pending = counts.pending;
    outcome->code = exit_code_worse(outcome->code,
                                    verdict_exit_code(result.verdict, /* may_still_come= */ false));
    log_line(&job->log, LOG_INFO,
             "%.*s %s: %s, statements: %" PRId64 " new, %" PRId64 " unchanged, %" PRId64
             " withheld",
             VIEW_ARG(merchant->mchid), date_text(day).s, outcome->verdict, result.statements,
             result.unchanged, result.withheld);
    return true;
}

static bool stop_between(struct sweep_outcome *outcome)
{
    if (!job_stopping())
        return false;
    (void)snprintf(outcome->reason, sizeof(outcome->reason), "asked to stop");
    outcome->code = EXIT_TRY_LATER;
    return true;
}

static bool night_step(void *context, struct pg *pg, const struct merchant *merchant,
                       const struct unit *unit, struct sweep_outcome *ret_outcome, struct err *err)
{
    struct night *night = context;
    struct sweep_outcome outcome = {.code = EXIT_CLEAN};
    bool go_on;

    if (!fetch(night, pg, merchant, unit, &outcome, &go_on, err))
        return false;
    if (go_on && !stop_between(&outcome)) {
        if (!reconcile(night, pg, merchant, unit->day, &outcome, &go_on, err))
            return false;
        if (go_on && !stop_between(&outcome) &&
            !settle(night, pg, merchant, unit->day, &outcome, err))
            return false;
    }
    *ret_outcome = outcome;
    return true;
}

static bool heal_files(void *context, struct pg *pg, const struct merchant *merchant,
                       struct err *err)
{
    const struct night *night = context;
    struct date today = beijing_day(clock_now(&night->job->clock));
    const struct statement_span span = {merchant->mchid, date_add(today, -HEAL_DAYS), today};
    struct statement_files files;

    return statement_files_write(pg, &span, night->job->settings.statements_dir, &files, err);
}

bool nightly_run(struct job *job, enum exit_code *ret_code, struct err *err)
{
    struct night night = {.job = job, .client = FETCH_CLIENT_INIT};
    const struct sweep sweep = {UNIT_WORK_ALL, night_step, heal_files, &night};
    bool done = sweep_run(job, &sweep, ret_code, err);

    fetch_client_release(&night.client);
    return done;
}
