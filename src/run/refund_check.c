#include "run/refund_check.h"

#include "queries.h"
#include "recon/verdict.h"
#include "text/json.h"

#include <inttypes.h>
#include <stdlib.h>

enum { EVIDENCE_MAX = 2048, FIRST = 64, REASON_MAX = 400 };

/* A finding and the day it belongs to. */
struct dated {
    struct date day;
    struct finding finding;
    bool stored; /* stands since an earlier check … */
    bool proved; /* … and a query has proved its refund since */
};

struct dated_list {
    struct dated *at;
    size_t count, capacity;
};

struct check {
    struct job *job;
    struct pg *pg;
    struct view mchid;
    struct instant now;
    struct refund_doubts *doubts; /* the caller's */
    struct arena arena;
    struct dated_list stored, fresh; /* of leg DEPOSIT */
    struct dated_list proved;        /* of leg REFUND: a query has proved the refund since */
    int64_t confirmed, asked, opened;
    bool tripped;
};

static void check_release(struct check *check)
{
    free(check->stored.at);
    free(check->fresh.at);
    free(check->proved.at);
    arena_release(&check->arena);
}

static struct dated *dated_add(struct dated_list *list)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity > 0 ? 2 * list->capacity : FIRST;
        list->at = memory_resize(list->at, list->capacity, sizeof(*list->at));
    }
    list->at[list->count] = (struct dated){.stored = false};
    return &list->at[list->count++];
}

static struct view keep(struct check *check, struct view text)
{
    return view_from(arena_copy(&check->arena, text.at, text.length), text.length);
}

static struct finding_amount amount_of(const struct pg_value *value)
{
    return (struct finding_amount){!value->null, {value->null ? 0 : value->int8}};
}

static bool set_class(struct finding *finding, struct view code, struct err *err)
{
    if (class_by_code(code, &finding->class))
        return true;
    return err_set(err, ERR_CONFIG, "finding \"%.*s\" is of a newer version of this program",
                   VIEW_ARG(finding->key));
}

/* bill_day, key, code, channel_fen, books_fen, proved */
static bool take_stored(void *context, const struct pg_value *values, struct err *err)
{
    struct check *check = context;
    struct dated *dated = dated_add(&check->stored);

    dated->day = values[0].date;
    dated->stored = true;
    dated->proved = values[5].boolean;
    dated->finding = (struct finding){.leg = LEG_DEPOSIT,
                                      .key = keep(check, values[1].text),
                                      .channel = amount_of(&values[3]),
                                      .books = amount_of(&values[4])};
    return set_class(&dated->finding, values[2].text, err);
}

static void add_pair(struct json_writer *json, const char *name, const struct pg_value *value)
{
    if (!value->null)
        json_writer_pair_text(json, name, value->text);
}

/* code, key, at, channel_fen, books_fen, deposit_id, refund_no, and a text of that name */
static bool take_fresh(struct check *check, const struct pg_value *values, const char *last_name,
                       struct err *err)
{
    CLEANUP(buf_release) struct buf evidence = BUF_INIT(EVIDENCE_MAX);
    struct dated *dated = dated_add(&check->fresh);
    struct finding *finding = &dated->finding;
    struct json_writer json;

    json_writer_init(&json, &evidence);
    json_writer_begin_object(&json);
    add_pair(&json, "deposit_id", &values[5]);
    add_pair(&json, "refund_no", &values[6]);
    add_pair(&json, last_name, &values[7]);
    json_writer_end_object(&json);
    dated->day = beijing_day(values[2].instant);
    *finding = (struct finding){.leg = LEG_DEPOSIT,
                                .key = keep(check, values[1].text),
                                .state = STATE_OPEN,
                                .channel = amount_of(&values[3]),
                                .books = amount_of(&values[4]),
                                .evidence = keep(check, buf_view(&evidence))};
    if (evidence.overflowed)
        return err_set(err, ERR_DATA, "books: numbers of \"%.*s\" are too long",
                       VIEW_ARG(finding->key));
    if (!set_class(finding, values[0].text, err))
        return false;
    finding->reason = view_of(class_info(finding->class)->meaning);
    return true;
}

