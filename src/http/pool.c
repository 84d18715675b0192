#include "http/pool.h"

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/memory.h"
#include "transfer.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { POLL_MAX_MS = 60 * 1000 };

/* First in, first out. */
struct queue {
    struct http_transfer *first;
    struct http_transfer *last;
};

struct http_pool {
    CURLM *multi;
    int connections_max;
    int running; /* have a connection, or are getting one */
    int in_flight;
    atomic_bool woken;
    struct queue waiting;
    struct queue finished;
};

/* As http_must. */
static void must(CURLMcode code)
{
    assert(code == CURLM_OK);
}

/* ---- queues ---------------------------------------------------------------------------------- */

static void queue_add(struct queue *queue, struct http_transfer *transfer)
{
    transfer->next = NULL;
    if (queue->first == NULL)
        queue->first = transfer;
    else
        queue->last->next = transfer;
    queue->last = transfer;
}

static struct http_transfer *queue_take(struct queue *queue)
{
    struct http_transfer *transfer = queue->first;
    if (transfer != NULL)
        queue->first = transfer->next;
    return transfer;
}

/* Whether it was there. */
static bool queue_remove(struct queue *queue, const struct http_transfer *transfer)
{
    struct queue kept = {.first = NULL};
    struct http_transfer *each;
    bool found = false;

    while ((each = queue_take(queue)) != NULL) {
        if (each == transfer)
            found = true;
        else
            queue_add(&kept, each);
    }
    *queue = kept;
    return found;
}

/* ---- signals --------------------------------------------------------------------------------- */

/* A peer that has gone away raises SIGPIPE when TLS says good-bye to it; told not to use signals,
 * libcurl does not guard against it either. */
struct pipe_guard {
    sigset_t before;
};

static void guard_begin(struct pipe_guard *guard)
{
    sigset_t pipe_only;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_only, &guard->before);
}

static void guard_end(const struct pipe_guard *guard)
{
    sigset_t pipe_only, pending;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigpending(&pending);
    if (sigismember(&pending, SIGPIPE) == 1 && sigismember(&guard->before, SIGPIPE) == 0)
        (void)sigtimedwait(&pipe_only, NULL, &(struct timespec){.tv_sec = 0});
    pthread_sigmask(SIG_SETMASK, &guard->before, NULL);
}

/* ---- life ------------------------------------------------------------------------------------ */

struct http_pool *http_pool_new(int connections_max)
{
    assert(connections_max > 0);
    http_must(curl_global_init(CURL_GLOBAL_DEFAULT));
    struct http_pool *pool = memory_alloc(sizeof *pool);
    pool->connections_max = connections_max;
    pool->multi = curl_multi_init();
    assert(pool->multi != NULL);

    /* No more transfers run than there may be connections; the limit makes an idle one to another
     * host give way. */
    must(curl_multi_setopt(pool->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)connections_max));
    must(curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, (long)connections_max));
    must(curl_multi_setopt(pool->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING));
    return pool;
}

void http_pool_free(struct http_pool *pool)
{
    struct pipe_guard guard;
    if (pool == NULL)
        return;
    assert(pool->in_flight == 0);
    guard_begin(&guard);
    must(curl_multi_cleanup(pool->multi));
    guard_end(&guard);
    curl_global_cleanup();
    free(pool);
}

struct http_pool *http_pool_of(const struct http *http)
{
    return http->pool;
}

int http_pool_in_flight(const struct http_pool *pool)
{
    return pool->in_flight;
}

int http_pool_room(const struct http_pool *pool)
{
    int taken = pool->running;
    for (const struct http_transfer *each = pool->waiting.first; each != NULL; each = each->next)
        taken++;
    return pool->connections_max - taken;
}

/* ---- transfers ------------------------------------------------------------------------------- */

void http_start(struct http_transfer *transfer)
{
    struct http_pool *pool = transfer->http->pool;

    transfer->wire = NULL;
    transfer->finished = false;
    transfer->err = ERR_INIT;
    pool->in_flight++;
    queue_add(&pool->waiting, transfer);
}

