#include "run/bill_rows.h"

#include "base/block_ring.h"
#include "base/memory.h"
#include "bill_rows_batch.h"
#include "text/gzip.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct bill_rows {
    struct pg *pg;
    struct view mchid;
    struct date day;
    struct evidence_file file;
    struct gzip_reader *inflating;
    struct bill_reader *reader; /* made when the first bytes tell the dialect */
    struct batch *batch;        /* being filled; NULL: none */

    pthread_t thread;
    struct block_ring *ring; /* of struct batch */
    /* Written before the thread ends the ring. */
    enum bill_state state;
    struct bill_totals totals;
    struct err err;
};

/* ---- the thread ------------------------------------------------------------------------------ */

static void hand_on(struct bill_rows *rows)
{
    if (rows->batch != NULL)
        block_ring_hand_on(rows->ring, sizeof(*rows->batch));
    rows->batch = NULL;
}

/* Room for one more row whose texts take `size` bytes. */
static bool make_room(struct bill_rows *rows, size_t size, struct err *err)
{
    if (rows->batch != NULL && !batch_has_room(rows->batch, size))
        hand_on(rows);
    if (rows->batch != NULL)
        return true;
    rows->batch = (struct batch *)(void *)block_ring_room(rows->ring);
    if (rows->batch == NULL)
        return err_set(err, ERR_LATER, "stopped");
    batch_clear(rows->batch);
    return true;
}

static bool take_trade(void *context, const struct bill_row *row, struct err *err)
{
    struct bill_rows *rows = context;

    if (!make_room(rows, batch_trade_size(row), err))
        return false;
    batch_add_trade(rows->batch, row);
    return true;
}

static bool take_fund(void *context, const struct bill_fund_row *row, struct err *err)
{
    struct bill_rows *rows = context;

    if (!make_room(rows, batch_fund_size(row), err))
        return false;
    batch_add_fund(rows->batch, row);
    return true;
}

static void make_reader(struct bill_rows *rows, struct view head)
{
    const struct bill_handler handler = {take_trade, take_fund, rows};

    if (rows->reader == NULL)
        rows->reader = bill_reader_new(bill_dialect_guess(head), handler, BILL_LIMITS);
}

/* What the reader came to is the result, however others wrap its error. */
static bool read_failed(struct bill_rows *rows, struct err *err)
{
    rows->state = bill_reader_state(rows->reader);
    rows->err = *err;
    return false;
}

static bool take_plain(void *context, struct view bytes, struct err *err)
{
    struct bill_rows *rows = context;

    make_reader(rows, bytes);
    return bill_reader_push(rows->reader, bytes, err) || read_failed(rows, err);
}

static bool take_received(void *context, struct view bytes, struct err *err)
{
    struct bill_rows *rows = context;

    return gzip_reader_push(rows->inflating, bytes, err);
}

static bool read_all(struct bill_rows *rows, struct err *err)
{
    const struct evidence_bill bill = {rows->mchid, rows->day, rows->file.kind};

    if (!evidence_read(rows->pg, &bill, &rows->file, take_received, rows, err) ||
        !gzip_reader_finish(rows->inflating, err))
        return false;
    make_reader(rows, view_from(NULL, 0));
    if (!bill_reader_finish(rows->reader, &rows->totals, err))
        return read_failed(rows, err);
    rows->state = BILL_OK;
    return true;
}

static void *run(void *context)
{
    struct bill_rows *rows = context;
    struct err err = ERR_INIT;

    if (!read_all(rows, &err) && rows->state == BILL_READING)
        rows->err = err;
    hand_on(rows);
    block_ring_end(rows->ring);
    return NULL;
}

/* ---- the caller ------------------------------------------------------------------------------ */

struct bill_rows *bill_rows_open(struct pg *pg, struct view mchid, struct date day,
                                 const struct evidence_file *file)
{
    struct bill_rows *rows = memory_alloc(sizeof(*rows));
    int failed;

    rows->pg = pg;
    rows->mchid = mchid;
    rows->day = day;
    rows->file = *file;
    rows->state = BILL_READING;
    rows->err = ERR_INIT;
    rows->inflating = gzip_reader_new((struct gzip_sink){take_plain, rows}, GZIP_LIMITS);
    rows->ring = block_ring_new(BILL_ROWS_BATCHES, sizeof(struct batch));
    failed = pthread_create(&rows->thread, NULL, run, rows);
    if (failed != 0)
        memory_exhausted(0);
    return rows;
}

bool bill_rows_next(struct bill_rows *rows, struct bill_rows_batch *ret_batch, struct err *err)
{
    struct view block;

    if (block_ring_take(rows->ring, &block)) {
        *ret_batch = batch_rows((const struct batch *)(const void *)block.at);
        return true;
    }
    *ret_batch = (struct bill_rows_batch){.count = 0};
    if (rows->err.kind == ERR_NONE)
        return true;
    *err = rows->err;
    return false;
}

enum bill_state bill_rows_state(const struct bill_rows *rows)
{
    return rows->state;
}

const struct bill_totals *bill_rows_totals(const struct bill_rows *rows)
{
    return &rows->totals;
}

void bill_rows_close(struct bill_rows *rows)
{
    int failed;

    if (rows == NULL)
        return;
    block_ring_stop(rows->ring);
    failed = pthread_join(rows->thread, NULL);
    assert(failed == 0);
    block_ring_free(rows->ring);
    bill_reader_free(rows->reader);
    gzip_reader_free(rows->inflating);
    free(rows);
}
