#include "run/sweep.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* One sweep over everything. */
struct sweeping {
    struct job *job;
    const struct sweep *sweep;
    struct table *table;
    struct instant now;
    int64_t elsewhere; /* merchants that other workers have */
    enum exit_code code;
};

static struct table_cell text_or_none(const char *text)
{
    return text[0] != '\0' ? table_text(view_of(text)) : table_none();
}

/* Counts mean something once the day was reconciled. */
static struct table_cell count_or_none(const struct sweep_outcome *outcome, int64_t count)
{
    return outcome->reconciled ? table_count(count) : table_none();
}

static void add_line(struct sweeping *sweeping, const struct merchant *merchant, struct date day,
                     const struct sweep_outcome *outcome)
{
    table_add(sweeping->table,
              TABLE_CELLS(table_id(merchant->mchid), table_date(day),
                          text_or_none(outcome->verdict), count_or_none(outcome, outcome->rows),
                          count_or_none(outcome, outcome->matched),
                          count_or_none(outcome, outcome->open),
                          count_or_none(outcome, outcome->pending), text_or_none(outcome->reason)));
    sweeping->code = exit_code_worse(sweeping->code, outcome->code);
}

/* An error in words, as a line of the result. */
static void add_error(struct sweeping *sweeping, const struct merchant *merchant, struct date day,
                      const struct err *err)
{
    struct sweep_outcome outcome = {.code = err_exit_code(err->kind)};

    (void)snprintf(outcome.reason, sizeof(outcome.reason), "%s", err->text);
    add_line(sweeping, merchant, day, &outcome);
    log_line(&sweeping->job->log, LOG_ERROR, "%.*s %s: %s", VIEW_ARG(merchant->mchid),
             date_text(day).s, err->text);
    if (err->hint[0] != '\0')
        log_line(&sweeping->job->log, LOG_ERROR, "hint: %s", err->hint);
}

/* What concerns one unit only does not end its merchant's turn. */
static bool is_about_unit(enum err_kind kind)
{
    return kind == ERR_DATA || kind == ERR_LIMIT || kind == ERR_LATER;
}

static bool do_unit(struct sweeping *sweeping, struct pg *pg, const struct merchant *merchant,
                    const struct unit *unit)
{
    const struct sweep *sweep = sweeping->sweep;
    struct sweep_outcome outcome = {.code = EXIT_CLEAN};
    struct err err = ERR_INIT;

    if (sweeping->job->dry_run) {
        (void)snprintf(outcome.reason, sizeof(outcome.reason), "would be done: %s%s",
                       unit_stage_name(unit->stage), unit->incomplete ? ", incomplete" : "");
        add_line(sweeping, merchant, unit->day, &outcome);
        return true;
    }

    log_line(&sweeping->job->log, LOG_DEBUG, "%.*s %s: begin", VIEW_ARG(merchant->mchid),
             date_text(unit->day).s);
    if (!sweep->step(sweep->context, pg, merchant, unit, &outcome, &err)) {
        add_error(sweeping, merchant, unit->day, &err);
        return is_about_unit(err.kind);
    }
    add_line(sweeping, merchant, unit->day, &outcome);
    return true;
}

static bool next_due(const struct sweeping *sweeping, struct pg *pg,
                     const struct unit_search *search, struct unit *ret_unit, bool *ret_found,
                     struct err *err)
{
    if (sweeping->job->dry_run)
        return unit_next(pg, search, ret_unit, ret_found, err);
    return unit_claim(pg, search, ret_unit, ret_found, err);
}

/* The units are made before it has its turn. */
static bool prepares(const struct sweeping *sweeping)
{
    return sweeping->sweep->prepare != NULL && !sweeping->job->dry_run;
}

static bool sweep_due(struct sweeping *sweeping, struct pg *pg, const struct merchant *merchant,
                      struct date *day, struct err *err)
{
    struct unit_search search = {merchant->mchid, sweeping->sweep->work,
                                 date_add(merchant->first_day, -1), sweeping->now};
    int64_t made;