bool http_is_waiting(const struct http_transfer *transfer)
{
    return transfer->wire == NULL && !transfer->finished;
}

/* Gives connections to those who wait. */
static void launch(struct http_pool *pool)
{
    while (pool->running < pool->connections_max && pool->waiting.first != NULL) {
        struct http_transfer *transfer = queue_take(&pool->waiting);

        transfer->wire = http_wire_new(transfer);
        failpoint_hit("request-before");
        must(curl_multi_add_handle(pool->multi, transfer->wire->curl));
        pool->running++;
    }
}

static void land(struct http_pool *pool, struct http_transfer *transfer)
{
    must(curl_multi_remove_handle(pool->multi, transfer->wire->curl));
    http_wire_free(transfer->wire);
    transfer->wire = NULL;
    pool->running--;
}

static void collect(struct http_pool *pool)
{
    const CURLMsg *message;
    int left = 0;

    while ((message = curl_multi_info_read(pool->multi, &left)) != NULL) {
        struct http_wire *wire = NULL;
        CURLcode code = message->data.result;

        assert(message->msg == CURLMSG_DONE);
        http_must(curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&wire));
        struct http_transfer *transfer = wire->transfer;
        failpoint_hit("reply-after");
        http_wire_judge(wire, code);
        land(pool, transfer);
        transfer->finished = true;
        queue_add(&pool->finished, transfer);
    }
}

static void move_bytes(struct http_pool *pool)
{
    int running = 0;
    launch(pool);
    must(curl_multi_perform(pool->multi, &running));
    collect(pool);
    launch(pool);
}

/* Until the one that is wanted is finished (NULL: any), or the time has come. */
static void move_until(struct http_pool *pool, const struct http_transfer *wanted, int64_t until_us)
{
    struct pipe_guard guard;
    guard_begin(&guard);
    for (;;) {
        move_bytes(pool);
        int64_t left_ms = (until_us - clock_elapsed_us() + 999) / 1000;
        bool done = wanted == NULL
                        ? pool->finished.first != NULL || atomic_exchange(&pool->woken, false)
                        : wanted->finished;
        if (done || left_ms <= 0)
            break;
        must(curl_multi_poll(pool->multi, NULL, 0,
                             (int)(left_ms < POLL_MAX_MS ? left_ms : POLL_MAX_MS), NULL));
    }
    guard_end(&guard);
}

struct http_transfer *http_pool_next(struct http_pool *pool, int64_t wait_ms)
{
    assert(wait_ms >= 0 && wait_ms <= INT64_C(86400000));
    if (pool->finished.first == NULL && pool->in_flight > 0)
        move_until(pool, /* wanted= */ NULL, clock_elapsed_us() + wait_ms * 1000);
    struct http_transfer *transfer = queue_take(&pool->finished);
    if (transfer != NULL)
        pool->in_flight--;
    return transfer;
}

void http_pool_wake(struct http_pool *pool)
{
    atomic_store(&pool->woken, true);
    must(curl_multi_wakeup(pool->multi));
}

void http_cancel(struct http_transfer *transfer)
{
    struct http_pool *pool = transfer->http->pool;
    struct pipe_guard guard;

    pool->in_flight--;
    if (transfer->wire == NULL) {
        bool found =
            queue_remove(&pool->waiting, transfer) || queue_remove(&pool->finished, transfer);
        assert(found);
        return;
    }
    guard_begin(&guard);
    land(pool, transfer);
    guard_end(&guard);
}

bool http_send(struct http *http, const struct http_request *request, struct http_reply *reply,
               struct err *err)
{
    struct http_pool *pool = http->pool;
    struct http_transfer transfer = {.http = http, .request = request, .reply = reply};

    http_start(&transfer);
    while (!transfer.finished)
        move_until(pool, &transfer, clock_elapsed_us() + POLL_MAX_MS * INT64_C(1000));
    queue_remove(&pool->finished, &transfer);
    pool->in_flight--;
    if (transfer.err.kind == ERR_NONE)
        return true;
    *err = transfer.err;
    return false;
}
