/* One connection to PostgreSQL: typed parameters in, typed columns out. The only room that knows
 * libpq; nobody else sees a PGresult.
 *
 * There is no general text query. Every statement is a file of sql/queries, embedded at build time
 * together with the types of its parameters and columns (build/gen/queries.h declares
 * `query_<name>`); a call that does not fit those types is a bug and asserts. All values travel in
 * binary. The session runs with time zone UTC, client encoding UTF8, search_path empty (names in
 * queries are qualified), a statement_timeout and application_name "payrecon".
 *
 * Errors: callers branch on the kind only. ERR_UNAVAILABLE connection lost or not made, server
 * shutting down or full (08, 53, 57P); ERR_LATER serialisation failure, deadlock, lock not
 * available, statement timeout (40001, 40P01, 55P03, 57014); ERR_DATA other constraint and data
 * errors (22, 23 and P0001 raised by our functions); ERR_ACCESS no permission or wrong password
 * (28, 42501); ERR_CONFIG schema or relation missing (3F000, 42P01, 42703, 42883: "run payrecon
 * migrate"), columns of other types than declared, connection settings that cannot be read; ERR_IO
 * disk full or failing (53100, 58030); ERR_BUG other statement errors. After an error inside a
 * transaction only pg_rollback is allowed. Nothing is retried here. Messages carry the server's
 * primary message and SQLSTATE, never its detail, which may hold values of rows.
 *
 * A connection belongs to one thread at a time. */
#ifndef PG_PG_H
#define PG_PG_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/date.h"
#include "base/err.h"
#include "base/memory.h"
#include "base/money.h"

struct pg;

enum pg_type {
    PG_TEXT,
    PG_INT8,
    PG_INT4,
    PG_BOOL,
    PG_DATE,
    PG_INSTANT,
    PG_BYTES,
    PG_TEXTS,
    PG_JSON
};

enum { PG_PARAMS_MAX = 32, PG_COLUMNS_MAX = 40 };

struct pg_column_type {
    const char *name;
    enum pg_type type;
    bool nullable;
};

/* One file of sql/queries. */
struct pg_query {
    const char *name;
    const char *text;
    size_t param_count;
    enum pg_type params[PG_PARAMS_MAX];
    size_t column_count;
    struct pg_column_type columns[PG_COLUMNS_MAX];
};

/* A parameter or a value read. `null` makes the rest meaningless. Money is PG_INT8 in fen. */
struct pg_value {
    enum pg_type type;
    bool null;
    union {
        struct view text;  /* PG_TEXT, PG_JSON */
        struct view bytes; /* PG_BYTES */
        int64_t int8;      /* PG_INT8, PG_INT4 */
        bool boolean;
        struct date date;
        struct instant instant;
        struct {
            const struct view *at;
            size_t count;
        } texts; /* PG_TEXTS: parameters only, no NULL elements */
    };
};

struct pg_value pg_text(struct view text);
struct pg_value pg_text_or_null(struct view text); /* empty view: NULL */
struct pg_value pg_int8(int64_t value);
struct pg_value pg_int4(int32_t value);
struct pg_value pg_bool(bool value);
struct pg_value pg_date(struct date date);
struct pg_value pg_instant(struct instant instant);
struct pg_value pg_bytes(struct view bytes);
struct pg_value pg_texts(const struct view *at, size_t count);
struct pg_value pg_json(struct view text);
struct pg_value pg_null(enum pg_type type);

/* How many rows of parameters or values an array literal has. */
#define PG_PARAMS(...)                                                                             \
    ((const struct pg_value[]){__VA_ARGS__}),                                                      \
        (sizeof((const struct pg_value[]){__VA_ARGS__}) / sizeof(struct pg_value))
#define PG_NO_PARAMS ((const struct pg_value *)NULL), ((size_t)0)

/* Connects within ten seconds. `conninfo` is libpq's; its password never reaches a message. */
bool pg_open(const char *conninfo, struct pg **ret_pg, struct err *err);
void pg_close(struct pg *pg);
DEFINE_CLEANUP(pg_done, struct pg, pg_close)

/* Milliseconds; 0 is no limit. Set at once for the session (default 10 minutes). */
bool pg_set_statement_timeout(struct pg *pg, int64_t timeout_ms, struct err *err);

enum pg_mode {
    PG_READ_WRITE, /* read committed */
    PG_SNAPSHOT,   /* repeatable read, read only */
};

bool pg_begin(struct pg *pg, enum pg_mode mode, struct err *err);
bool pg_commit(struct pg *pg, struct err *err); /* failpoints "commit-before", "commit-after" */
void pg_rollback(struct pg *pg); /* no effect outside a transaction; a broken connection is noticed
                                    by the next call */

/* A statement without rows (INSERT, UPDATE, function returning void). `ret_count`, may be NULL:
 * rows touched. */
bool pg_run(struct pg *pg, const struct pg_query *query, const struct pg_value *params,
            size_t count, int64_t *ret_count, struct err *err);

/* At most one row: `ret_found` false without one; two are a bug. `values` has the query's columns
 * in order and is written only when found; texts live in `arena`. */
bool pg_one(struct pg *pg, const struct pg_query *query, const struct pg_value *params,
            size_t count, struct arena *arena, bool *ret_found, struct pg_value *ret_values,
            struct err *err);

/* Every row, streamed (memory independent of their number). Values and texts are valid during the
 * call only. The callback returns false with `err` set to stop; that error is then the result. The
 * connection cannot be used inside the callback. */
typedef bool pg_row_function(void *context, const struct pg_value *values, struct err *err);
bool pg_each(struct pg *pg, const struct pg_query *query, const struct pg_value *params,
             size_t count, pg_row_function *function, void *context, struct err *err);

/* As pg_each through binary COPY: `query` is a SELECT; the room wraps it and puts parameters in as
 * typed literals (COPY takes none). The fast way for a million rows. NULLs only where the column is
 * declared nullable, else ERR_DATA naming query and column. */
bool pg_copy_out(struct pg *pg, const struct pg_query *query, const struct pg_value *params,
                 size_t count, pg_row_function *function, void *context, struct err *err);

/* Binary COPY into a table, inside a transaction of the caller's. `query` is the file's `COPY t (…)
 * FROM STDIN (FORMAT binary)`, its declared *params* are the columns. Rows are sent in large
 * pieces by a thread of the copy's own, which alone uses `pg` until finish or abort; an error of
 * the server is told by a later row or by finish. After a failure or instead of finish:
 * pg_copy_in_abort, then roll back. */
struct pg_copy;
bool pg_copy_in(struct pg *pg, const struct pg_query *query, struct pg_copy **ret_copy,
                struct err *err);
bool pg_copy_in_row(struct pg_copy *copy, const struct pg_value *values, struct err *err);
bool pg_copy_in_finish(struct pg_copy *copy, int64_t *ret_rows, struct err *err); /* frees copy */
void pg_copy_in_abort(struct pg_copy *copy);                                      /* frees copy */

/* Session advisory lock on the connection itself (CITUS.md: taken alone). False in ret_held when
 * somebody else has it. */
bool pg_lock_try(struct pg *pg, struct view name, bool *ret_held, struct err *err);
bool pg_lock_release(struct pg *pg, struct view name, struct err *err);

/* The text of the newest server error's SQLSTATE, "" when there was none: for messages of `payrecon
 * doctor`. */
const char *pg_sqlstate(const struct pg *pg);

#endif
