#include "run/fetch.h"

#include "base/memory.h"
#include "fetch_state.h"
#include "queries.h"
#include "recon/finding.h"
#include "text/json.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_FIRST = 16 };

struct fetch_kinds fetch_kinds_of(const struct merchant *merchant)
{
    struct fetch_kinds kinds = {.count = 0};

    kinds.at[kinds.count++] = EVIDENCE_TRADE_ALL;
    if (merchant->fund_account.length > 0)
        kinds.at[kinds.count++] = EVIDENCE_FUND_BASIC;
    return kinds;
}

bool fetch_mark(struct pg *pg, const struct merchant *merchant, struct date day, struct instant now,
                const struct instant *checked_at, struct err *err)
{
    struct fetch_kinds kinds = fetch_kinds_of(merchant);
    const struct unit_fetched fetched = {kinds.at, kinds.count, checked_at, now};

    return unit_mark_fetched(pg, merchant->mchid, day, &fetched, err);
}

bool fetch_end(struct pg *pg, bool done, struct err *err)
{
    if (done)
        return pg_commit(pg, err);
    pg_rollback(pg);
    return false;
}

/* ---- what is wanted ----------------------------------------------------------------------------
 */

struct fetch *fetch_new(struct job *job, const struct fetch_kinds *kinds)
{
    struct fetch *fetch = memory_alloc(sizeof(*fetch));

    fetch->job = job;
    fetch->pool = wxpay_pool_new(&(struct wxpay_pool_settings){.wait = job_wait});
    fetch->now = clock_now(&job->clock);
    if (kinds != NULL)
        fetch->kinds = *kinds;
    return fetch;
}

void fetch_clear(struct fetch *fetch)
{
    fetch_stop(fetch);
    for (struct fetch_merchant *merchant = fetch->first; merchant != NULL;
         merchant = merchant->next)
        free(merchant->units);
    fetch->first = fetch->last = NULL;
    fetch->now = clock_now(&fetch->job->clock);
    arena_clear(&fetch->arena);
}

void fetch_free(struct fetch *fetch)
{
    if (fetch == NULL)
        return;
    fetch_clear(fetch);
    wxpay_pool_free(fetch->pool);
    arena_release(&fetch->arena);
    free(fetch);
}

/* Its days are added one after the other, so it is the last one mostly. */
static struct fetch_merchant *find_merchant(const struct fetch *fetch,
                                            const struct merchant *merchant)
{
    struct fetch_merchant *found = fetch->first;

    if (fetch->last != NULL && fetch->last->merchant == merchant)
        return fetch->last;
    while (found != NULL && found->merchant != merchant)
        found = found->next;
    return found;
}

static struct fetch_merchant *add_merchant(struct fetch *fetch, const struct merchant *merchant)
{
    struct fetch_merchant *added = ARENA_NEW(&fetch->arena, struct fetch_merchant);

    added->merchant = merchant;
    if (fetch->last != NULL)
        fetch->last->next = added;
    else
        fetch->first = added;
    fetch->last = added;
    return added;
}

static struct fetch_unit *find_unit(const struct fetch_merchant *merchant, struct date day)
{
    for (size_t i = 0; merchant != NULL && i < merchant->count; i++) {
        if (merchant->units[i].day.days == day.days)
            return &merchant->units[i];
    }
    return NULL;
}

void fetch_want(struct fetch *fetch, const struct merchant *merchant, struct date day, bool again)
{
    struct fetch_merchant *owner = find_merchant(fetch, merchant);
    struct fetch_kinds kinds = fetch->kinds.count > 0 ? fetch->kinds : fetch_kinds_of(merchant);
    struct fetch_unit *unit;

    if (owner == NULL)
        owner = add_merchant(fetch, merchant);
    if (owner->count == owner->capacity) {
        owner->capacity = owner->capacity > 0 ? 2 * owner->capacity : LIST_FIRST;
        owner->units = memory_resize(owner->units, owner->capacity, sizeof(*owner->units));
    }
    unit = &owner->units[owner->count++];
    *unit = (struct fetch_unit){.day = day, .again = again, .bill_count = kinds.count};
    for (size_t i = 0; i < kinds.count; i++)
        unit->bills[i] = (struct fetch_bill){.kind = kinds.at[i]};
}

struct wanting {
    struct fetch *fetch;
    const struct merchant *merchant;
};

static bool want_row(void *context, const struct pg_value *values, struct err *err)
{
    const struct wanting *wanting = context;

    (void)err;
    fetch_want(wanting->fetch, wanting->merchant, values[0].date, values[1].boolean);
    return true;
}

bool fetch_want_due(struct fetch *fetch, struct pg *pg, const struct fetch_search *search,
                    struct err *err)
{
    struct wanting wanting = {fetch, search->merchant};
    struct instant now = clock_now(&fetch->job->clock);
    struct date today = beijing_day(now);

