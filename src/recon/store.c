/* The one file of this room that talks to PostgreSQL. */
#include "pg/pg.h"
#include "queries.h"
#include "recon/finding.h"
#include "recon/verdict.h"

#include <assert.h>
#include <stdlib.h>

/* A stored finding and the number of its last event. */
struct stored {
    struct finding finding;
    int64_t events;
    bool seen;
};

struct loading {
    struct arena arena;
    struct stored *at;
    size_t count, capacity;
};

static void loading_release(struct loading *loading)
{
    arena_release(&loading->arena);
    free(loading->at);
}

static struct stored *loading_add(struct loading *loading)
{
    if (loading->count == loading->capacity) {
        loading->capacity = loading->capacity > 0 ? 2 * loading->capacity : 64;
        loading->at = memory_resize(loading->at, loading->capacity, sizeof(*loading->at));
    }
    loading->at[loading->count] = (struct stored){.events = 0};
    return &loading->at[loading->count++];
}

static struct finding_amount amount_of(const struct pg_value *value)
{
    return (struct finding_amount){!value->null, {value->null ? 0 : value->int8}};
}

static bool leg_by_name(struct view name, enum finding_leg *ret_leg)
{
    for (int i = 0; i < LEG_COUNT; i++) {
        if (view_equal_text(name, finding_leg_name((enum finding_leg)i))) {
            *ret_leg = (enum finding_leg)i;
            return true;
        }
    }
    return false;
}

/* leg, key, code, state, resolution, channel_fen, books_fen, break_on, events */
static bool load_row(void *context, const struct pg_value *values, struct err *err)
{
    struct loading *loading = context;
    struct stored *stored = loading_add(loading);
    struct finding *finding = &stored->finding;

    finding->key = view_from(arena_copy(&loading->arena, values[1].text.at, values[1].text.length),
                             values[1].text.length);
    if (!leg_by_name(values[0].text, &finding->leg) ||
        !class_by_code(values[2].text, &finding->class) ||
        !finding_state_by_name(values[3].text, &finding->state) ||
        (!values[4].null && !finding_resolution_by_name(values[4].text, &finding->resolution)))
        return err_set(err, ERR_CONFIG, "finding \"%.*s\" is of a newer version of this program",
                       VIEW_ARG(finding->key));
    finding->channel = amount_of(&values[5]);
    finding->books = amount_of(&values[6]);
    finding->has_break_on = !values[7].null;
    finding->break_on = values[7].date;
    stored->events = values[8].int8;
    return true;
}

static int compare_identity(const struct finding *a, const struct finding *b)
{
    return a->leg != b->leg ? (a->leg > b->leg) - (a->leg < b->leg) : view_compare(a->key, b->key);
}

static int compare_stored(const void *a, const void *b)
{
    return compare_identity(&((const struct stored *)a)->finding,
                            &((const struct stored *)b)->finding);
}

static struct pg_value amount_value(struct finding_amount amount)
{
    return amount.known ? pg_int8(amount.money.fen) : pg_null(PG_INT8);
}

static struct pg_value resolution_value(enum finding_resolution resolution)
{
    return resolution == RESOLUTION_NONE ? pg_null(PG_TEXT)
                                         : pg_text(view_of(finding_resolution_name(resolution)));
}

static struct pg_value break_value(const struct finding *finding)
{
    return finding->has_break_on ? pg_date(finding->break_on) : pg_null(PG_DATE);
}

static bool insert_finding(struct pg *pg, const struct finding_scope *scope, struct view id,
                           const struct finding *finding, struct err *err)
{
    const struct class_info *class = class_info(finding->class);

    return pg_run(pg, &query_recon_finding_insert,
                  PG_PARAMS(pg_text(scope->mchid), pg_text(id), pg_date(scope->bill_day),
                            pg_text(view_of(finding_leg_name(finding->leg))), pg_text(finding->key),
                            pg_text(view_of(class->code)),
                            pg_text(view_of(finding_state_name(finding->state))),
                            resolution_value(finding->resolution), amount_value(finding->channel),
                            amount_value(finding->books), pg_int8(finding_difference(finding).fen),
                            pg_instant(scope->now), break_value(finding),
                            pg_text(view_of(finding_owner_name(class->owner))),
                            pg_json(finding->evidence.length > 0 ? finding->evidence : VIEW("{}"))),
                  NULL, err);
}

