#include "base/block_ring.h"
#include "base/memory.h"
#include "pg/binary.h"
#include "session.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

/* A piece is large enough that the system call costs nothing per row and small enough for the
 * socket's buffer. Pieces wait in a ring for a thread that sends them: the server stands still
 * for many milliseconds whenever a segment of its log is full, and the caller must not. A row may
 * be larger than a piece; ROW_MAX is above every row that we store (a bill_chunk is the largest).
 */
enum { PIECE_SIZE = 32 * 1024, PIECES = 48, ROW_MAX = 64 * 1024 * 1024 };

static const char header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0"; /* flags 0, no extension */
enum { HEADER_SIZE = 19 };
_Static_assert(sizeof(header) == HEADER_SIZE, "the terminator is the last byte of the header");

static const char trailer[] = {'\377', '\377'};

struct pg_copy {
    struct pg *pg;
    const struct pg_query *query;
    struct buf rows; /* not yet in the ring */
    struct block_ring *ring;
    pthread_t sender; /* the only one that uses the connection until it is joined */
    bool joined;
    bool broken; /* by the server; written before the sender stops the ring */
};

static void *send_pieces(void *context)
{
    struct pg_copy *copy = context;
    struct view piece;

    while (!copy->broken && block_ring_take(copy->ring, &piece))
        copy->broken = PQputCopyData(copy->pg->connection, piece.at, (int)piece.length) != 1;
    if (copy->broken)
        block_ring_stop(copy->ring);
    return NULL;
}

/* Waits until everything was sent or the server has broken off. */
static void join(struct pg_copy *copy)
{
    int failed;

    if (copy->joined)
        return;
    copy->joined = true;
    block_ring_end(copy->ring);
    failed = pthread_join(copy->sender, NULL);
    assert(failed == 0);
}

/* A copy that the server has broken off already has its reason in the next result. */
static bool fail(struct pg_copy *copy, struct err *err)
{
    CLEANUP(result_done) PGresult *result = NULL;

    join(copy);
    result = PQgetResult(copy->pg->connection);
    return session_fail_query(copy->pg, result, copy->query, err);
}

static bool put_rows(struct pg_copy *copy, struct err *err)
{
    if (!block_ring_put(copy->ring, buf_view(&copy->rows)))
        return fail(copy, err);
    buf_clear(&copy->rows);
    return true;
}

bool pg_copy_in(struct pg *pg, const struct pg_query *query, struct pg_copy **ret_copy,
                struct err *err)
{
    CLEANUP(result_done) PGresult *result = PQexec(pg->connection, query->text);
    struct pg_copy *copy;
    int failed;

    if (PQresultStatus(result) != PGRES_COPY_IN)
        return session_fail_query(pg, result, query, err);

    assert((size_t)PQnfields(result) == query->param_count && PQbinaryTuples(result));
    copy = memory_alloc(sizeof(*copy));
    copy->pg = pg;
    copy->query = query;
    copy->rows = BUF_INIT(PIECE_SIZE + ROW_MAX);
    buf_add(&copy->rows, header, HEADER_SIZE);
    copy->ring = block_ring_new(PIECES, PIECE_SIZE);
    failed = pthread_create(&copy->sender, NULL, send_pieces, copy);
    if (failed != 0)
        memory_exhausted(0);
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
    if (copy->rows.length + size > PIECE_SIZE && !put_rows(copy, err))
        return false;
    to = buf_reserve(&copy->rows, size);
    assert(to != NULL);
    binary_put_row(to, values, count);
    buf_grown(&copy->rows, size);
    return true;
}

static void release(struct pg_copy *copy)
{
    block_ring_free(copy->ring);
    buf_release(&copy->rows);
    free(copy);
}

static bool finish(struct pg_copy *copy, int64_t *ret_rows, struct err *err)
{
    CLEANUP(result_done) PGresult *result = NULL;
    PGconn *connection = copy->pg->connection;

    buf_add(&copy->rows, trailer, sizeof(trailer));
    if (!put_rows(copy, err))
        return false;
    join(copy);
    if (copy->broken || PQputCopyEnd(connection, /* errormsg= */ NULL) != 1)
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
    join(copy);
    (void)PQputCopyEnd(copy->pg->connection, "given up by the client");
    session_drain(copy->pg);
    release(copy);
}