    if (!pg_each(pg, &query_unit_to_fetch,
                 PG_PARAMS(pg_text(search->merchant->mchid), pg_instant(now), pg_bool(search->mend),
                           pg_date(date_add(today, -(int32_t)search->recheck_days)),
                           pg_instant(beijing_start(today))),
                 want_row, &wanting, err))
        return err_wrap(err, "could not find the days of merchant %.*s",
                        VIEW_ARG(search->merchant->mchid));
    return true;
}

void fetch_ask(struct fetch *fetch, struct pg *pg, const struct merchant *merchant)
{
    struct fetch_merchant *owner = find_merchant(fetch, merchant);

    if (owner != NULL)
        fetch_begin(fetch, pg, owner);
}

static bool wait_for(struct fetch *fetch, struct pg *pg, struct fetch_merchant *owner,
                     struct err *err)
{
    fetch_begin(fetch, pg, owner);
    fetch_finish(fetch, pg, owner);
    if (owner->failed == NULL)
        return true;
    *err = *owner->failed;
    return false;
}

bool fetch_wait(struct fetch *fetch, struct pg *pg, const struct merchant *merchant,
                struct err *err)
{
    struct fetch_merchant *owner = find_merchant(fetch, merchant);

    return owner == NULL || wait_for(fetch, pg, owner, err);
}

void fetch_gather(struct fetch *fetch, struct pg *pg)
{
    fetch_finish(fetch, pg, /* merchant= */ NULL);
}

void fetch_lost(struct fetch *fetch)
{
    fetch_stop(fetch);
    for (struct fetch_merchant *merchant = fetch->first; merchant != NULL;
         merchant = merchant->next) {
        merchant->failed = NULL;
        merchant->tries = 0;
    }
}

/* ---- what came of it ---------------------------------------------------------------------------
 */

bool fetch_wrap(struct err *err, const struct fetch_unit *unit, const struct fetch_bill *bill)
{
    return err_wrap(err, "%s of %s", evidence_kind_name(bill->kind), date_text(unit->day).s);
}

int32_t fetch_age(const struct fetch *fetch, struct date day)
{
    return beijing_day(fetch->now).days - day.days;
}

static bool is_too_late(const struct fetch *fetch, struct date day)
{
    return fetch->now.us > job_deadline(fetch->job, day).us;
}

void fetch_set_problem(struct fetch *fetch, const struct fetch_unit *unit, struct fetch_bill *bill,
                       enum finding_class class, const struct err *err)
{
    enum exit_code code = err_exit_code(err->kind);

    if (code == EXIT_TRY_LATER && is_too_late(fetch, unit->day))
        code = EXIT_BAD_DATA;
    bill->problem =
        (struct fetch_problem){class, code, arena_copy(&fetch->arena, err->text, strlen(err->text)),
                               arena_copy(&fetch->arena, err->hint, strlen(err->hint))};
}

/* What a bill that is missing leaves behind. */
static bool add_finding(const struct fetch *fetch, const struct fetch_unit *unit,
                        const struct fetch_bill *bill, struct finding_list *list, struct err *err)
{
    const struct fetch_problem *problem = &bill->problem;
    bool pending = problem->class == CLASS_E01 && !is_too_late(fetch, unit->day);
    struct instant deadline = job_deadline(fetch->job, unit->day);
    CLEANUP(buf_release) struct buf evidence = BUF_INIT(64 * 1024);
    struct json_writer json;

    json_writer_init(&json, &evidence);
    json_writer_begin_object(&json);
    json_writer_pair_text(&json, "reason", view_of(problem->text));
    json_writer_end_object(&json);
    return finding_list_add(list,
                            &(struct finding){
                                .leg = LEG_EVIDENCE,
                                .key = view_of(bill->kind),
                                .class = problem->class,
                                .state = pending ? STATE_PENDING : STATE_OPEN,
                                .has_break_on = pending,
                                .break_on = beijing_day((struct instant){deadline.us - 1}),
                                .evidence = buf_view(&evidence),
                                .reason = view_of(problem->text),
                            },
                            err);
}

static bool is_missing(const struct fetch_bill *bill)
{
    return bill->problem.class != CLASS_NONE && !bill->found;
}

/* A finding a bill; that a day is lost is one finding, whatever it had. */
static bool list_problems(const struct fetch *fetch, const struct fetch_unit *unit,
                          struct finding_list *list, struct err *err)
{
    bool lost = false;

    for (size_t i = 0; i < unit->bill_count; i++) {
        const struct fetch_bill *bill = &unit->bills[i];

        if (!is_missing(bill) || (lost && bill->problem.class == CLASS_E08))
            continue;
        lost = lost || bill->problem.class == CLASS_E08;
        if (!add_finding(fetch, unit, bill, list, err))
            return false;
    }
    return true;
}