    if (!prepares(sweeping) && !unit_make_due(pg, sweeping->job, merchant, &made, err))
        return false;

    while (!job_stopping()) {
        struct unit unit;
        bool found;

        if (!next_due(sweeping, pg, &search, &unit, &found, err))
            return false;
        if (!found)
            return true;
        search.after = *day = unit.day;
        if (!do_unit(sweeping, pg, merchant, &unit))
            return true;
    }
    return true;
}

static void add_unpublished(struct sweeping *sweeping, const struct merchant *merchant,
                            struct date day)
{
    struct sweep_outcome outcome = {.code = EXIT_TRY_LATER};
    struct instant published = job_published_at(sweeping->job, day);

    (void)snprintf(outcome.verdict, sizeof(outcome.verdict), "INCOMPLETE");
    (void)snprintf(outcome.reason, sizeof(outcome.reason),
                   "E01 bills of %s are not published before %s", date_text(day).s,
                   instant_text_beijing(published).s);
    add_line(sweeping, merchant, day, &outcome);
}

/* A day that the user named. */
static bool do_named(struct sweeping *sweeping, struct pg *pg, const struct merchant *merchant,
                     struct date day, bool *ret_go_on, struct err *err)
{
    struct unit unit;
    bool found;

    if (sweeping->now.us < job_published_at(sweeping->job, day).us) {
        add_unpublished(sweeping, merchant, day);
        return true;
    }
    if (!unit_make(pg, merchant->mchid, day, sweeping->now, err) ||
        !unit_get(pg, merchant->mchid, day, &unit, &found, err))
        return false;
    assert(found);
    *ret_go_on = do_unit(sweeping, pg, merchant, &unit);
    return true;
}

static bool sweep_named(struct sweeping *sweeping, struct pg *pg, const struct merchant *merchant,
                        struct date *day, struct err *err)
{
    const struct job_days *days = &sweeping->job->days;
    bool go_on = true;

    *day = days->from;
    if (days->from.days < merchant->first_day.days)
        return err_set(err, ERR_USAGE, "the first bill day of merchant %.*s is %s",
                       VIEW_ARG(merchant->mchid), date_text(merchant->first_day).s);
    while (go_on && day->days <= days->to.days && !job_stopping()) {
        if (!do_named(sweeping, pg, merchant, *day, &go_on, err))
            return false;
        *day = date_add(*day, 1);
    }
    return true;
}

/* With --dry-run in a transaction that is rolled back, so that units can be made and listed. */
static bool sweep_days(struct sweeping *sweeping, struct pg *pg, const struct merchant *merchant,
                       struct date *day, struct err *err)
{
    bool dry_run = sweeping->job->dry_run;
    bool done;

    if (dry_run && !pg_begin(pg, PG_READ_WRITE, err))
        return false;
    done = sweeping->job->days.given ? sweep_named(sweeping, pg, merchant, day, err)
                                     : sweep_due(sweeping, pg, merchant, day, err);
    if (dry_run)
        pg_rollback(pg);
    return done;
}

bool sweep_named_days(const struct job *job, const struct merchant *merchant,
                      struct job_days *ret_days)
{
    struct job_days days = job->days;
    struct instant shifted = {clock_now(&job->clock).us -
                              job->settings.publish_hour * INSTANT_HOUR};
    struct date last = date_add(beijing_day(shifted), -1);

    if (days.to.days > last.days)
        days.to = last;
    if (days.from.days < merchant->first_day.days || days.to.days < days.from.days)
        return false;
    *ret_days = days;
    return true;
}

/* ---- turns -------------------------------------------------------------------------------------
 */

enum turn_state {
    TURN_OVER,   /* somebody else has the merchant, or it failed */
    TURN_LOCKED, /* nobody else works on the merchant meanwhile */
    TURN_LOST,   /* the connection that had the lock is gone */
};

struct turn {
    const struct merchant *merchant;
    enum turn_state state;
};

struct batch {
    struct turn turns[SWEEP_BATCH_MAX];
    size_t count;
};

