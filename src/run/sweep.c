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

static bool sweep_due(struct sweeping *sweeping, struct pg *pg, const struct merchant *merchant,
                      struct date *day, struct err *err)
{
    struct unit_search search = {merchant->mchid, sweeping->sweep->work,
                                 date_add(merchant->first_day, -1), sweeping->now};
    int64_t made;

    if (!unit_make_due(pg, sweeping->job, merchant, &made, err))
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

/* Nobody else works on the merchant meanwhile. */
static bool sweep_locked(struct sweeping *sweeping, struct pg *pg, const struct merchant *merchant,
                         struct date *day, struct err *err)
{
    const struct sweep *sweep = sweeping->sweep;
    bool held = false;

    if (!unit_lock_merchant(pg, merchant->mchid, &held, err))
        return false;
    if (!held) {
        log_line(&sweeping->job->log, LOG_WARNING, "%.*s: another worker has this merchant",
                 VIEW_ARG(merchant->mchid));
        sweeping->elsewhere++;
        if (sweeping->job->days.given)
            sweeping->code = exit_code_worse(sweeping->code, EXIT_TRY_LATER);
        return true;
    }

    return sweep_days(sweeping, pg, merchant, day, err) &&
           (sweep->leave == NULL || sweeping->job->dry_run ||
            sweep->leave(sweep->context, pg, merchant, err)) &&
           unit_unlock_merchant(pg, merchant->mchid, err);
}

/* Errors end this merchant's turn only. The connection is then made anew: what happened to it, and
 * whether the lock is still held, need not be known. */
static bool sweep_merchant(struct sweeping *sweeping, const struct merchant *merchant,
                           struct err *err)
{
    struct job *job = sweeping->job;
    struct date day = merchant->first_day;
    struct err failure = ERR_INIT;
    struct pg *pg;

    if (merchant->mode == MERCHANT_NONE || merchant->suspended) {
        log_line(&job->log, LOG_INFO, "%.*s: %s", VIEW_ARG(merchant->mchid),
                 merchant->mode == MERCHANT_NONE ? "no WeChat Pay" : "suspended");
        return true;
    }
    if (!job_database(job, &pg, err))
        return false;
    if (sweep_locked(sweeping, pg, merchant, &day, &failure))
        return true;
    add_error(sweeping, merchant, day, &failure);
    pg_close(job->pg);
    job->pg = NULL;
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
    for (size_t i = 0; i < list->count; i++) {
        if (job_stopping())
            break;
        if (!sweep_merchant(sweeping, &list->at[i], err))
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
