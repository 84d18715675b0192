/* Many requests at once, in one thread, over at most so many connections.
 *
 *     struct http_transfer transfer = {.http = http, .request = &request, .reply = &reply};
 *     http_start(&transfer);
 *     …                                          start others
 *     while ((done = http_pool_next(pool, 1000)) != NULL)
 *         …                                      done->err says how it went
 *
 * Handles of any host may share a pool. Each transfer keeps the limits of its handle and request;
 * what waits for a connection does not use up its time. Connections are kept (HTTP/1.1 keep-alive)
 * and closed with the pool. Bytes move, and sinks are called, only inside http_pool_next and
 * http_send. */
#ifndef HTTP_POOL_H
#define HTTP_POOL_H

#include "http/http.h"

enum { HTTP_CONNECTIONS_MAX = 32 };

/* One request in flight. The caller's: struct, request and reply stay where they are until the
 * transfer has come back or was cancelled. */
struct http_transfer {
    struct http *http;
    const struct http_request *request;
    struct http_reply *reply;
    void *owner; /* the caller's own use */

    struct err err; /* set when it comes back: kind ERR_NONE, or what http_send would have said */

    /* The pool's: */
    struct http_wire *wire; /* while it has a connection */
    struct http_transfer *next;
    bool finished;
};

/* At least one connection. */
struct http_pool *http_pool_new(int connections_max);

/* Nothing may be in flight. */
void http_pool_free(struct http_pool *pool);
DEFINE_CLEANUP(http_pool_done, struct http_pool, http_pool_free)

/* The pool that the handle uses. */
struct http_pool *http_pool_of(const struct http *http);

/* Cannot fail: whatever goes wrong comes back with the transfer. Above the number of connections it
 * queues, first come first served. */
void http_start(struct http_transfer *transfer);

/* Gives it up, wherever it is; it does not come back. The request may have arrived. */
void http_cancel(struct http_transfer *transfer);

/* Moves bytes until a transfer is finished and returns it; NULL when none was within `wait_ms`,
 * when it was woken, or when nothing is in flight. */
struct http_transfer *http_pool_next(struct http_pool *pool, int64_t wait_ms);

/* Lets http_pool_next return soon, now or when it is called next. From any thread. */
void http_pool_wake(struct http_pool *pool);

/* It queues. */
bool http_is_waiting(const struct http_transfer *transfer);

/* How many were started and have not come back, and how many more could start now without
 * queueing: below 0, how many queue. */
int http_pool_in_flight(const struct http_pool *pool);
int http_pool_room(const struct http_pool *pool);

#endif