static bool take_finding(void *context, const struct pg_value *values, struct err *err)
{
    return take_fresh(context, values, "state", err);
}

static bool take_excess(void *context, const struct pg_value *values, struct err *err)
{
    return take_fresh(context, values, "out_trade_no", err);
}

static struct instant before(const struct check *check, int64_t ago_us)
{
    return (struct instant){check->now.us - ago_us};
}

static bool find_now(struct check *check, struct err *err)
{
    const struct job_settings *settings = &check->job->settings;
    struct instant sla = before(check, settings->refund_sla_hours * INSTANT_HOUR);
    struct instant due = before(check, settings->refund_due_days * INSTANT_DAY);

    return pg_each(check->pg, &query_deposit_finding_unresolved, PG_PARAMS(pg_text(check->mchid)),
                   take_stored, check, err) &&
           pg_each(check->pg, &query_deposit_findings,
                   PG_PARAMS(pg_text(check->mchid), pg_instant(sla), pg_instant(due)), take_finding,
                   check, err) &&
           pg_each(check->pg, &query_deposit_excess,
                   PG_PARAMS(pg_text(check->mchid), pg_instant(check->doubts->since),
                             pg_texts(check->doubts->payments, check->doubts->count)),
                   take_excess, check, err);
}

/* ---- what stands and what is found, day by day ------------------------------------------------
 */

static int compare_dated(const void *left, const void *right)
{
    const struct dated *a = left;
    const struct dated *b = right;

    if (a->day.days != b->day.days)
        return (a->day.days > b->day.days) - (a->day.days < b->day.days);
    return view_compare(a->finding.key, b->finding.key);
}

static void sort(struct dated_list *list)
{
    if (list->count > 0)
        qsort(list->at, list->count, sizeof(*list->at), compare_dated);
}

static const struct dated *find_dated(const struct dated_list *list, const struct dated *wanted)
{
    return list->count == 0
               ? NULL
               : bsearch(wanted, list->at, list->count, sizeof(*list->at), compare_dated);
}

static void resolve(struct finding *finding)
{
    finding->state = STATE_RESOLVED;
    finding->resolution = RESOLUTION_AUTO_QUERY;
    finding->reason = VIEW("a query has proved the refund");
}

/* What is gone because a query has proved the refund says so; the rest is resolved as it is. */
static void add_proved(struct check *check)
{
    size_t found = check->fresh.count;

    for (size_t i = 0; i < check->stored.count; i++) {
        const struct dated *stored = &check->stored.at[i];
        struct dated_list among = {check->fresh.at, found, found};
        struct dated *gone;

        if (!stored->proved || find_dated(&among, stored) != NULL)
            continue;
        gone = dated_add(&check->fresh);
        gone->day = stored->day;
        gone->finding = stored->finding;
        resolve(&gone->finding);
    }
    sort(&check->fresh);
}

/* `legs` as in the scope. */
static bool store_day(struct check *check, struct date day, unsigned legs,
                      struct finding_list *list, struct err *err)
{
    const struct finding_scope scope = {
        .mchid = check->mchid, .bill_day = day, .legs = legs, .now = check->now};
    enum verdict verdict;

    return recon_findings_store(check->pg, &scope, list, err) &&
           recon_verdict_refresh(check->pg, check->mchid, day, check->now, &verdict, err);
}

/* The day that comes first in what is left of both lists; false when nothing is. */
static bool next_day(const struct check *check, size_t stored, size_t fresh, struct date *ret_day)
{
    bool has_stored = stored < check->stored.count;
    bool has_fresh = fresh < check->fresh.count;

    if (!has_stored && !has_fresh)
        return false;
    *ret_day = has_fresh ? check->fresh.at[fresh].day : check->stored.at[stored].day;
    if (has_stored && check->stored.at[stored].day.days < ret_day->days)
        *ret_day = check->stored.at[stored].day;
    return true;
}

