#include "run/unit.h"

#include "queries.h"
#include "run/evidence.h"

#include <assert.h>
#include <string.h>

enum { COLUMN_DAY, COLUMN_STAGE, COLUMN_INCOMPLETE, COLUMN_REASON, COLUMN_COUNT };

static const char *const stage_names[] = {
    [UNIT_DUE] = "DUE",
    [UNIT_FETCHED] = "FETCHED",
    [UNIT_RECONCILED] = "RECONCILED",
    [UNIT_SETTLED] = "SETTLED",
};

enum { POINTS_MAX = 7, STAGE_COUNT = 4 };

/* Where a unit stands when it is due for a work. INCOMPLETE days are never settled; a day that was
 * settled and turned out INCOMPLETE when somebody reconciled it again is due like any other. */
static const char *const points_of[][POINTS_MAX] = {
    [UNIT_WORK_ALL] = {"DUE", "DUE INCOMPLETE", "FETCHED", "FETCHED INCOMPLETE", "RECONCILED",
                       "RECONCILED INCOMPLETE", "SETTLED INCOMPLETE"},
    [UNIT_WORK_FETCH] = {"DUE", "DUE INCOMPLETE"},
    [UNIT_WORK_RECONCILE] = {"FETCHED", "FETCHED INCOMPLETE", "RECONCILED INCOMPLETE",
                             "SETTLED INCOMPLETE"},
    [UNIT_WORK_SETTLE] = {"RECONCILED"},
};

static size_t list_points(enum unit_work work, struct view points[POINTS_MAX])
{
    size_t count = 0;

    while (count < POINTS_MAX && points_of[work][count] != NULL) {
        points[count] = view_of(points_of[work][count]);
        count++;
    }
    return count;
}

const char *unit_stage_name(enum unit_stage stage)
{
    return stage_names[stage];
}

static bool stage_by_name(struct view name, enum unit_stage *ret_stage)
{
    for (int i = 0; i < STAGE_COUNT; i++) {
        if (view_equal_text(name, stage_names[i])) {
            *ret_stage = (enum unit_stage)i;
            return true;
        }
    }
    return false;
}

static void lock_name(struct view mchid, struct buf *name)
{
    buf_add_format(name, "payrecon merchant %.*s", VIEW_ARG(mchid));
    assert(!name->overflowed);
}

bool unit_lock_merchant(struct pg *pg, struct view mchid, bool *ret_held, struct err *err)
{
    CLEANUP(buf_release) struct buf name = BUF_INIT(256);

    lock_name(mchid, &name);
    return pg_lock_try(pg, buf_view(&name), ret_held, err);
}

bool unit_unlock_merchant(struct pg *pg, struct view mchid, struct err *err)
{
    CLEANUP(buf_release) struct buf name = BUF_INIT(256);

    lock_name(mchid, &name);
    return pg_lock_release(pg, buf_view(&name), err);
}

static bool make(struct pg *pg, struct view mchid, const struct job_days *days, struct instant now,
                 int64_t *ret_made, struct err *err)
{
    if (!pg_run(pg, &query_unit_make,
                PG_PARAMS(pg_text(mchid), pg_date(days->from), pg_date(days->to), pg_instant(now)),
                ret_made, err))
        return err_wrap(err, "could not make the days of merchant %.*s", VIEW_ARG(mchid));
    return true;
}

bool unit_make_due(struct pg *pg, const struct job *job, const struct merchant *merchant,
                   int64_t *ret_made, struct err *err)
{
    struct instant now = clock_now(&job->clock);
    struct instant shifted = {now.us - job->settings.publish_hour * INSTANT_HOUR};
    struct job_days days = {true, merchant->first_day, date_add(beijing_day(shifted), -1)};

    if (days.to.days < days.from.days) {
        *ret_made = 0;
        return true;
    }
    return make(pg, merchant->mchid, &days, now, ret_made, err);
}

bool unit_make(struct pg *pg, struct view mchid, struct date day, struct instant now,
               struct err *err)
{
    struct job_days days = {true, day, day};

    return make(pg, mchid, &days, now, NULL, err);
}

