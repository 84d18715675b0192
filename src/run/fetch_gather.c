/* What the database says about what is asked for, and what becomes of what came: each merchant's
 * bills one after the other. */
#include "fetch_state.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- what failures mean ------------------------------------------------------------------------
 */

static struct err *keep_err(struct fetch *fetch, const struct err *err)
{
    struct err *kept = ARENA_NEW(&fetch->arena, struct err);

    *kept = *err;
    return kept;
}

/* Near the wall a refusal says that the day is behind it. */
static bool is_behind_the_wall(const struct fetch *fetch, const struct fetch_unit *unit,
                               const struct err *err)
{
    return err->kind == ERR_DATA && fetch_age(fetch, unit->day) > FETCH_KEPT_DAYS;
}

static void set_lost(struct fetch *fetch, const struct fetch_unit *unit, struct fetch_bill *bill)
{
    struct err lost = ERR_INIT;

    (void)err_set(&lost, ERR_DATA,
                  "can no longer be had from WeChat Pay's interface, which keeps three months");
    (void)err_hint(&lost, "download it from the merchant platform's page and give it to "
                          "payrecon bill import");
    (void)fetch_wrap(&lost, unit, bill);
    fetch_set_problem(fetch, unit, bill, CLASS_E08, &lost);
}

/* A request failed: what that means for the bill, and for the requests that follow. */
static void set_failure(struct fetch *fetch, struct fetch_merchant *merchant, const struct err *err)
{
    if (is_behind_the_wall(fetch, fetch_unit_of(merchant), err)) {
        set_lost(fetch, fetch_unit_of(merchant), fetch_bill_of(merchant));
        return;
    }
    fetch_set_problem(fetch, fetch_unit_of(merchant), fetch_bill_of(merchant), CLASS_E01, err);
    if (err->kind == ERR_UNAVAILABLE)
        merchant->failures++;
    if (merchant->failures == FETCH_FAILURES_MAX || err->kind == ERR_ACCESS ||
        err->kind == ERR_CONFIG || err->kind == ERR_IO)
        merchant->broken = keep_err(fetch, err);
}

static void set_not_asked(struct fetch *fetch, struct fetch_merchant *merchant)
{
    struct err failure = *merchant->broken;

    (void)err_wrap(&failure, "not asked for");
    (void)fetch_wrap(&failure, fetch_unit_of(merchant), fetch_bill_of(merchant));
    fetch_set_problem(fetch, fetch_unit_of(merchant), fetch_bill_of(merchant), CLASS_E01, &failure);
}

/* ---- which bill is next ------------------------------------------------------------------------
 */

static void log_problem(const struct fetch *fetch, const struct fetch_merchant *merchant,
                        const struct fetch_problem *problem)
{
    log_line(&fetch->job->log, LOG_WARNING, "%.*s %s: %s %s%s%s",
             VIEW_ARG(merchant->merchant->mchid), date_text(fetch_unit_of(merchant)->day).s,
             class_info(problem->class)->code, problem->text,
             problem->hint[0] != '\0' ? "; hint: " : "", problem->hint);
}

/* All bills of the unit had their turn. What a unit that is DUE rests on is noted with its mark. */
static bool end_unit(struct fetch *fetch, struct fetch_merchant *merchant, struct err *err)
{
    struct fetch_unit *unit = fetch_unit_of(merchant);
    bool whole = fetch->kinds.count == 0;

    for (size_t i = 0; i < unit->bill_count; i++) {
        if (unit->bills[i].problem.class == CLASS_NONE)
            continue;
        log_problem(fetch, merchant, &unit->bills[i].problem);
        whole = false;
    }
    unit->gathered = true;
    merchant->unit++;
    merchant->bill = 0;
    return !whole || !unit->again ||
           unit_mark_checked(fetch->pg, merchant->merchant->mchid, unit->day, fetch->now, err);
}

/* Whether the bill is to be asked for now; if not, why is its problem. */
static bool wants_bill(struct fetch *fetch, struct fetch_merchant *merchant, bool *ret_wants,
                       struct err *err)
{
    const struct fetch_unit *unit = fetch_unit_of(merchant);
    struct fetch_bill *bill = fetch_bill_of(merchant);
    const struct evidence_bill name = {merchant->merchant->mchid, unit->day, bill->kind};
    bool lost = fetch_age(fetch, unit->day) > FETCH_LOST_DAYS;
    struct evidence_file file;

    if (!evidence_find(fetch->pg, &name, &file, &bill->found, err))
        return false;
    *ret_wants = false;
    if (bill->found && (!unit->again || lost))
        return true;
    if (lost)
        set_lost(fetch, unit, bill);
    else if (merchant->broken != NULL)
        set_not_asked(fetch, merchant);
    else
        *ret_wants = true;
    return true;
}

/* On to the next bill that is to be asked for; false in ret_found when there is none any more. */
static bool find_next(struct fetch *fetch, struct fetch_merchant *merchant, bool *ret_found,
                      struct err *err)
{
    while (merchant->unit < merchant->count) {
        bool wants = false;

        if (merchant->bill == fetch_unit_of(merchant)->bill_count) {
            if (!end_unit(fetch, merchant, err))
                return false;
            continue;
        }
        if (!fetch_bill_of(merchant)->asked && !wants_bill(fetch, merchant, &wants, err))
            return false;
        if (wants) {
            *ret_found = true;
            return true;
        }
        merchant->bill++;
    }
    *ret_found = false;
    return true;
}