static bool store_problems(struct fetch *fetch, struct pg *pg, const struct fetch_merchant *owner,
                           const struct fetch_unit *unit, const char *reason, struct err *err)
{
    CLEANUP(finding_list_release) struct finding_list list = FINDING_LIST_INIT;
    struct view mchid = owner->merchant->mchid;
    const struct finding_scope scope = {.mchid = mchid,
                                        .bill_day = unit->day,
                                        .legs = 1U << LEG_EVIDENCE,
                                        .now = fetch->now,
                                        .evidence_only = true};
    struct instant next = {fetch->now.us + fetch->job->settings.retry_minutes * INSTANT_MINUTE};
    /* What a person has to mend may be tried at once when it is mended. */
    const struct unit_failure failure = {reason, fetch->now, owner->broken != NULL ? NULL : &next};

    if (!list_problems(fetch, unit, &list, err) || !pg_begin(pg, PG_READ_WRITE, err))
        return false;
    return fetch_end(pg,
                     recon_findings_store(pg, &scope, &list, err) &&
                         unit_mark_incomplete(pg, mchid, unit->day, &failure, err),
                     err);
}

/* Bills expire: what is still missing after two months has one left. */
static void warn_of_wall(const struct fetch *fetch, const struct fetch_merchant *owner,
                         const struct fetch_unit *unit, struct fetch_result *result)
{
    size_t length = strlen(result->reason);
    const char *until = date_text(date_add(unit->day, FETCH_KEPT_DAYS)).s;
    int32_t age = fetch_age(fetch, unit->day);

    if (result->complete || age < FETCH_WARN_DAYS || age > FETCH_KEPT_DAYS)
        return;
    (void)snprintf(result->reason + length, sizeof(result->reason) - length,
                   "; can be had until %s only", until);
    log_line(&fetch->job->log, LOG_WARNING,
             "%.*s %s: bills are still missing after %d days and can be had until %s only",
             VIEW_ARG(owner->merchant->mchid), date_text(unit->day).s, (int)age, until);
}

/* Sums the bills up: reason and code of the first that is missing, the worst code of all. */
static void sum_up(const struct fetch *fetch, const struct fetch_merchant *owner,
                   const struct fetch_unit *unit, struct fetch_result *result)
{
    *result = (struct fetch_result){.complete = true, .changed = unit->changed};
    for (size_t i = 0; i < unit->bill_count; i++) {
        const struct fetch_problem *problem = &unit->bills[i].problem;

        if (!is_missing(&unit->bills[i]))
            continue;
        if (result->complete)
            (void)snprintf(result->reason, sizeof(result->reason), "%s %s",
                           class_info(problem->class)->code, problem->text);
        result->complete = false;
        result->code = exit_code_worse(result->code, problem->code);
    }
    warn_of_wall(fetch, owner, unit, result);
    if (!result->complete || unit->change == NULL)
        return;
    (void)snprintf(result->reason, sizeof(result->reason), "%s %s", class_info(CLASS_E06)->code,
                   unit->change);
    result->code = exit_code_worse(result->code, EXIT_FINDINGS);
}

/* Bills that were asked for again were noted as checked before (fetch_gather.c). */
static bool finish(const struct fetch *fetch, struct pg *pg, const struct merchant *merchant,
                   const struct unit *unit, const struct fetch_unit *found, struct err *err)
{
    const struct instant *checked_at = found->again ? NULL : &fetch->now;

    if (unit->stage != UNIT_DUE && !found->changed)
        return true;
    if (!pg_begin(pg, PG_READ_WRITE, err))
        return false;
    return fetch_end(pg, fetch_mark(pg, merchant, unit->day, fetch->now, checked_at, err), err);
}

/* The unit after its bills were asked for: here and now, when that was not done before. */
static const struct fetch_unit *find_gathered(struct fetch *fetch, struct pg *pg,
                                              const struct merchant *merchant,
                                              const struct unit *unit, struct err *err)
{
    struct fetch_merchant *owner = find_merchant(fetch, merchant);
    const struct fetch_unit *found;

    assert(owner == NULL || !owner->out);
    if (find_unit(owner, unit->day) == NULL) {
        fetch_want(fetch, merchant, unit->day, /* again= */ unit->stage != UNIT_DUE);
        owner = find_merchant(fetch, merchant);
    }
    assert(owner != NULL);
    if (!wait_for(fetch, pg, owner, err))
        return NULL;
    found = find_unit(owner, unit->day);
    assert(found != NULL);
    if (!found->gathered) {
        (void)err_set(err, ERR_LATER, "asked to stop");
        return NULL;
    }
    return found;
}

bool fetch_day(struct fetch *fetch, struct pg *pg, const struct merchant *merchant,
               const struct unit *unit, struct fetch_result *ret_result, struct err *err)
{
    const struct fetch_unit *found;
    const struct fetch_merchant *owner;
    struct fetch_result result;

    assert(fetch->now.us >= job_published_at(fetch->job, unit->day).us);
    found = find_gathered(fetch, pg, merchant, unit, err);
    if (found == NULL)
        return false;
    owner = find_merchant(fetch, merchant);
    assert(owner != NULL);
    sum_up(fetch, owner, found, &result);
    if (fetch->kinds.count == 0 &&
        !(result.complete ? finish(fetch, pg, merchant, unit, found, err)
                          : store_problems(fetch, pg, owner, found, result.reason, err)))
        return false;
    *ret_result = result;
    return true;
}
