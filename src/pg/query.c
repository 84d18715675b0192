#include "pg/binary.h"
#include "session.h"

#include <assert.h>
#include <stdlib.h>

enum { PARAM_BYTES_MAX = BINARY_VALUE_SIZE_MAX, PREPARED_FIRST = 32, OID_VOID = 2278 };

/* Every format code in libpq is 0 for text and 1 for binary. */
enum { FORMAT_BINARY = 1 };

static bool is_bytes(enum pg_type type)
{
    return type == PG_TEXT || type == PG_BYTES || type == PG_JSON;
}

void session_params_fill(struct session_params *target, const struct pg_query *query,
                         const struct pg_value *params, size_t count)
{
    size_t size = 0;
    char *to;

    assert(count == query->param_count);
    for (size_t i = 0; i < count; i++) {
        assert(params[i].type == query->params[i]);
        size += is_bytes(params[i].type) ? 0 : binary_size(&params[i]);
    }
    target->bytes = BUF_INIT(PARAM_BYTES_MAX);
    to = buf_reserve(&target->bytes, size);
    assert(to != NULL);
    for (size_t i = 0; i < count; i++) {
        size_t length = binary_size(&params[i]);

        assert(length <= BINARY_VALUE_SIZE_MAX);
        target->formats[i] = FORMAT_BINARY;
        target->lengths[i] = (int)length;
        target->values[i] = to;
        if (params[i].null)
            target->values[i] = NULL;
        else if (is_bytes(params[i].type))
            target->values[i] = length == 0 ? "" : params[i].text.at;
        else
            to = binary_put(to, &params[i]);
    }
}

void session_params_release(struct session_params *target)
{
    buf_release(&target->bytes);
}

static struct session_prepared *find_prepared(struct pg *pg, const struct pg_query *query)
{
    for (size_t i = 0; i < pg->prepared_count; i++) {
        if (pg->prepared[i].query == query)
            return &pg->prepared[i];
    }
    return NULL;
}

static struct session_prepared *add_prepared(struct pg *pg, const struct pg_query *query)
{
    if (pg->prepared_count == pg->prepared_capacity) {
        pg->prepared_capacity =
            pg->prepared_capacity == 0 ? PREPARED_FIRST : 2 * pg->prepared_capacity;
        pg->prepared = memory_resize(pg->prepared, pg->prepared_capacity, sizeof(pg->prepared[0]));
    }
    pg->prepared[pg->prepared_count] = (struct session_prepared){.query = query};
    return &pg->prepared[pg->prepared_count++];
}

/* A schema or a contract view of another shape must not be read by position and luck. */
static bool check_columns(const struct pg_query *query, const PGresult *described, struct err *err)
{
    int count = PQnfields(described);

    /* SELECT of a function that returns nothing */
    if (query->column_count == 0 && count == 1 && PQftype(described, 0) == OID_VOID)
        return true;
    if ((size_t)count != query->column_count)
        return err_set(err, ERR_CONFIG, "query %s: %d columns, expected %zu", query->name, count,
                       query->column_count);
    for (int i = 0; i < count; i++) {
        const struct pg_column_type *column = &query->columns[i];

        if (!binary_readable(column->type, PQftype(described, i)))
            return err_set(err, ERR_CONFIG, "query %s: column %s is not of type %s", query->name,
                           column->name, binary_type_name(column->type));
    }
    return true;
}

static bool prepare(struct pg *pg, const struct pg_query *query, struct err *err)
{
    CLEANUP(result_done) PGresult *result = NULL;
    Oid oids[PG_PARAMS_MAX];

    for (size_t i = 0; i < query->param_count; i++)
        oids[i] = binary_oid(query->params[i]);
    result = PQprepare(pg->connection, query->name, query->text, (int)query->param_count, oids);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        return session_fail_query(pg, result, query, err);
    return true;
}

static bool describe(struct pg *pg, const struct pg_query *query, struct err *err)
{
    CLEANUP(result_done) PGresult *result = PQdescribePrepared(pg->connection, query->name);

    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        return session_fail_query(pg, result, query, err);
    return check_columns(query, result, err);
}

bool session_prepare(struct pg *pg, const struct pg_query *query, struct err *err)
{
    struct session_prepared *entry = find_prepared(pg, query);

    if (entry == NULL) {
        if (!prepare(pg, query, err))
            return false;
        entry = add_prepared(pg, query);
    }
    if (!entry->fits)
        entry->fits = describe(pg, query, err);
    return entry->fits;
}

/* Runs a prepared query whole, not row by row. */
static PGresult *execute(struct pg *pg, const struct pg_query *query, const struct pg_value *params,
                         size_t count)
{
    CLEANUP(session_params_release) struct session_params bound = {.bytes = BUF_INIT(0)};

    session_params_fill(&bound, query, params, count);
    return PQexecPrepared(pg->connection, query->name, (int)count, bound.values, bound.lengths,
                          bound.formats, FORMAT_BINARY);
}