static bool read_unit(const struct pg_value *values, struct unit *ret_unit, struct err *err)
{
    struct unit unit = {.day = values[COLUMN_DAY].date,
                        .incomplete = values[COLUMN_INCOMPLETE].boolean};
    struct view reason = values[COLUMN_REASON].null ? VIEW("") : values[COLUMN_REASON].text;

    if (!stage_by_name(values[COLUMN_STAGE].text, &unit.stage))
        return err_set(err, ERR_CONFIG, "day %s: unknown stage \"%.*s\"", date_text(unit.day).s,
                       VIEW_ARG(values[COLUMN_STAGE].text));
    if (unit.incomplete)
        (void)snprintf(unit.reason, sizeof(unit.reason), "%.*s", VIEW_ARG(reason));
    *ret_unit = unit;
    return true;
}

bool unit_next(struct pg *pg, const struct unit_search *search, struct unit *ret_unit,
               bool *ret_found, struct err *err)
{
    struct view points[POINTS_MAX];
    size_t point_count = list_points(search->work, points);
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct pg_value values[COLUMN_COUNT];
    bool found;

    if (!pg_one(pg, &query_unit_claim,
                PG_PARAMS(pg_text(search->mchid), pg_date(search->after),
                          pg_texts(points, point_count), pg_instant(search->now)),
                &arena, &found, values, err) ||
        (found && !read_unit(values, ret_unit, err)))
        return err_wrap(err, "could not find a day of merchant %.*s", VIEW_ARG(search->mchid));
    *ret_found = found;
    return true;
}

bool unit_claim(struct pg *pg, const struct unit_search *search, struct unit *ret_unit,
                bool *ret_found, struct err *err)
{
    struct unit unit;
    bool found, done;

    if (!pg_begin(pg, PG_READ_WRITE, err))
        return false;
    done = unit_next(pg, search, &unit, &found, err);
    /* Nothing was changed: that needs no flush of the write-ahead log. */
    pg_rollback(pg);
    if (!done)
        return false;
    if (found)
        *ret_unit = unit;
    *ret_found = found;
    return true;
}

bool unit_get(struct pg *pg, struct view mchid, struct date day, struct unit *ret_unit,
              bool *ret_found, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct pg_value values[COLUMN_COUNT];
    bool found;

    if (!pg_one(pg, &query_unit_get, PG_PARAMS(pg_text(mchid), pg_date(day)), &arena, &found,
                values, err) ||
        (found && !read_unit(values, ret_unit, err)))
        return err_wrap(err, "could not read day %s of merchant %.*s", date_text(day).s,
                        VIEW_ARG(mchid));
    *ret_found = found;
    return true;
}

bool unit_mark(struct pg *pg, struct view mchid, struct date day, enum unit_stage stage,
               struct instant now, struct err *err)
{
    return pg_run(pg, &query_unit_mark,
                  PG_PARAMS(pg_text(mchid), pg_date(day), pg_text(view_of(stage_names[stage])),
                            pg_instant(now)),
                  NULL, err);
}

bool unit_mark_fetched(struct pg *pg, struct view mchid, struct date day,
                       const struct unit_fetched *fetched, struct err *err)
{
    const struct instant *checked_at = fetched->checked_at;
    struct view kinds[EVIDENCE_KIND_COUNT];

    assert(fetched->count <= EVIDENCE_KIND_COUNT);
    for (size_t i = 0; i < fetched->count; i++)
        kinds[i] = view_of(fetched->kinds[i]);
    return pg_run(pg, &query_unit_fetched,
                  PG_PARAMS(pg_text(mchid), pg_date(day), pg_texts(kinds, fetched->count),
                            checked_at != NULL ? pg_instant(*checked_at) : pg_null(PG_INSTANT),
                            pg_instant(fetched->at)),
                  NULL, err);
}

bool unit_mark_incomplete(struct pg *pg, struct view mchid, struct date day,
                          const struct unit_failure *failure, struct err *err)
{
    const struct instant *next = failure->next_try;

    return pg_run(pg, &query_unit_incomplete,
                  PG_PARAMS(pg_text(mchid), pg_date(day), pg_text(view_of(failure->reason)),
                            next != NULL ? pg_instant(*next) : pg_null(PG_INSTANT),
                            pg_instant(failure->at)),
                  NULL, err);
}

bool unit_mark_checked(struct pg *pg, struct view mchid, struct date day, struct instant now,
                       struct err *err)
{
    return pg_run(pg, &query_unit_checked, PG_PARAMS(pg_text(mchid), pg_date(day), pg_instant(now)),
                  NULL, err);
}
