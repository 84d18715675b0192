/* What the files of this room share and nobody else sees: the connection itself, prepared queries,
 * how a result becomes an error. */
#ifndef SRC_PG_SESSION_H
#define SRC_PG_SESSION_H

#include "pg/pg.h"

#include <libpq-fe.h>

enum { SQLSTATE_SIZE = 6 };

/* A query that the server knows under its name, on this connection. */
struct session_prepared {
    const struct pg_query *query;
    bool fits; /* its columns were checked */
};

struct pg {
    PGconn *connection;
    char sqlstate[SQLSTATE_SIZE];
    struct session_prepared *prepared;
    size_t prepared_count;
    size_t prepared_capacity;
};

DEFINE_CLEANUP(result_done, PGresult, PQclear)

/* Parameters as libpq wants them. Texts are pointed at, everything else is written into `bytes`. */
struct session_params {
    const char *values[PG_PARAMS_MAX];
    int lengths[PG_PARAMS_MAX];
    int formats[PG_PARAMS_MAX];
    struct buf bytes;
};

/* Asserts that the parameters fit the query. The result points into `params` and lives as long;
 * release it also when it was never filled. */
void session_params_fill(struct session_params *target, const struct pg_query *query,
                         const struct pg_value *params, size_t count);
void session_params_release(struct session_params *target);

/* Prepares the query once per connection and checks that the server's columns are the declared
 * ones: ERR_CONFIG when they are not. */
bool session_prepare(struct pg *pg, const struct pg_query *query, struct err *err);

/* Sets `err` from a failed result, NULL when there was none, under the name of what was done.
 * Returns false. */
bool session_fail(struct pg *pg, const PGresult *result, const char *what, struct err *err);

bool session_fail_query(struct pg *pg, const PGresult *result, const struct pg_query *query,
                        struct err *err);

/* One statement without parameters and rows: protocol words and migrations. `what` goes into
 * messages. */
bool session_run_text(struct pg *pg, const char *text, const char *what, struct err *err);

/* Takes results until the connection is free again. */
void session_drain(struct pg *pg);

#endif