static bool store_all(struct check *check, struct err *err)
{
    CLEANUP(finding_list_release) struct finding_list list = FINDING_LIST_INIT;
    size_t stored = 0, fresh = 0;
    struct date day;

    while (next_day(check, stored, fresh, &day)) {
        finding_list_clear(&list);
        for (; fresh < check->fresh.count && check->fresh.at[fresh].day.days == day.days; fresh++) {
            const struct dated *found = &check->fresh.at[fresh];

            if (!finding_list_add(&list, &found->finding, err))
                return false;
            check->opened += find_dated(&check->stored, found) == NULL ? 1 : 0;
        }
        while (stored < check->stored.count && check->stored.at[stored].day.days == day.days)
            stored++;
        if (!store_day(check, day, 1U << LEG_DEPOSIT, &list, err))
            return false;
    }
    return true;
}

/* bill_day, key, code, channel_fen, books_fen */
static bool take_proved(void *context, const struct pg_value *values, struct err *err)
{
    struct check *check = context;
    struct dated *dated = dated_add(&check->proved);

    dated->day = values[0].date;
    dated->finding = (struct finding){.leg = LEG_REFUND,
                                      .key = keep(check, values[1].text),
                                      .channel = amount_of(&values[3]),
                                      .books = amount_of(&values[4])};
    resolve(&dated->finding);
    return set_class(&dated->finding, values[2].text, err);
}

static bool store_proved(struct check *check, struct err *err)
{
    CLEANUP(finding_list_release) struct finding_list list = FINDING_LIST_INIT;

    if (!pg_each(check->pg, &query_refund_finding_proved, PG_PARAMS(pg_text(check->mchid)),
                 take_proved, check, err))
        return false;
    for (size_t i = 0; i < check->proved.count; i++) {
        finding_list_clear(&list);
        if (!finding_list_add(&list, &check->proved.at[i].finding, err) ||
            !store_day(check, check->proved.at[i].day, 0, &list, err))
            return false;
    }
    return true;
}

static bool store_findings(struct check *check, struct err *err)
{
    if (!find_now(check, err))
        return false;
    sort(&check->stored);
    sort(&check->fresh);
    add_proved(check);
    return store_all(check, err);
}

/* ---- the breaker ------------------------------------------------------------------------------
 */

struct alarm {
    struct alarm *next;
    struct view finding_id;
    int32_t event_no;
};

struct alarms {
    struct check *check;
    struct alarm *first;
    int64_t count;
    struct buf reason; /* the first ones, in words */
};

static void alarms_release(struct alarms *alarms)
{
    buf_release(&alarms->reason);
}

/* finding_id, event_no, code, key */
static bool take_alarm(void *context, const struct pg_value *values, struct err *err)
{
    struct alarms *alarms = context;
    struct alarm *alarm = ARENA_NEW(&alarms->check->arena, struct alarm);

    (void)err;
    *alarm =
        (struct alarm){alarms->first, keep(alarms->check, values[0].text), (int32_t)values[1].int8};
    alarms->first = alarm;
    if (alarms->count++ == 0)
        buf_add_format(&alarms->reason, "%.*s %.*s", VIEW_ARG(values[2].text),
                       VIEW_ARG(values[3].text));
    return true;
}

