#include "pg/pg.h"

#include "base/failpoint.h"
#include "queries.h"
#include "session.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_TIMEOUT_S "10"
#define STATEMENT_TIMEOUT_MS INT64_C(600000)

enum { MESSAGE_MAX = ERR_TEXT_MAX, QUERY_LABEL_MAX = 80 };

static void ignore_notice(void *context, const char *message)
{
    (void)context;
    (void)message;
}

/* libpq's messages have several lines and end in a newline; ours have one. */
static void add_line(struct buf *line, const char *message)
{
    struct view rest = view_trim(view_of(message));
    struct view part;

    while (view_take(&rest, '\n', &part)) {
        part = view_trim(part);
        if (line->length > 0 && part.length > 0)
            buf_add_byte(line, ' ');
        buf_add_view(line, part);
    }
}

/* Settings that libpq cannot read may hold a password anywhere, so nothing of them is shown. */
static bool check_conninfo(const char *conninfo, struct err *err)
{
    char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(conninfo, &message);

    PQfreemem(message);
    if (options == NULL) {
        err_set(err, ERR_CONFIG, "the connection settings of PostgreSQL are not understood");
        return err_hint(err, "write them as \"host=… dbname=…\" or \"postgresql://…\"");
    }
    PQconninfoFree(options);
    return true;
}

static PGconn *connect_to(const char *conninfo)
{
    /* Later ones win: ours in front are defaults, ours behind are not for discussion. */
    const char *const keywords[] = {"connect_timeout", "application_name", "dbname",
                                    "client_encoding", NULL};
    const char *const values[] = {CONNECT_TIMEOUT_S, "payrecon", conninfo, "UTF8", NULL};

    return PQconnectdbParams(keywords, values, /* expand_dbname= */ 1);
}

static bool fail_open(const PGconn *connection, struct err *err)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(MESSAGE_MAX);
    bool password = PQconnectionNeedsPassword(connection) || PQconnectionUsedPassword(connection);

    add_line(&line, PQerrorMessage(connection));
    return err_set(err, password ? ERR_ACCESS : ERR_UNAVAILABLE,
                   "could not connect to PostgreSQL: %s", buf_text(&line));
}

static struct view timeout_text(int64_t timeout_ms, struct buf *text)
{
    buf_add_format(text, "%lld", (long long)timeout_ms);
    return buf_view(text);
}

static bool start_session(struct pg *pg, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    CLEANUP(buf_release) struct buf text = BUF_INIT(32);
    struct pg_value values[PG_COLUMNS_MAX];
    bool found;

    PQsetNoticeProcessor(pg->connection, ignore_notice, /* arg= */ NULL);
    if (!pg_one(pg, &query_session_start,
                PG_PARAMS(pg_text(timeout_text(STATEMENT_TIMEOUT_MS, &text))), &arena, &found,
                values, err))
        return err_wrap(err, "could not start the session");
    return true;
}

bool pg_open(const char *conninfo, struct pg **ret_pg, struct err *err)
{
    CLEANUP(pg_done) struct pg *pg = NULL;

    if (!check_conninfo(conninfo, err))
        return false;
    pg = memory_alloc(sizeof(*pg));
    pg->connection = connect_to(conninfo);
    if (pg->connection == NULL)
        memory_exhausted(sizeof(*pg));
    if (PQstatus(pg->connection) != CONNECTION_OK)
        return fail_open(pg->connection, err);

    if (!start_session(pg, err))
        return false;
    *ret_pg = pg;
    pg = NULL;
    return true;
}

void pg_close(struct pg *pg)
{
    if (pg == NULL)
        return;
    PQfinish(pg->connection);
    free(pg->prepared);
    free(pg);
}

bool pg_set_statement_timeout(struct pg *pg, int64_t timeout_ms, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    CLEANUP(buf_release) struct buf text = BUF_INIT(32);
    struct pg_value value;
    bool found;

    assert(timeout_ms >= 0 && timeout_ms <= INT32_MAX);
    return pg_one(pg, &query_session_timeout, PG_PARAMS(pg_text(timeout_text(timeout_ms, &text))),
                  &arena, &found, &value, err);
}

const char *pg_sqlstate(const struct pg *pg)
{
    return pg->sqlstate;
}

/* What a caller does about a SQLSTATE: the longest prefix decides, so specific codes stand before
 * their class. */
static const struct {
    const char *prefix;
    enum err_kind kind;
} reactions[] = {
    {"08", ERR_UNAVAILABLE}, /* connection */
    {"22", ERR_DATA},         {"23", ERR_DATA},      {"28", ERR_ACCESS},
    {"3F000", ERR_CONFIG},    {"40001", ERR_LATER}, /* serialisation */
    {"40P01", ERR_LATER},                           /* deadlock */
    {"42501", ERR_ACCESS},    {"42703", ERR_CONFIG}, {"42883", ERR_CONFIG},
    {"42P01", ERR_CONFIG},    {"53100", ERR_IO}, /* disk full */
    {"53", ERR_UNAVAILABLE},                     /* connections, memory */
    {"55P03", ERR_LATER},                        /* lock not available */
    {"57014", ERR_LATER},                        /* statement timeout */
    {"57P", ERR_UNAVAILABLE},                    /* shutting down, crashed, starting */
    {"58030", ERR_IO},                           /* input or output error */
    {"P0001", ERR_DATA},
};