static bool lock_turn(struct sweeping *sweeping, struct pg *pg, struct turn *turn, struct err *err)
{
    bool held = false;

    turn->state = TURN_OVER;
    if (!unit_lock_merchant(pg, turn->merchant->mchid, &held, err))
        return false;
    if (held) {
        turn->state = TURN_LOCKED;
        return true;
    }
    log_line(&sweeping->job->log, LOG_WARNING, "%.*s: another worker has this merchant",
             VIEW_ARG(turn->merchant->mchid));
    sweeping->elsewhere++;
    if (sweeping->job->days.given)
        sweeping->code = exit_code_worse(sweeping->code, EXIT_TRY_LATER);
    return true;
}

/* Errors end this merchant's turn only. The connection is then made anew: what happened to it, and
 * which locks are still held, need not be known. */
static void fail_turn(struct sweeping *sweeping, struct batch *batch, struct turn *turn,
                      struct date day, const struct err *failure)
{
    const struct sweep *sweep = sweeping->sweep;

    add_error(sweeping, turn->merchant, day, failure);
    turn->state = TURN_OVER;
    if (sweep->lost != NULL && !sweeping->job->dry_run)
        sweep->lost(sweep->context);
    pg_close(sweeping->job->pg);
    sweeping->job->pg = NULL;
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->turns[i].state == TURN_LOCKED)
            batch->turns[i].state = TURN_LOST;
    }
}

static bool make_units(struct sweeping *sweeping, struct pg *pg, const struct merchant *merchant,
                       struct err *err)
{
    struct job_days days;
    int64_t made;

    if (!sweeping->job->days.given)
        return unit_make_due(pg, sweeping->job, merchant, &made, err);
    if (!sweep_named_days(sweeping->job, merchant, &days))
        return true;
    for (struct date day = days.from; day.days <= days.to.days; day = date_add(day, 1)) {
        if (!unit_make(pg, merchant->mchid, day, sweeping->now, err))
            return false;
    }
    return true;
}

static bool begin_turn(struct sweeping *sweeping, struct pg *pg, struct turn *turn, struct err *err)
{
    const struct sweep *sweep = sweeping->sweep;

    if (!lock_turn(sweeping, pg, turn, err))
        return false;
    if (turn->state != TURN_LOCKED || !prepares(sweeping))
        return true;
    return make_units(sweeping, pg, turn->merchant, err) &&
           sweep->prepare(sweep->context, pg, turn->merchant, err);
}

/* Locks what nobody else has. False when there is no database at all. */
static bool begin_turns(struct sweeping *sweeping, struct batch *batch, struct err *err)
{
    const struct sweep *sweep = sweeping->sweep;
    struct pg *pg = NULL;

    if (sweep->begin != NULL && !sweeping->job->dry_run)
        sweep->begin(sweep->context);
    for (size_t i = 0; i < batch->count && !job_stopping(); i++) {
        struct turn *turn = &batch->turns[i];
        struct err failure = ERR_INIT;

        if (!job_database(sweeping->job, &pg, err))
            return false;
        if (!begin_turn(sweeping, pg, turn, &failure))
            fail_turn(sweeping, batch, turn, turn->merchant->first_day, &failure);
    }
    if (sweep->prepared == NULL || sweeping->job->dry_run)
        return true;
    if (!job_database(sweeping->job, &pg, err))
        return false;
    sweep->prepared(sweep->context, pg);
    return true;
}

static bool do_turn(struct sweeping *sweeping, struct pg *pg, struct turn *turn, struct date *day,
                    struct err *err)
{
    const struct sweep *sweep = sweeping->sweep;

    if (turn->state == TURN_LOST && !lock_turn(sweeping, pg, turn, err))
        return false;
    if (turn->state == TURN_OVER)
        return true;
    return (sweep->enter == NULL || sweeping->job->dry_run ||
            sweep->enter(sweep->context, pg, turn->merchant, err)) &&
           sweep_days(sweeping, pg, turn->merchant, day, err) &&
           (sweep->leave == NULL || sweeping->job->dry_run ||
            sweep->leave(sweep->context, pg, turn->merchant, err)) &&
           unit_unlock_merchant(pg, turn->merchant->mchid, err);
}

