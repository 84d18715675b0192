#include "run/bill_stream.h"

#include "base/block_ring.h"
#include "base/memory.h"
#include "text/gzip.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct bill_stream {
    struct pg *pg;
    struct view mchid;
    struct date day;
    struct evidence_file file;
    struct gzip_reader *reader;

    pthread_t thread;
    struct block_ring *ring;
    struct err err; /* written before the thread ends the ring */
};

static bool take_plain(void *context, struct view bytes, struct err *err)
{
    struct bill_stream *stream = context;

    return block_ring_put(stream->ring, bytes) || err_set(err, ERR_LATER, "stopped");
}

static bool take_received(void *context, struct view bytes, struct err *err)
{
    struct bill_stream *stream = context;

    return gzip_reader_push(stream->reader, bytes, err);
}

static bool stream_all(struct bill_stream *stream, struct err *err)
{
    return evidence_read(stream->pg,
                         &(struct evidence_bill){stream->mchid, stream->day, stream->file.kind},
                         &stream->file, take_received, stream, err) &&
           gzip_reader_finish(stream->reader, err);
}

static void *run(void *context)
{
    struct bill_stream *stream = context;

    (void)stream_all(stream, &stream->err);
    block_ring_end(stream->ring);
    return NULL;
}

struct bill_stream *bill_stream_open(struct pg *pg, struct view mchid, struct date day,
                                     const struct evidence_file *file)
{
    struct bill_stream *stream = memory_alloc(sizeof(*stream));
    int failed;

    stream->pg = pg;
    stream->mchid = mchid;
    stream->day = day;
    stream->file = *file;
    stream->err = ERR_INIT;
    stream->reader = gzip_reader_new((struct gzip_sink){take_plain, stream}, GZIP_LIMITS);
    stream->ring = block_ring_new(BILL_STREAM_BLOCKS, GZIP_VIEW_SIZE);
    failed = pthread_create(&stream->thread, NULL, run, stream);
    if (failed != 0)
        memory_exhausted(0);
    return stream;
}

bool bill_stream_next(struct bill_stream *stream, struct view *ret_block, struct err *err)
{
    *ret_block = view_from(NULL, 0);
    if (block_ring_take(stream->ring, ret_block) || stream->err.kind == ERR_NONE)
        return true;
    *err = stream->err;
    return false;
}

void bill_stream_close(struct bill_stream *stream)
{
    int failed;

    if (stream == NULL)
        return;
    block_ring_stop(stream->ring);
    failed = pthread_join(stream->thread, NULL);
    assert(failed == 0);
    block_ring_free(stream->ring);
    gzip_reader_free(stream->reader);
    free(stream);
}
