#include "run/nightly.h"

#include "report/statement_files.h"
#include "run/fetch.h"
#include "run/merchant_certificate.h"
#include "run/reconcile.h"
#include "run/refund_check.h"
#include "run/refund_run.h"
#include "run/sweep.h"
#include "settle/settle.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Statements whose files a crash kept from being written are looked for this far back. */
enum { HEAL_DAYS = 31 };

/* Merchants whose bills are asked for at once, before the first of them is reconciled. Other hosts
 * take others meanwhile, so it is not all of them. */
enum { BATCH = 32 };

struct night {
    struct job *job;
    int64_t recheck_days;
    struct fetch *fetch;
    struct refund_doubts doubts;
    const struct merchant *worked; /* the merchant of the last unit */
    enum exit_code code;           /* what certificates and deposits add to that of the units */
};

/* One unit's way through the night. */
struct step {
    struct night *night;
    struct pg *pg;
    const struct merchant *merchant;
    const struct unit *unit;
    struct sweep_outcome outcome;
    bool done; /* the outcome is final */
};

static void set_incomplete(struct step *step, const char *reason, enum exit_code code)
{
    struct sweep_outcome *outcome = &step->outcome;

    (void)snprintf(outcome->verdict, sizeof(outcome->verdict), "%s",
                   verdict_name(VERDICT_INCOMPLETE));
    (void)snprintf(outcome->reason, sizeof(outcome->reason), "%s", reason);
    outcome->code = code;
    step->done = true;
}

/* A bill that could not be used was asked for again: the channel may have mended it. When it is the
 * books that are behind (E09) the bills are good. */
static bool was_wanted(const struct unit *unit)
{
    return unit->stage == UNIT_DUE ||
           (unit->incomplete && !view_starts_with(view_of(unit->reason), VIEW("E09")));
}

static void begin_batch(void *context)
{
    const struct night *night = context;

    fetch_clear(night->fetch);
}

static bool ask(void *context, struct pg *pg, const struct merchant *merchant, struct err *err)
{
    const struct night *night = context;
    const struct fetch_search search = {merchant, /* mend= */ true, night->recheck_days};

    if (night->job->days.given)
        return true;
    if (!fetch_want_due(night->fetch, pg, &search, err))
        return false;
    fetch_ask(night->fetch, pg, merchant);
    return true;
}

/* Reconciling wants the whole machine, so all bills are there before the first day is. */
static void gather(void *context, struct pg *pg)
{
    const struct night *night = context;

    fetch_gather(night->fetch, pg);
}

static bool wait_for(void *context, struct pg *pg, const struct merchant *merchant, struct err *err)
{
    const struct night *night = context;

    return fetch_wait(night->fetch, pg, merchant, err);
}

static void give_up(void *context)
{
    const struct night *night = context;

    fetch_lost(night->fetch);
}

static bool fetch(struct step *step, struct err *err)
{
    struct fetch_result result;

    if (!was_wanted(step->unit))
        return true;
    if (!fetch_day(step->night->fetch, step->pg, step->merchant, step->unit, &result, err))
        return false;
    if (!result.complete)
        set_incomplete(step, result.reason, result.code);
    return true;
}

static bool reconcile(struct step *step, struct err *err)
{
    struct sweep_outcome *outcome = &step->outcome;
    const struct reconcile_task task = {step->merchant, step->unit->day, &step->night->doubts};
    struct reconcile_result result;

    if (!reconcile_day(step->night->job, step->pg, &task, &result, err))
        return false;
    if (result.verdict == VERDICT_INCOMPLETE) {
        set_incomplete(step, result.reason, result.code);
        return true;
    }
    (void)snprintf(outcome->verdict, sizeof(outcome->verdict), "%s", verdict_name(result.verdict));
    (void)snprintf(outcome->reason, sizeof(outcome->reason), "%s", result.reason);
    outcome->reconciled = true;
    outcome->rows = result.rows;
    outcome->matched = result.matched;
    outcome->open = result.findings.open + result.findings.warning;
    outcome->pending = result.findings.pending;
    outcome->code = result.code;
    return true;
}

static void set_settled(struct step *step, const struct settle_result *result,
                        const struct finding_counts *counts)
{
    struct sweep_outcome *outcome = &step->outcome;
    enum exit_code code = verdict_exit_code(result->verdict, /* may_still_come= */ false);

    (void)snprintf(outcome->verdict, sizeof(outcome->verdict), "%s", verdict_name(result->verdict));
    outcome->open = counts->open + counts->warning;
    outcome->pending = counts->pending;
    outcome->code = exit_code_worse(outcome->code, code);
    log_line(&step->night->job->log, LOG_INFO,
             "%.*s %s: %s, statements: %" PRId64 " new, %" PRId64 " unchanged, %" PRId64
             " withheld",
             VIEW_ARG(step->merchant->mchid), date_text(step->unit->day).s, outcome->verdict,
             result->statements, result->unchanged, result->withheld);
}