static bool sweep_batch(struct sweeping *sweeping, struct batch *batch, struct err *err)
{
    struct job *job = sweeping->job;

    if (!begin_turns(sweeping, batch, err))
        return false;
    for (size_t i = 0; i < batch->count && !job_stopping(); i++) {
        struct turn *turn = &batch->turns[i];
        struct date day = turn->merchant->first_day;
        struct err failure = ERR_INIT;
        struct pg *pg;

        if (turn->state == TURN_OVER)
            continue;
        if (!job_database(job, &pg, err))
            return false;
        if (!do_turn(sweeping, pg, turn, &day, &failure))
            fail_turn(sweeping, batch, turn, day, &failure);
    }
    return true;
}

static bool print(struct sweeping *sweeping, struct err *err)
{
    struct job *job = sweeping->job;

    if (job->format == TABLE_TEXT_FORMAT && table_rows(sweeping->table) == 0) {
        /* Cron mails what is printed. */
        if (sweeping->elsewhere > 0)
            (void)printf("other workers have %" PRId64 " merchants, nothing else is due\n",
                         sweeping->elsewhere);
        else if (job->log.level >= LOG_INFO)
            (void)printf("nothing is due\n");
        return true;
    }
    return table_print(sweeping->table, job->format, stdout, err);
}

static bool sweep_all(struct sweeping *sweeping, const struct merchant_list *list, struct err *err)
{
    size_t next = 0;

    while (next < list->count && !job_stopping()) {
        struct batch batch = {.count = 0};

        for (; next < list->count && batch.count < sweeping->sweep->batch; next++) {
            const struct merchant *merchant = &list->at[next];

            if (merchant->mode == MERCHANT_NONE || merchant->suspended)
                log_line(&sweeping->job->log, LOG_INFO, "%.*s: %s", VIEW_ARG(merchant->mchid),
                         merchant->mode == MERCHANT_NONE ? "no WeChat Pay" : "suspended");
            else
                batch.turns[batch.count++] = (struct turn){merchant, TURN_OVER};
        }
        if (!sweep_batch(sweeping, &batch, err))
            return false;
    }
    return true;
}

bool sweep_run(struct job *job, const struct sweep *sweep, enum exit_code *ret_code,
               struct err *err)
{
    static const struct table_column columns[] = {
        {"mchid", "MERCHANT", TABLE_ID},     {"bill_day", "DAY", TABLE_DATE},
        {"verdict", "VERDICT", TABLE_TEXT},  {"rows", "ROWS", TABLE_COUNT},
        {"matched", "MATCHED", TABLE_COUNT}, {"open", "OPEN", TABLE_COUNT},
        {"pending", "PENDING", TABLE_COUNT}, {"reason", "REASON", TABLE_TEXT},
    };
    CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));
    struct sweeping sweeping = {.job = job,
                                .sweep = sweep,
                                .table = table,
                                .now = clock_now(&job->clock),
                                .code = EXIT_CLEAN};
    struct merchant_list list;
    struct err failure = ERR_INIT;
    struct pg *pg;
    bool done;

    assert(sweep->batch >= 1 && sweep->batch <= SWEEP_BATCH_MAX);
    if (!job_database(job, &pg, err) ||
        !merchant_load(pg, &job->merchants, &job->arena, &list, err))
        return false;
    done = sweep_all(&sweeping, &list, &failure);

    if (job_stopping()) {
        log_line(&job->log, LOG_WARNING, "asked to stop: what is left is done next time");
        sweeping.code = exit_code_worse(sweeping.code, EXIT_TRY_LATER);
    }
    if (!print(&sweeping, err))
        return false;
    if (!done) {
        *err = failure;
        return false;
    }
    *ret_code = sweeping.code;
    return true;
}