static bool update_finding(struct pg *pg, const struct finding_scope *scope, struct view id,
                           const struct finding *finding, struct err *err)
{
    const struct class_info *class = class_info(finding->class);

    return pg_run(
        pg, &query_recon_finding_update,
        PG_PARAMS(pg_text(scope->mchid), pg_text(id), pg_text(view_of(class->code)),
                  pg_text(view_of(finding_state_name(finding->state))),
                  resolution_value(finding->resolution), amount_value(finding->channel),
                  amount_value(finding->books), pg_int8(finding_difference(finding).fen),
                  pg_instant(scope->now), break_value(finding),
                  pg_text(view_of(finding_owner_name(class->owner))),
                  finding->evidence.length > 0 ? pg_json(finding->evidence) : pg_null(PG_JSON)),
        NULL, err);
}

/* Stores what a finding became, and the event. `events`: how many it has; 0 for a new one. */
static bool store_change(struct pg *pg, const struct finding_scope *scope,
                         const struct finding *next, int64_t events, struct err *err)
{
    struct finding_id id = finding_id(scope->mchid, scope->bill_day, next->leg, next->key);
    struct view id_view = view_of(id.s);
    bool stored = events == 0 ? insert_finding(pg, scope, id_view, next, err)
                              : update_finding(pg, scope, id_view, next, err);

    return stored &&
           pg_run(pg, &query_recon_finding_event,
                  PG_PARAMS(pg_text(scope->mchid), pg_text(id_view), pg_int4((int32_t)events + 1),
                            pg_instant(scope->now), pg_text(view_of(class_info(next->class)->code)),
                            pg_text(view_of(finding_state_name(next->state))),
                            resolution_value(next->resolution),
                            pg_int8(finding_difference(next).fen),
                            pg_text(next->reason.length > 0 ? next->reason : VIEW("found"))),
                  NULL, err);
}

static bool merge_fresh(struct pg *pg, const struct finding_scope *scope, struct loading *loading,
                        const struct finding *fresh, struct err *err)
{
    struct stored key = {.finding = *fresh};
    struct stored *stored = loading->count == 0 ? NULL
                                                : bsearch(&key, loading->at, loading->count,
                                                          sizeof(*loading->at), compare_stored);
    struct finding next;

    if (stored != NULL)
        stored->seen = true;
    if (!finding_merge(stored == NULL ? NULL : &stored->finding, fresh, &next))
        return true;
    return store_change(pg, scope, &next, stored == NULL ? 0 : stored->events, err);
}

static bool merge_vanished(struct pg *pg, const struct finding_scope *scope,
                           const struct stored *stored, struct err *err)
{
    struct finding next;

    if (stored->seen || (scope->legs & 1U << stored->finding.leg) == 0 ||
        (scope->evidence_only && !class_is_evidence(stored->finding.class)) ||
        !finding_merge(&stored->finding, NULL, &next))
        return true;
    return store_change(pg, scope, &next, stored->events, err);
}

bool recon_findings_store(struct pg *pg, const struct finding_scope *scope,
                          struct finding_list *list, struct err *err)
{
    CLEANUP(loading_release) struct loading loading = {.count = 0};

    if (!pg_each(pg, &query_recon_finding_load,
                 PG_PARAMS(pg_text(scope->mchid), pg_date(scope->bill_day)), load_row, &loading,
                 err))
        return false;

    if (loading.count > 0)
        qsort(loading.at, loading.count, sizeof(*loading.at), compare_stored);
    finding_list_part(list);
    for (size_t i = 0; i < list->count; i++) {
        assert(scope->legs == 0 || (scope->legs & 1U << list->at[i].leg) != 0);
        if (!merge_fresh(pg, scope, &loading, &list->at[i], err))
            return false;
    }
    for (size_t i = 0; i < loading.count; i++) {
        if (!merge_vanished(pg, scope, &loading.at[i], err))
            return false;
    }
    return true;
}