static bool read_row(const struct pg_query *query, const PGresult *result, struct pg_value *values,
                     struct err *err)
{
    for (size_t i = 0; i < query->column_count; i++) {
        const struct pg_column_type *column = &query->columns[i];
        struct view bytes;

        if (PQgetisnull(result, 0, (int)i)) {
            if (!column->nullable)
                return err_set(err, ERR_DATA, "query %s: column %s: NULL where none is allowed",
                               query->name, column->name);
            values[i] = pg_null(column->type);
            continue;
        }
        bytes = view_from(PQgetvalue(result, 0, (int)i), (size_t)PQgetlength(result, 0, (int)i));
        if (!binary_read(column->type, bytes, &values[i]))
            return err_set(err, ERR_DATA,
                           "query %s: column %s: not a value of type %s, or out of range",
                           query->name, column->name, binary_type_name(column->type));
    }
    return true;
}

bool pg_run(struct pg *pg, const struct pg_query *query, const struct pg_value *params,
            size_t count, int64_t *ret_count, struct err *err)
{
    CLEANUP(result_done) PGresult *result = NULL;
    ExecStatusType status;

    assert(query->column_count == 0);
    if (!session_prepare(pg, query, err))
        return false;
    result = execute(pg, query, params, count);
    status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        return session_fail_query(pg, result, query, err);

    /* The count is empty for statements that touch no rows by nature. */
    if (ret_count != NULL && !view_to_int64(view_of(PQcmdTuples(result)), 0, INT64_MAX, ret_count))
        *ret_count = 0;
    return true;
}

/* The result dies before the caller has read its values, so their bytes move into the arena. */
static void keep_texts(const struct pg_query *query, struct arena *arena, struct pg_value *values)
{
    for (size_t i = 0; i < query->column_count; i++) {
        struct view *text = &values[i].text;

        if (!values[i].null && is_bytes(values[i].type))
            *text = view_from(arena_copy(arena, text->at, text->length), text->length);
    }
}

bool pg_one(struct pg *pg, const struct pg_query *query, const struct pg_value *params,
            size_t count, struct arena *arena, bool *ret_found, struct pg_value *ret_values,
            struct err *err)
{
    CLEANUP(result_done) PGresult *result = NULL;
    struct pg_value values[PG_COLUMNS_MAX];
    int rows;

    assert(query->column_count > 0);
    if (!session_prepare(pg, query, err))
        return false;
    result = execute(pg, query, params, count);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        return session_fail_query(pg, result, query, err);

    rows = PQntuples(result);
    assert(rows <= 1);
    if (rows == 1) {
        if (!read_row(query, result, values, err))
            return false;
        keep_texts(query, arena, values);
        for (size_t i = 0; i < query->column_count; i++)
            ret_values[i] = values[i];
    }
    *ret_found = rows == 1;
    return true;
}

/* Sends a prepared query so that its rows come one result each. */
static bool send_for_rows(struct pg *pg, const struct pg_query *query,
                          const struct pg_value *params, size_t count, struct err *err)
{
    CLEANUP(session_params_release) struct session_params bound = {.bytes = BUF_INIT(0)};
    int sent;

    session_params_fill(&bound, query, params, count);
    sent = PQsendQueryPrepared(pg->connection, query->name, (int)count, bound.values, bound.lengths,
                               bound.formats, FORMAT_BINARY);
    if (sent == 0)
        return session_fail_query(pg, /* result= */ NULL, query, err);

    sent = PQsetSingleRowMode(pg->connection);
    assert(sent == 1);
    return true;
}

bool pg_each(struct pg *pg, const struct pg_query *query, const struct pg_value *params,
             size_t count, pg_row_function *function, void *context, struct err *err)
{
    struct pg_value values[PG_COLUMNS_MAX];

    assert(query->column_count > 0);
    if (!session_prepare(pg, query, err) || !send_for_rows(pg, query, params, count, err))
        return false;
    for (;;) {
        CLEANUP(result_done) PGresult *result = PQgetResult(pg->connection);
        ExecStatusType status = PQresultStatus(result);
        bool good;

        if (status == PGRES_SINGLE_TUPLE)
            good = read_row(query, result, values, err) && function(context, values, err);
        else
            good = status == PGRES_TUPLES_OK || session_fail_query(pg, result, query, err);
        if (!good || status != PGRES_SINGLE_TUPLE) {
            /* Reading the rest is slower than cancelling but cannot hit a later statement. */
            session_drain(pg);
            return good;
        }
    }
}