static enum err_kind reaction_to(const char *sqlstate)
{
    for (size_t i = 0; i < sizeof(reactions) / sizeof(reactions[0]); i++) {
        if (view_starts_with(view_of(sqlstate), view_of(reactions[i].prefix)))
            return reactions[i].kind;
    }
    return ERR_BUG;
}

bool session_fail(struct pg *pg, const PGresult *result, const char *what, struct err *err)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(MESSAGE_MAX);
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    pg->sqlstate[0] = '\0';
    if (sqlstate != NULL)
        (void)snprintf(pg->sqlstate, sizeof(pg->sqlstate), "%s", sqlstate);
    add_line(&line, primary != NULL ? primary : PQerrorMessage(pg->connection));
    if (PQstatus(pg->connection) == CONNECTION_BAD)
        return err_set(err, ERR_UNAVAILABLE, "%s: connection to PostgreSQL lost: %s", what,
                       buf_text(&line));
    if (sqlstate == NULL)
        return err_set(err, ERR_BUG, "%s: %s", what, buf_text(&line));
    /* Detail and context may hold values of rows, which are not for messages (DOMAIN §7). */
    err_set(err, reaction_to(pg->sqlstate), "%s: %s (%s)", what, buf_text(&line), pg->sqlstate);
    if (err->kind == ERR_CONFIG)
        err_hint(err, "run payrecon migrate");
    return false;
}

bool session_fail_query(struct pg *pg, const PGresult *result, const struct pg_query *query,
                        struct err *err)
{
    char what[QUERY_LABEL_MAX];

    (void)snprintf(what, sizeof(what), "query %s", query->name);
    return session_fail(pg, result, what, err);
}

bool session_run_text(struct pg *pg, const char *text, const char *what, struct err *err)
{
    CLEANUP(result_done) PGresult *result = PQexec(pg->connection, text);
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        return session_fail(pg, result, what, err);
    return true;
}

void session_drain(struct pg *pg)
{
    PGresult *result;

    while ((result = PQgetResult(pg->connection)) != NULL)
        PQclear(result);
}

bool pg_begin(struct pg *pg, enum pg_mode mode, struct err *err)
{
    PGTransactionStatusType status = PQtransactionStatus(pg->connection);

    assert(status == PQTRANS_IDLE || status == PQTRANS_UNKNOWN);
    switch (mode) {
    case PG_READ_WRITE:
        return session_run_text(pg, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", "begin",
                                err);
    case PG_SNAPSHOT:
        return session_run_text(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "begin",
                                err);
    }
    assert(false && "mode of pg.h");
    return false;
}

bool pg_commit(struct pg *pg, struct err *err)
{
    CLEANUP(result_done) PGresult *result = NULL;
    PGTransactionStatusType status = PQtransactionStatus(pg->connection);

    /* COMMIT of a failed transaction rolls back and reports success. */
    assert(status == PQTRANS_INTRANS || status == PQTRANS_UNKNOWN);
    failpoint_hit("commit-before");
    result = PQexec(pg->connection, "COMMIT");
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        return session_fail(pg, result, "commit", err);
    assert(strcmp(PQcmdStatus(result), "COMMIT") == 0);
    failpoint_hit("commit-after");
    return true;
}

void pg_rollback(struct pg *pg)
{
    PGTransactionStatusType status = PQtransactionStatus(pg->connection);

    assert(status != PQTRANS_ACTIVE);
    if (status == PQTRANS_INTRANS || status == PQTRANS_INERROR)
        PQclear(PQexec(pg->connection, "ROLLBACK"));
}

static bool ask_lock(struct pg *pg, const struct pg_query *query, struct view name, bool *ret_done,
                     struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct pg_value value = {.boolean = false};
    bool found;

    if (!pg_one(pg, query, PG_PARAMS(pg_text(name)), &arena, &found, &value, err))
        return false;
    assert(found);
    *ret_done = value.boolean;
    return true;
}

bool pg_lock_try(struct pg *pg, struct view name, bool *ret_held, struct err *err)
{
    return ask_lock(pg, &query_lock_try, name, ret_held, err);
}

bool pg_lock_release(struct pg *pg, struct view name, struct err *err)
{
    bool released = false;

    if (!ask_lock(pg, &query_lock_release, name, &released, err))
        return false;
    assert(released); /* giving back what one does not hold is a bug */
    return true;
}