static bool settle(struct step *step, struct err *err)
{
    const struct job *job = step->night->job;
    struct view mchid = step->merchant->mchid;
    struct date day = step->unit->day;
    const struct statement_span span = {mchid, day, day};
    struct finding_counts counts;
    struct settle_result result;
    struct statement_files files;

    if (!settle_day(step->pg, mchid, day, clock_now(&job->clock), &result, err))
        return false;
    if (!result.settled) {
        set_incomplete(step, result.reason, EXIT_TRY_LATER);
        return true;
    }
    if (!recon_findings_count(step->pg, mchid, day, &counts, err) ||
        !statement_files_write(step->pg, &span, job->settings.statements_dir, &files, err))
        return false;
    set_settled(step, &result, &counts);
    return true;
}

static void stop_between(struct step *step)
{
    if (step->done || !job_stopping())
        return;
    (void)snprintf(step->outcome.reason, sizeof(step->outcome.reason), "asked to stop");
    step->outcome.code = EXIT_TRY_LATER;
    step->done = true;
}

static bool night_step(void *context, struct pg *pg, const struct merchant *merchant,
                       const struct unit *unit, struct sweep_outcome *ret_outcome, struct err *err)
{
    static bool (*const parts[])(struct step * step, struct err * err) = {fetch, reconcile, settle};
    struct night *night = context;
    struct step step = {night, pg, merchant, unit, {.code = EXIT_CLEAN}, false};

    night->worked = merchant;
    for (size_t i = 0; !step.done && i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (!parts[i](&step, err))
            return false;
        if (i + 1 < sizeof(parts) / sizeof(parts[0]))
            stop_between(&step);
    }
    *ret_outcome = step.outcome;
    return true;
}

/* A run that had something to do for the merchant, which is one a night, tells that its certificate
 * ends soon; every run tells that it has ended, because no bill will come. */
static void look_at_certificate(struct night *night, const struct merchant *merchant)
{
    const struct job *job = night->job;
    struct merchant_certificate certificate;
    struct err err = ERR_INIT;
    bool there = false;
    bool expired;

    /* A certificate that cannot be read is the fetching's failure to tell. */
    if (!merchant_certificate_read(merchant, job->settings.keys_dir, clock_now(&job->clock), &there,
                                   &certificate, &err) ||
        !there || certificate.state == MERCHANT_CERTIFICATE_GOOD)
        return;
    expired = certificate.state == MERCHANT_CERTIFICATE_EXPIRED;
    if (!expired && night->worked != merchant)
        return;

    (void)merchant_certificate_complain(&certificate, &err);
    (void)err_wrap(&err, "%.*s", VIEW_ARG(merchant->mchid));
    log_err(&job->log, expired ? LOG_ERROR : LOG_WARNING, &err);
    if (expired)
        night->code = exit_code_worse(night->code, EXIT_NO_ACCESS);
}

static bool heal_files(struct night *night, struct pg *pg, const struct merchant *merchant,
                       struct err *err)
{
    struct date today = beijing_day(clock_now(&night->job->clock));
    const struct statement_span span = {merchant->mchid, date_add(today, -HEAL_DAYS), today};
    struct statement_files files;

    return statement_files_write(pg, &span, night->job->settings.statements_dir, &files, err);
}

static bool night_leave(void *context, struct pg *pg, const struct merchant *merchant,
                        struct err *err)
{
    struct night *night = context;

    look_at_certificate(night, merchant);
    return refund_check(night->job, pg, merchant->mchid, &night->doubts, &night->code, err) &&
           heal_files(night, pg, merchant, err);
}

static void night_release(struct night *night)
{
    refund_doubts_release(&night->doubts);
}

bool nightly_run(struct job *job, int64_t recheck_days, enum exit_code *ret_code, struct err *err)
{
    CLEANUP(fetch_done) struct fetch *fetch = fetch_new(job, NULL);
    enum exit_code followed = EXIT_CLEAN;
    struct err failure = ERR_INIT;
    CLEANUP(night_release)
    struct night night = {.job = job,
                          .recheck_days = recheck_days,
                          .fetch = fetch,
                          .doubts = REFUND_DOUBTS_INIT,
                          .code = EXIT_CLEAN};
    const struct sweep sweep = {
        .work = UNIT_WORK_ALL,
        .batch = BATCH,
        .begin = begin_batch,
        .prepare = ask,
        .prepared = gather,
        .enter = wait_for,
        .lost = give_up,
        .step = night_step,
        .leave = night_leave,
        .context = &night,
    };

    /* What was sent is asked for each night until it is proved, whoever runs payrecon-refund;
     * before the days, whose bills may say something about it. */
    if (!job->dry_run && !job->days.given &&
        !refund_run(job, REFUND_RUN_FOLLOW, /* print= */ false, &followed, &failure)) {
        log_err(&job->log, LOG_ERROR, &failure);
        followed = err_exit_code(failure.kind);
    }
    if (!sweep_run(job, &sweep, ret_code, err))
        return false;
    *ret_code = exit_code_worse(exit_code_worse(*ret_code, night.code), followed);
    return true;
}