/* One try is over, and so is the bill unless another is worth it. */
static void end_try(struct fetch_merchant *merchant, bool again)
{
    fetch_leave(merchant);
    if (again && ++merchant->tries < FETCH_DOWNLOADS_MAX)
        return;
    fetch_bill_of(merchant)->asked = true;
    merchant->tries = 0;
}

/* ---- what came ---------------------------------------------------------------------------------
 */

static void set_not_ready(struct fetch *fetch, struct fetch_merchant *merchant)
{
    const struct fetch_unit *unit = fetch_unit_of(merchant);
    struct fetch_bill *bill = fetch_bill_of(merchant);
    struct err failure = ERR_INIT;

    log_line(&fetch->job->log, LOG_INFO, "%.*s %s %s: not generated yet (Request-Id %s)",
             VIEW_ARG(merchant->merchant->mchid), date_text(unit->day).s,
             evidence_kind_name(bill->kind), merchant->offer->request_id);
    (void)err_set(&failure, ERR_LATER, "%s of %s is not generated yet",
                  evidence_kind_name(bill->kind), date_text(unit->day).s);
    fetch_set_problem(fetch, unit, bill, CLASS_E01, &failure);
}

/* What broke off, and what was no file at all, may be whole the next time; an address that was no
 * longer good can be had anew. Whoever is asked to go slower does not come back at once. */
static bool is_worth_another(struct fetch *fetch, struct fetch_merchant *merchant)
{
    struct err *failure = &merchant->failure;

    if (failure->kind == ERR_DATA || (failure->kind == ERR_UNAVAILABLE && merchant->received > 0)) {
        failure->kind = ERR_LATER;
        fetch_set_problem(fetch, fetch_unit_of(merchant), fetch_bill_of(merchant), CLASS_E04,
                          failure);
        return true;
    }
    set_failure(fetch, merchant, failure);
    return merchant->expired;
}

/* Fails when the database does. */
static bool take(struct fetch *fetch, struct fetch_merchant *merchant, struct err *err)
{
    bool kept = true, again = false;

    if (merchant->came != FETCH_REFUSED)
        merchant->failures = 0;
    switch (merchant->came) {
    case FETCH_NOTHING:
        return true;
    case FETCH_REFUSED:
        set_failure(fetch, merchant, &merchant->failure);
        break;
    case FETCH_NONE:
        kept = fetch_keep_none(fetch, merchant, err);
        break;
    case FETCH_NOT_READY:
        set_not_ready(fetch, merchant);
        break;
    case FETCH_RECEIVED:
        kept = fetch_keep(fetch, merchant, err);
        again = fetch_bill_of(merchant)->problem.class != CLASS_NONE;
        break;
    case FETCH_BROKEN_OFF:
        again = is_worth_another(fetch, merchant);
        break;
    }
    if (kept)
        end_try(merchant, again);
    return kept;
}

/* ---- asking ------------------------------------------------------------------------------------
 */

static bool hand_out(struct fetch *fetch, struct fetch_merchant *merchant, struct err *err)
{
    fetch_bill_of(merchant)->problem = (struct fetch_problem){.class = CLASS_NONE};
    merchant->failure = ERR_INIT;
    if (fetch->asking == NULL && !fetch_asking_new(fetch->job, fetch->pool, &fetch->asking, err))
        return false;
    merchant->out = true;
    fetch_asking_add(fetch->asking, merchant);
    return true;
}

/* Has the next bill asked for, if there is one. */
static void go_on(struct fetch *fetch, struct fetch_merchant *merchant)
{
    struct err failure = ERR_INIT;
    bool found = false;

    if (!find_next(fetch, merchant, &found, &failure) ||
        (found && !hand_out(fetch, merchant, &failure)))
        merchant->failed = keep_err(fetch, &failure);
}

static void take_back(struct fetch *fetch, struct fetch_merchant *merchant)
{
    struct err failure = ERR_INIT;

    merchant->out = false;
    if (!take(fetch, merchant, &failure))
        merchant->failed = keep_err(fetch, &failure);
    else if (merchant->came != FETCH_NOTHING)
        go_on(fetch, merchant);
}

void fetch_begin(struct fetch *fetch, struct pg *pg, struct fetch_merchant *merchant)
{
    fetch->pg = pg;
    fetch->now = clock_now(&fetch->job->clock);
    if (!merchant->out && merchant->failed == NULL && !job_stopping())
        go_on(fetch, merchant);
}

void fetch_finish(struct fetch *fetch, struct pg *pg, const struct fetch_merchant *merchant)
{
    struct fetch_merchant *back;

    fetch->pg = pg;
    while ((merchant == NULL || merchant->out) && fetch->asking != NULL &&
           (back = fetch_asking_next(fetch->asking)) != NULL)
        take_back(fetch, back);
}

void fetch_leave(struct fetch_merchant *merchant)
{
    if (merchant->call != NULL)
        wxpay_call_cancel(merchant->call);
    merchant->call = NULL;
    incoming_close(merchant->incoming);
    merchant->incoming = NULL;
    free(merchant->offer);
    merchant->offer = NULL;
    if (merchant->parts != NULL)
        wxpay_sub_bill_release(merchant->parts);
    free(merchant->parts);
    merchant->parts = NULL;
    merchant->part = 0;
}

static void close_client(struct fetch_merchant *merchant)
{
    fetch_leave(merchant);
    wxpay_close(merchant->wxpay);
    merchant->wxpay = NULL;
    merchant->out = false;
}

void fetch_stop(struct fetch *fetch)
{
    fetch_asking_free(fetch->asking);
    fetch->asking = NULL;
    for (struct fetch_merchant *merchant = fetch->first; merchant != NULL;
         merchant = merchant->next)
        close_client(merchant);
}