/* A finding that the day's bill decides, as recon_finding_pending gives it. */
struct aging {
    struct finding finding;
    struct date bill_day;
    int64_t events;
    bool partner;
};

struct agings {
    struct arena arena;
    struct aging *at;
    size_t count, capacity;
};

static void agings_release(struct agings *agings)
{
    arena_release(&agings->arena);
    free(agings->at);
}

/* bill_day, leg, key, code, channel_fen, books_fen, break_on, events, partner */
static bool aging_row(void *context, const struct pg_value *values, struct err *err)
{
    struct agings *agings = context;
    struct aging *aging;

    if (agings->count == agings->capacity) {
        agings->capacity = agings->capacity > 0 ? 2 * agings->capacity : 64;
        agings->at = memory_resize(agings->at, agings->capacity, sizeof(*agings->at));
    }
    aging = &agings->at[agings->count++];
    *aging = (struct aging){
        .finding = {.state = STATE_PENDING,
                    .channel = amount_of(&values[4]),
                    .books = amount_of(&values[5]),
                    .has_break_on = !values[6].null,
                    .break_on = values[6].date},
        .bill_day = values[0].date,
        .events = values[7].int8,
        .partner = values[8].boolean,
    };
    aging->finding.key =
        view_from(arena_copy(&agings->arena, values[2].text.at, values[2].text.length),
                  values[2].text.length);
    if (!leg_by_name(values[1].text, &aging->finding.leg) ||
        !class_by_code(values[3].text, &aging->finding.class))
        return err_set(err, ERR_CONFIG, "finding \"%.*s\" is of a newer version of this program",
                       VIEW_ARG(aging->finding.key));
    return true;
}

/* The books' record belongs to another bill day now, so it leaves this day's identity. */
static bool shift_identity(struct pg *pg, struct view mchid, const struct aging *aging,
                           struct err *err)
{
    const char *name = aging->finding.leg == LEG_REFUND ? "refunds" : "payments";

    return pg_run(pg, &query_recon_identity_shift,
                  PG_PARAMS(pg_text(mchid), pg_date(aging->bill_day), pg_text(view_of(name)),
                            pg_int8(aging->finding.books.money.fen)),
                  NULL, err);
}

static bool age_one(struct pg *pg, struct view mchid, const struct aging *aging, struct instant now,
                    struct err *err)
{
    const struct finding_scope scope = {.mchid = mchid, .bill_day = aging->bill_day, .now = now};
    struct finding next = aging->finding;

    next.has_break_on = false;
    if (aging->partner) {
        next.class = CLASS_T09;
        next.state = STATE_RESOLVED;
        next.resolution = RESOLUTION_AUTO_TIMING;
        next.reason = VIEW("in the neighbouring day's bill");
    } else {
        next.state = STATE_OPEN;
        next.reason = next.leg == LEG_TRADE || next.leg == LEG_REFUND
                          ? VIEW("not in the next day's bill either")
                          : VIEW("its time is over");
    }
    return (!aging->partner || shift_identity(pg, mchid, aging, err)) &&
           store_change(pg, &scope, &next, aging->events, err);
}

bool recon_findings_age(struct pg *pg, struct view mchid, struct date bill_day, struct instant now,
                        struct finding_aged *ret_aged, struct err *err)
{
    CLEANUP(agings_release) struct agings agings = {.count = 0};
    struct finding_aged aged = {.opened = 0};

    if (!pg_each(pg, &query_recon_finding_pending, PG_PARAMS(pg_text(mchid), pg_date(bill_day)),
                 aging_row, &agings, err))
        return false;

