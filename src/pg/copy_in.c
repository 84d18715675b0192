#include "pg/binary.h"
#include "session.h"

#include <assert.h>
#include <stdlib.h>

/* A piece is large enough that the system call costs nothing per row and small enough for the
 * socket's buffer: a larger one blocks until the server has read most of it, and both sides then
 * take turns instead of working beside each other. A row may be larger than a piece; ROW_MAX is
 * above every row that we store (a bill_chunk is the largest). */
enum { PIECE_SIZE = 32 * 1024, ROW_MAX = 64 * 1024 * 1024 };

static const char header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0"; /* flags 0, no extension */
enum { HEADER_SIZE = 19 };
_Static_assert(sizeof(header) == HEADER_SIZE, "the terminator is the last byte of the header");

static const char trailer[] = {'\377', '\377'};

struct pg_copy {
    struct pg *pg;
    const struct pg_query *query;
    struct buf piece;
};

/* A copy that the server has broken off already has its reason in the next result. */
static bool fail(struct pg_copy *copy, struct err *err)
{
    CLEANUP(result_done) PGresult *result = PQgetResult(copy->pg->connection);

    return session_fail_query(copy->pg, result, copy->query, err);
}

static bool send_piece(struct pg_copy *copy, struct err *err)
{
    struct buf *piece = &copy->piece;

    if (PQputCopyData(copy->pg->connection, piece->at, (int)piece->length) != 1)
        return fail(copy, err);
    buf_clear(piece);
    return true;
}

bool pg_copy_in(struct pg *pg, const struct pg_query *query, struct pg_copy **ret_copy,
                struct err *err)
{
    CLEANUP(result_done) PGresult *result = PQexec(pg->connection, query->text);
    struct pg_copy *copy;

    if (PQresultStatus(result) != PGRES_COPY_IN)
        return session_fail_query(pg, result, query, err);

    assert((size_t)PQnfields(result) == query->param_count && PQbinaryTuples(result));
    copy = memory_alloc(sizeof(*copy));
    copy->pg = pg;
    copy->query = query;
    copy->piece = BUF_INIT(PIECE_SIZE + ROW_MAX);
    buf_add(&copy->piece, header, HEADER_SIZE);
    *ret_copy = copy;
    return true;
}

bool pg_copy_in_row(struct pg_copy *copy, const struct pg_value *values, struct err *err)
{
    size_t count = copy->query->param_count;
    size_t size = binary_row_size(values, count);
    char *to;

    for (size_t i = 0; i < count; i++)
        assert(values[i].type == copy->query->params[i]);
    if (size > ROW_MAX)
        return err_set(err, ERR_LIMIT, "query %s: a row of %zu bytes, at most %d are stored",
                       copy->query->name, size, ROW_MAX);
    if (copy->piece.length + size > PIECE_SIZE && !send_piece(copy, err))
        return false;
    to = buf_reserve(&copy->piece, size);
    assert(to != NULL);
    binary_put_row(to, values, count);
    buf_grown(&copy->piece, size);
    return true;
}

static void release(struct pg_copy *copy)
{
    buf_release(&copy->piece);
    free(copy);
}

static bool finish(struct pg_copy *copy, int64_t *ret_rows, struct err *err)
{
    CLEANUP(result_done) PGresult *result = NULL;
    PGconn *connection = copy->pg->connection;

    buf_add(&copy->piece, trailer, sizeof(trailer));
    if (!send_piece(copy, err))
        return false;
    if (PQputCopyEnd(connection, /* errormsg= */ NULL) != 1)
        return fail(copy, err);

    result = PQgetResult(connection);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        return session_fail_query(copy->pg, result, copy->query, err);

    if (!view_to_int64(view_of(PQcmdTuples(result)), 0, INT64_MAX, ret_rows))
        return err_set(err, ERR_BUG, "query %s: no count of rows", copy->query->name);
    return true;
}

bool pg_copy_in_finish(struct pg_copy *copy, int64_t *ret_rows, struct err *err)
{
    bool good = finish(copy, ret_rows, err);

    pg_copy_in_abort(copy);
    return good;
}

/* After a good finish the copy has ended and nothing is left to abort. */
void pg_copy_in_abort(struct pg_copy *copy)
{
    (void)PQputCopyEnd(copy->pg->connection, "given up by the client");
    session_drain(copy->pg);
    release(copy);
}