static bool trip(struct check *check, struct err *err)
{
    CLEANUP(alarms_release)
    struct alarms alarms = {.check = check, .reason = BUF_INIT(REASON_MAX)};

    if (!pg_each(check->pg, &query_refund_alarms, PG_PARAMS(pg_text(check->mchid)), take_alarm,
                 &alarms, err))
        return false;
    if (alarms.count == 0)
        return true;
    if (alarms.count > 1)
        buf_add_format(&alarms.reason, " and %" PRId64 " more", alarms.count - 1);
    for (const struct alarm *alarm = alarms.first; alarm != NULL; alarm = alarm->next) {
        if (!pg_run(check->pg, &query_refund_alarm_insert,
                    PG_PARAMS(pg_text(check->mchid), pg_text(alarm->finding_id),
                              pg_int4(alarm->event_no), pg_instant(check->now)),
                    NULL, err))
            return false;
    }
    if (!pg_run(check->pg, &query_refund_hold,
                PG_PARAMS(pg_text(check->mchid), pg_text(VIEW("TRIPPED")),
                          pg_text(buf_view(&alarms.reason)), pg_null(PG_INT8), pg_null(PG_INSTANT),
                          pg_instant(check->now)),
                NULL, err))
        return false;
    check->tripped = true;
    log_line(&check->job->log, LOG_WARNING, "%.*s: no refund is sent any more: %s",
             VIEW_ARG(check->mchid), buf_text(&alarms.reason));
    return true;
}

/* ---- all ----------------------------------------------------------------------------------- */

static bool count_of(struct check *check, const struct pg_query *query, int64_t *ret_count,
                     struct err *err)
{
    struct pg_value values[1];
    bool found;

    if (!pg_one(check->pg, query, PG_PARAMS(pg_text(check->mchid), pg_instant(check->now)),
                &check->arena, &found, values, err))
        return false;
    *ret_count = found ? values[0].int8 : 0;
    return true;
}

static bool check_all(struct check *check, struct err *err)
{
    return refund_doubts_look(check->pg, check->mchid, beijing_day(check->now), check->now,
                              check->doubts, err) &&
           pg_begin(check->pg, PG_READ_WRITE, err) &&
           count_of(check, &query_refund_confirm_all, &check->confirmed, err) &&
           store_proved(check, err) && store_findings(check, err) &&
           pg_run(check->pg, &query_refund_day_again,
                  PG_PARAMS(pg_text(check->mchid), pg_instant(check->now)), NULL, err) &&
           count_of(check, &query_refund_ask_all, &check->asked, err) && pg_commit(check->pg, err);
}

/* By itself: people lock the queue before a request, and what was found stays found when they are
 * in the way. What has not tripped it yet does so in the next look. */
static bool trip_now(struct check *check, struct err *err)
{
    return pg_begin(check->pg, PG_READ_WRITE, err) && trip(check, err) && pg_commit(check->pg, err);
}

bool refund_check(struct job *job, struct pg *pg, struct view mchid, struct refund_doubts *doubts,
                  enum exit_code *ret_code, struct err *err)
{
    CLEANUP(check_release)
    struct check check = {
        .job = job, .pg = pg, .mchid = mchid, .now = clock_now(&job->clock), .doubts = doubts};
    struct err failure = ERR_INIT;

    if (!check_all(&check, &failure) || !trip_now(&check, &failure)) {
        pg_rollback(pg);
        if (failure.kind == ERR_ACCESS || failure.kind == ERR_CONFIG || failure.kind == ERR_DATA) {
            log_line(&job->log, LOG_WARNING, "%.*s: deposits and refunds were not looked at: %s",
                     VIEW_ARG(mchid), failure.text);
            *ret_code = exit_code_worse(*ret_code, EXIT_TRY_LATER);
            return true;
        }
        *err = failure;
        return false;
    }
    if (check.confirmed > 0 || check.asked > 0 || check.opened > 0)
        log_line(&job->log, LOG_INFO,
                 "%.*s: refunds confirmed by bills: %" PRId64 ", to be asked for: %" PRId64
                 ", findings about deposits and refunds: %" PRId64 " new",
                 VIEW_ARG(mchid), check.confirmed, check.asked, check.opened);
    if (check.opened > 0 || check.tripped)
        *ret_code = exit_code_worse(*ret_code, EXIT_FINDINGS);
    return true;
}
