/* Brings the schema `recon` up to the version that this program was built with.
 *
 * The migrations are the files of sql/migrations, embedded at build time and numbered from 1
 * without gaps. Each is applied in one transaction together with its row in recon.schema_migration
 * (number, name, SHA-256 of its text, time, who), statement by statement, because some statements
 * may not share a call (CITUS.md). Schema and table are made on first use: migration 1 finds the
 * schema there. An applied migration never changes: a different name or checksum is ERR_CONFIG and
 * nothing is done. So is a database that is newer than the program. Two migrators at once: the
 * second gets ERR_LATER. */
#ifndef PG_MIGRATE_H
#define PG_MIGRATE_H

#include "pg/pg.h"

/* One file of sql/migrations. */
struct migration {
    int number;
    const char *name;
    const char *text;
};

/* All of them in order; an entry with a NULL name ends the array and is not counted. */
extern const struct migration migrations[];
extern const size_t migration_count;

/* Called for each migration that is due, before it is applied. */
typedef void migrate_step_function(void *context, const struct migration *migration);

struct migrate_plan {
    const struct migration *at; /* `migrations`, or a test's own */
    size_t count;
    bool dry_run;                /* only call `step` */
    migrate_step_function *step; /* may be NULL */
    void *context;
};

/* Outside a transaction. `ret_due` is how many were due (and, unless dry_run, are applied now).
 * After a failure the migrations before the failing one stay applied. */
bool migrate_run(struct pg *pg, const struct migrate_plan *plan, size_t *ret_due, struct err *err);

#endif
