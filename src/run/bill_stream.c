#include "run/bill_stream.h"

#include "text/gzip.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = GZIP_VIEW_SIZE };

struct block {
    char *at;
    size_t length;
};

struct bill_stream {
    struct pg *pg;
    struct view mchid;
    struct date day;
    struct evidence_file file;
    struct gzip_reader *reader;

    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct block blocks[BILL_STREAM_BLOCKS]; /* a ring */
    size_t first, filled;
    bool taken;    /* the caller looks at the first block */
    bool finished; /* the thread puts in no more */
    bool stopped;  /* the caller wants no more */
    struct err err;
};

static void lock(struct bill_stream *stream)
{
    int failed = pthread_mutex_lock(&stream->mutex);

    assert(failed == 0);
}

static void unlock(struct bill_stream *stream)
{
    int failed = pthread_mutex_unlock(&stream->mutex);

    assert(failed == 0);
}

/* A free block, or NULL when the caller has stopped. */
static struct block *wait_free(struct bill_stream *stream)
{
    struct block *block = NULL;

    lock(stream);
    while (!stream->stopped && stream->filled == BILL_STREAM_BLOCKS)
        (void)pthread_cond_wait(&stream->changed, &stream->mutex);
    if (!stream->stopped)
        block = &stream->blocks[(stream->first + stream->filled) % BILL_STREAM_BLOCKS];
    unlock(stream);
    return block;
}

static void publish(struct bill_stream *stream)
{
    lock(stream);
    stream->filled++;
    (void)pthread_cond_signal(&stream->changed);
    unlock(stream);
}

static bool take_plain(void *context, struct view bytes, struct err *err)
{
    struct bill_stream *stream = context;

    while (bytes.length > 0) {
        struct block *block = wait_free(stream);
        size_t length = bytes.length < BLOCK_SIZE ? bytes.length : BLOCK_SIZE;

        if (block == NULL)
            return err_set(err, ERR_LATER, "stopped");
        if (block->at == NULL)
            block->at = memory_alloc(BLOCK_SIZE);
        memcpy(block->at, bytes.at, length);
        block->length = length;
        bytes.at += length;
        bytes.length -= length;
        publish(stream);
    }
    return true;
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
    struct err err = ERR_INIT;
    bool done = stream_all(stream, &err);

    lock(stream);
    if (!done)
        stream->err = err;
    stream->finished = true;
    (void)pthread_cond_signal(&stream->changed);
    unlock(stream);
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
    failed = pthread_mutex_init(&stream->mutex, NULL) | pthread_cond_init(&stream->changed, NULL);
    assert(failed == 0);
    failed = pthread_create(&stream->thread, NULL, run, stream);
    if (failed != 0)
        memory_exhausted(0);
    return stream;
}

bool bill_stream_next(struct bill_stream *stream, struct view *ret_block, struct err *err)
{
    bool read = true;

    lock(stream);
    if (stream->taken) {
        stream->taken = false;
        stream->first = (stream->first + 1) % BILL_STREAM_BLOCKS;
        stream->filled--;
        (void)pthread_cond_signal(&stream->changed);
    }
    while (stream->filled == 0 && !stream->finished)
        (void)pthread_cond_wait(&stream->changed, &stream->mutex);
    if (stream->filled > 0) {
        *ret_block =
            view_from(stream->blocks[stream->first].at, stream->blocks[stream->first].length);
        stream->taken = true;
    } else if (stream->err.kind != ERR_NONE) {
        *err = stream->err;
        read = false;
    } else {
        *ret_block = view_from(NULL, 0);
    }
    unlock(stream);
    return read;
}

void bill_stream_close(struct bill_stream *stream)
{
    int failed;

    if (stream == NULL)
        return;
    lock(stream);
    stream->stopped = true;
    (void)pthread_cond_signal(&stream->changed);
    unlock(stream);
    failed = pthread_join(stream->thread, NULL);
    assert(failed == 0);
    for (size_t i = 0; i < BILL_STREAM_BLOCKS; i++)
        free(stream->blocks[i].at);
    gzip_reader_free(stream->reader);
    (void)pthread_cond_destroy(&stream->changed);
    (void)pthread_mutex_destroy(&stream->mutex);
    free(stream);
}