    for (size_t i = 0; i < agings.count; i++) {
        bool last_of_day =
            i + 1 == agings.count || agings.at[i + 1].bill_day.days != agings.at[i].bill_day.days;
        enum verdict verdict;

        if (!age_one(pg, mchid, &agings.at[i], now, err))
            return false;
        if (!agings.at[i].partner && agings.at[i].bill_day.days != bill_day.days &&
            aged.opened++ == 0)
            aged.earliest = agings.at[i].bill_day;
        if (last_of_day &&
            !recon_verdict_refresh(pg, mchid, agings.at[i].bill_day, now, &verdict, err))
            return false;
    }
    if (!pg_run(pg, &query_recon_day_orphaned,
                PG_PARAMS(pg_text(mchid), pg_date(bill_day), pg_instant(now)), &aged.due_again,
                err))
        return false;

    *ret_aged = aged;
    return true;
}

/* code, state, findings */
static bool count_row(void *context, const struct pg_value *values, struct err *err)
{
    struct finding_counts *counts = context;
    enum finding_class class;
    enum finding_state state;

    if (!class_by_code(values[0].text, &class) || !finding_state_by_name(values[1].text, &state))
        return err_set(err, ERR_CONFIG,
                       "findings of class \"%.*s\" are of a newer version of this program",
                       VIEW_ARG(values[0].text));
    counts->accepted += values[3].int8;
    if (state == STATE_RESOLVED)
        counts->resolved += values[2].int8;
    else if (class_info(class)->listed)
        counts->listed += values[2].int8;
    else if (state == STATE_PENDING)
        counts->pending += values[2].int8;
    else if (class_info(class)->warns)
        counts->warning += values[2].int8;
    else
        counts->open += values[2].int8;
    return true;
}

bool recon_findings_count(struct pg *pg, struct view mchid, struct date bill_day,
                          struct finding_counts *ret_counts, struct err *err)
{
    struct finding_counts counts = {0};

    if (!pg_each(pg, &query_recon_finding_count, PG_PARAMS(pg_text(mchid), pg_date(bill_day)),
                 count_row, &counts, err))
        return false;

    *ret_counts = counts;
    return true;
}

bool recon_identities_store(struct pg *pg, struct view mchid, struct date bill_day,
                            const struct identity *identities, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct identity *identity = &identities[i];

        if (!pg_run(pg, &query_recon_identity_store,
                    PG_PARAMS(pg_text(mchid), pg_date(bill_day), pg_text(view_of(identity->name)),
                              pg_text(view_of(identity->left.name)), pg_int8(identity->left.count),
                              pg_int8(identity->left.money.fen),
                              pg_text(view_of(identity->right.name)),
                              pg_int8(identity->right.count), pg_int8(identity->right.money.fen),
                              pg_bool(identity_holds(identity))),
                    NULL, err))
            return err_wrap(err, "identity \"%s\"", identity->name);
    }
    return true;
}

bool recon_verdict_refresh(struct pg *pg, struct view mchid, struct date bill_day,
                           struct instant now, enum verdict *ret_verdict, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct pg_value values[5];
    struct verdict_facts facts = {.evidence_missing = true};
    enum verdict verdict;
    bool found;

    if (!pg_one(pg, &query_recon_verdict_facts, PG_PARAMS(pg_text(mchid), pg_date(bill_day)),
                &arena, &found, values, err) ||
        !recon_findings_count(pg, mchid, bill_day, &facts.findings, err))
        return false;

    if (!found || !values[0].boolean) {
        *ret_verdict = VERDICT_INCOMPLETE;
        return true;
    }
    facts.evidence_missing = false;
    facts.identities = values[1].int8;
    facts.identities_missing = values[2].int8;
    facts.identities_failing = values[3].int8;
    facts.identities_unexplained = values[4].int8;
    verdict = verdict_of(&facts);

    if (!pg_run(pg, &query_recon_verdict_store,
                PG_PARAMS(pg_text(mchid), pg_date(bill_day),
                          pg_text(view_of(verdict_name(verdict))),
                          verdict == VERDICT_INCOMPLETE ? pg_text(VIEW(VERDICT_CONTRADICTION))
                                                        : pg_null(PG_TEXT),
                          pg_instant(now)),
                NULL, err))
        return false;

    *ret_verdict = verdict;
    return true;
}
