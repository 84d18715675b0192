#include "pg/migrate.h"

#include "crypto/digest.h"
#include "pg/sql_text.h"
#include "queries.h"
#include "session.h"

#include <assert.h>
#include <stdio.h>

#define MIGRATE_LOCK VIEW("payrecon migrate")

/* One statement of a migration, terminated for libpq. */
enum { STATEMENT_MAX = 1024 * 1024 };

static struct digest_text checksum(const struct migration *migration)
{
    struct digest_value value = digest_of(DIGEST_SHA256, view_of(migration->text));

    return digest_text(&value);
}

/* What the database has against what this program has, row by row. */
struct comparison {
    const struct migrate_plan *plan;
    size_t applied;
};

static bool compare_applied(void *context, const struct pg_value *values, struct err *err)
{
    struct comparison *comparison = context;
    const struct migration *migration = &comparison->plan->at[comparison->applied];
    long long version = values[0].int8;

    if (comparison->applied == comparison->plan->count) {
        err_set(err, ERR_CONFIG, "the database has migration %04lld %.*s, this program does not",
                version, VIEW_ARG(values[1].text));
        return err_hint(err, "use the newer payrecon that migrated it");
    }
    if (version != migration->number || !view_equal_text(values[1].text, migration->name))
        return err_set(err, ERR_CONFIG,
                       "migration %04d_%s: the database has %04lld_%.*s in its place",
                       migration->number, migration->name, version, VIEW_ARG(values[1].text));
    if (!view_equal_text(values[2].text, checksum(migration).s))
        return err_set(err, ERR_CONFIG, "migration %04d_%s: changed after it was applied",
                       migration->number, migration->name);
    comparison->applied++;
    return true;
}

/* Counts the migrations that are applied and checks that they are ours. */
static bool count_applied(struct pg *pg, const struct migrate_plan *plan, size_t *ret_applied,
                          struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct comparison comparison = {.plan = plan};
    struct pg_value known = {.boolean = false};
    bool found;

    if (!pg_one(pg, &query_migration_known, PG_NO_PARAMS, &arena, &found, &known, err))
        return false;
    if (known.boolean &&
        !pg_each(pg, &query_migration_list, PG_NO_PARAMS, compare_applied, &comparison, err))
        return false;
    *ret_applied = comparison.applied;
    return true;
}

static bool run_statements(struct pg *pg, const char *text, struct err *err)
{
    CLEANUP(buf_release) struct buf statement = BUF_INIT(STATEMENT_MAX);
    struct view rest = view_of(text);
    struct view part;
    int number = 0;

    while (sql_take_statement(&rest, &part)) {
        char what[32];

        number++;
        (void)snprintf(what, sizeof(what), "statement %d", number);
        buf_clear(&statement);
        buf_add_view(&statement, part);
        if (statement.overflowed)
            return err_set(err, ERR_LIMIT, "%s: longer than %d bytes", what, STATEMENT_MAX);
        if (!session_run_text(pg, buf_text(&statement), what, err))
            return false;
    }
    return true;
}

static bool apply_inside(struct pg *pg, const struct migration *migration, struct err *err)
{
    if (!run_statements(pg, migration->text, err))
        return false;
    return pg_run(pg, &query_migration_insert,
                  PG_PARAMS(pg_int4(migration->number), pg_text(view_of(migration->name)),
                            pg_text(view_of(checksum(migration).s))),
                  /* ret_count= */ NULL, err);
}

static bool apply(struct pg *pg, const struct migration *migration, struct err *err)
{
    if (!pg_begin(pg, PG_READ_WRITE, err))
        return false;
    if (!apply_inside(pg, migration, err) || !pg_commit(pg, err)) {
        pg_rollback(pg);
        /* "run payrecon migrate", which the room says of missing tables, is no advice here */
        return err_hint(err, "nothing of this migration was kept");
    }
    return true;
}

static bool run_due(struct pg *pg, const struct migrate_plan *plan, size_t applied, struct err *err)
{
    if (!plan->dry_run && applied < plan->count &&
        !pg_run(pg, &query_migration_prepare, PG_NO_PARAMS, /* ret_count= */ NULL, err))
        return false;
    for (size_t i = applied; i < plan->count; i++) {
        const struct migration *migration = &plan->at[i];

        assert(migration->number == (int)i + 1);
        if (plan->step != NULL)
            plan->step(plan->context, migration);
        if (!plan->dry_run && !apply(pg, migration, err))
            return err_wrap(err, "migration %04d_%s", migration->number, migration->name);
    }
    return true;
}

static bool run_locked(struct pg *pg, const struct migrate_plan *plan, size_t *ret_due,
                       struct err *err)
{
    size_t applied = 0;

    if (!count_applied(pg, plan, &applied, err) || !run_due(pg, plan, applied, err))
        return false;
    *ret_due = plan->count - applied;
    return true;
}

bool migrate_run(struct pg *pg, const struct migrate_plan *plan, size_t *ret_due, struct err *err)
{
    struct err release = ERR_INIT;
    bool held = false;
    bool good;

    if (!pg_lock_try(pg, MIGRATE_LOCK, &held, err))
        return false;
    if (!held)
        return err_set(err, ERR_LATER, "another payrecon migrate is at work");

    good = run_locked(pg, plan, ret_due, err);
    /* A lock that cannot be given back goes with the connection, and the next call will tell. */
    (void)pg_lock_release(pg, MIGRATE_LOCK, &release);
    return good;
}
