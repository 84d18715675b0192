#include "wxpay/pool.h"

#include "base/memory.h"
#include "call_list.h"
#include "wxpay/call.h"
#include "wxpay/certificates.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WAIT_MAX_MS = 60 * 60 * 1000, MILLISECOND_US = 1000, MCHID_MAX = 32 };

/* So many are signed before there is a connection for them, so that none is idle while a signature
 * is made; and anew when they have waited too long: signatures are good for five minutes. */
enum { SIGNED_AHEAD = 8, SIGNED_MAX_S = 60 };

/* All that is sent for one merchant number to one endpoint; or only what is about old orders. */
struct account {
    char mchid[MCHID_MAX + 1];
    enum wxpay_endpoint endpoint;
    bool old_orders;
    struct wxpay_rate rate;
    struct account *next;
};

struct wxpay_pool {
    struct wxpay_pool_settings settings;
    struct http_pool *http;
    struct wxpay_signing *signing;
    struct account *accounts;
    /* In the order in which calls were started, so nobody is overtaken for ever. Downloads come
     * first: there are no more of them than were applied for, which waits meanwhile. */
    struct wxpay_list active;
    struct wxpay_list finished;
    int64_t skipped_us; /* waits that took no time, in tests */
    bool stopped;
    atomic_bool woken;
};

static bool sleep_through(void *context, int64_t wait_ms)
{
    struct timespec wait = {.tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000};
    (void)context;
    return nanosleep(&wait, NULL) == 0;
}

/* ---- life ------------------------------------------------------------------------------------ */

/* Called from the thread that signs. */
static void wake(void *context)
{
    http_pool_wake(context);
}

struct wxpay_pool *wxpay_pool_new(const struct wxpay_pool_settings *settings)
{
    struct wxpay_pool *pool = memory_alloc(sizeof *pool);
    int connections = settings->connections_max;

    pool->settings = *settings;
    if (pool->settings.wait == NULL)
        pool->settings.wait = sleep_through;
    pool->http = http_pool_new(connections > 0 ? connections : HTTP_CONNECTIONS_MAX);
    pool->signing = wxpay_signing_new(wake, pool->http);
    return pool;
}

void wxpay_pool_free(struct wxpay_pool *pool)
{
    if (pool == NULL)
        return;
    assert(pool->active.count == 0 && pool->finished.count == 0);
    while (pool->accounts != NULL) {
        struct account *account = pool->accounts;
        pool->accounts = account->next;
        free(account);
    }
    wxpay_signing_free(pool->signing);
    http_pool_free(pool->http);
    free(pool);
}

struct http_pool *wxpay_pool_http(struct wxpay_pool *pool)
{
    return pool->http;
}

struct wxpay_rate *wxpay_pool_rate(struct wxpay_pool *pool, const char *mchid,
                                   enum wxpay_endpoint endpoint, bool old_orders)
{
    const struct wxpay_endpoint_rules *rules = wxpay_endpoint_rules(endpoint);
    struct account *account = pool->accounts;
    while (account != NULL && (account->endpoint != endpoint || account->old_orders != old_orders ||
                               strcmp(account->mchid, mchid) != 0))
        account = account->next;
    if (account != NULL)
        return &account->rate;

    account = memory_alloc(sizeof *account);
    assert(strlen(mchid) <= MCHID_MAX);
    memcpy(account->mchid, mchid, strlen(mchid));
    account->endpoint = endpoint;
    account->old_orders = old_orders;
    wxpay_rate_init(&account->rate, old_orders ? rules->old_orders : rules->limit);
    account->next = pool->accounts;
    pool->accounts = account;
    return &account->rate;
}

size_t wxpay_pool_in_flight(const struct wxpay_pool *pool)
{
    return pool->active.count + pool->finished.count;
}

/* ---- moving calls along ---------------------------------------------------------------------- */

static int64_t now_us(const struct wxpay_pool *pool)
{
    return clock_elapsed_us() + pool->skipped_us;
}

static struct wxpay_rate *rate_of(const struct wxpay_call *call)
{
    struct wxpay *client = call->client;
    enum wxpay_endpoint endpoint = call->plan.endpoint;

    if (client->rates[endpoint] == NULL)
        client->rates[endpoint] = wxpay_pool_rate(client->pool, client->settings.mchid, endpoint,
                                                  /* old_orders= */ false);
    return client->rates[endpoint];
}

static struct wxpay_rate *old_rate_of(const struct wxpay_call *call)
{
    struct wxpay *client = call->client;
    enum wxpay_endpoint endpoint = call->plan.endpoint;

    if (client->old_rates[endpoint] == NULL)
        client->old_rates[endpoint] =
            wxpay_pool_rate(client->pool, client->settings.mchid, endpoint, /* old_orders= */ true);
    return client->old_rates[endpoint];
}

/* A request about an old order keeps within both limits. */
static bool may_send(const struct wxpay_call *call, int64_t now, int64_t *ret_at_us)
{
    return wxpay_rate_may_send(rate_of(call), now, ret_at_us) &&
           (!call->old_order || wxpay_rate_may_send(old_rate_of(call), now, ret_at_us));
}

static void count_sent(const struct wxpay_call *call)
{
    wxpay_rate_sent(rate_of(call));
    if (call->old_order)
        wxpay_rate_sent(old_rate_of(call));
}

static void count_replied(const struct wxpay_call *call, int64_t now, bool is_error)
{
    wxpay_rate_replied(rate_of(call), now, is_error);
    if (call->old_order)
        wxpay_rate_replied(old_rate_of(call), now, is_error);
}

static void start_keys(struct wxpay_call *call, bool has_reply)
{
    call->state = WXPAY_KEYS;
    call->has_reply = has_reply;
    wxpay_certificates_start(call->client);
}

static void move_to_finished(struct wxpay_pool *pool, struct wxpay_call *call)
{
    call->state = WXPAY_FINISHED;
    call_list_remove(call);
    call_list_add(&pool->finished, call);
}

/* What waited for the client's certificates goes on or fails with them. */
static void keys_arrived(struct wxpay_pool *pool, struct wxpay *client)
{
    struct wxpay_call *next;

    wxpay_certificates_arrived(client);
    for (struct wxpay_call *call = pool->active.first; call != NULL; call = next) {
        struct err failure = ERR_INIT;

        next = call->next;
        if (call->client != client || call->state != WXPAY_KEYS)
            continue;
        if (wxpay_certificates_go_on(call, &failure)) {
            call->state = call->has_reply ? WXPAY_ARRIVED : WXPAY_QUEUED;
        } else {
            call->err = failure;
            move_to_finished(pool, call);
        }
    }
}

static void settle(struct wxpay_pool *pool, struct wxpay_call *call)
{
    call->state = WXPAY_FINISHED;
    if (call == call->client->certificates_call)
        keys_arrived(pool, call->client);
    else
        move_to_finished(pool, call);
}

static void react(struct wxpay_pool *pool, struct wxpay_call *call)
{
    int64_t wait_ms = 0;

    switch (wxpay_call_judge(call, &wait_ms)) {
    case WXPAY_NEXT_FINISH:
        settle(pool, call);
        return;
    case WXPAY_NEXT_REPEAT:
        call->state = WXPAY_QUEUED;
        call->has_reply = false;
        call->due_us = now_us(pool) + wait_ms * MILLISECOND_US;
        return;
    case WXPAY_NEXT_KEYS:
        start_keys(call, /* has_reply= */ true);
        return;
    }
    assert(false);
}

/* Replies that were waiting for their key. */
static void react_again(struct wxpay_pool *pool)
{
    struct wxpay_call *next;

    for (struct wxpay_call *call = pool->active.first; call != NULL; call = next) {
        next = call->next;
        if (call->state == WXPAY_ARRIVED)
            react(pool, call);
    }
}

static void land(struct wxpay_pool *pool, struct http_transfer *transfer)
{
    struct wxpay_call *call = transfer->owner;
    bool is_error = call->reply.status != 0 && call->reply.status / 100 != 2;

    count_replied(call, now_us(pool), is_error);
    react(pool, call);
}

static void fail(struct wxpay_pool *pool, struct wxpay_call *call, const struct err *failure)
{
    wxpay_call_fail(call, failure);
    settle(pool, call);
}

/* Nothing is sent any more: it ends with what was wrong before, if anything was. */
static void interrupt(struct wxpay_pool *pool, struct wxpay_call *call)
{
    struct err failure = call->err;

    if (call->attempts.count == 0)
        err_set(&failure, ERR_LATER, "interrupted before it was sent");
    else
        err_wrap(&failure, "interrupted before another attempt");
    failure.kind = ERR_LATER;
    fail(pool, call, &failure);
}

static void interrupt_all(struct wxpay_pool *pool)
{
    struct wxpay_call *call = pool->active.first;
    while (call != NULL) {
        if (call->state != WXPAY_QUEUED) {
            call = call->next;
            continue;
        }
        interrupt(pool, call);
        call = pool->active.first; /* certificates take others with them */
    }
}

/* It counts from here on, for rate and room. */
static void sign(struct wxpay_pool *pool, struct wxpay_call *call)
{
    call->state = WXPAY_SIGNING;
    count_sent(call);
    wxpay_call_prepare_signing(call);
    wxpay_signing_add(pool->signing, &call->signing);
}

static void send(struct wxpay_pool *pool, struct wxpay_call *call)
{
    bool is_signed = call->signing.err.kind == ERR_NONE;

    if (is_signed && !pool->stopped) {
        wxpay_call_prepare(call);
        call->state = WXPAY_FLYING;
        http_start(&call->transfer);
        return;
    }
    count_replied(call, now_us(pool), /* is_error= */ false);
    if (is_signed)
        interrupt(pool, call);
    else
        fail(pool, call, &call->signing.err);
}

static void send_signed(struct wxpay_pool *pool)
{
    struct wxpay_signing_job *job;

    while ((job = wxpay_signing_next(pool->signing)) != NULL)
        send(pool, job->owner);
}

/* What waits for a connection with an old signature is signed again; after the stop it is not sent.
 */
static void recall_waiting(struct wxpay_pool *pool)
{
    for (struct wxpay_call *call = pool->active.first; call != NULL; call = call->next) {
        struct instant now = clock_now(call->client->settings.clock);

        if (call->state != WXPAY_FLYING || !http_is_waiting(&call->transfer) ||
            (!pool->stopped && now.us - call->sent_at.us <= SIGNED_MAX_S * INSTANT_SECOND))
            continue;
        http_cancel(&call->transfer);
        count_replied(call, now_us(pool), /* is_error= */ false);
        call->state = WXPAY_QUEUED;
    }
}

static void sooner(int64_t *at_us, int64_t other_us)
{
    if (other_us < *at_us)
        *at_us = other_us;
}

static bool has_room(const struct wxpay_pool *pool)
{
    return http_pool_room(pool->http) + SIGNED_AHEAD > (int)wxpay_signing_count(pool->signing);
}

/* Has signed what may be sent now. Returns when there may be more without a reply. */
static int64_t launch(struct wxpay_pool *pool)
{
    int64_t now = now_us(pool), again_us = INT64_MAX;
    struct wxpay_call *next;

    for (struct wxpay_call *call = pool->active.first; call != NULL; call = next) {
        int64_t at_us = INT64_MAX;

        next = call->next;
        if (call->state != WXPAY_QUEUED)
            continue;
        if (!has_room(pool))
            break;
        if (call->due_us > now) {
            sooner(&again_us, call->due_us);
        } else if (call->plan.accept == WXPAY_ACCEPT_SIGNED &&
                   !wxpay_certificates_ready(call->client)) {
            start_keys(call, /* has_reply= */ false);
            next = call->next; /* there is one more now */
        } else if (!may_send(call, now, &at_us)) {
            sooner(&again_us, at_us);
        } else {
            sign(pool, call);
        }
    }
    return again_us;
}

static int64_t to_ms(int64_t us)
{
    int64_t ms = us <= 0 ? 0 : (us - 1) / MILLISECOND_US + 1;
    return ms < WAIT_MAX_MS ? ms : WAIT_MAX_MS;
}

/* With nothing under way there is nothing to do but to wait; in tests that takes no time. */
static void wait_until(struct wxpay_pool *pool, int64_t until_us)
{
    int64_t wait_ms = to_ms(until_us - now_us(pool));

    if (wait_ms == 0)
        return;
    if (!pool->settings.wait(pool->settings.wait_context, wait_ms)) {
        interrupt_all(pool);
        return;
    }
    if (now_us(pool) < until_us)
        pool->skipped_us += until_us - now_us(pool);
}

void wxpay_pool_turn(struct wxpay_pool *pool, int64_t until_us)
{
    size_t finished = pool->finished.count;

    recall_waiting(pool);
    if (pool->stopped)
        interrupt_all(pool);
    react_again(pool);
    send_signed(pool);
    int64_t again_us = launch(pool);
    if (pool->finished.count > finished || pool->active.count == 0)
        return;
    sooner(&again_us, until_us);
    if (http_pool_in_flight(pool->http) == 0) {
        if (wxpay_signing_count(pool->signing) > 0)
            wxpay_signing_wait(pool->signing);
        else
            wait_until(pool, again_us);
        return;
    }
    int64_t wait_us = again_us == INT64_MAX ? INT64_MAX : again_us - now_us(pool);
    struct http_transfer *transfer = http_pool_next(pool->http, to_ms(wait_us));
    if (transfer != NULL)
        land(pool, transfer);
}

/* ---- for callers ----------------------------------------------------------------------------- */

void wxpay_pool_add(struct wxpay_pool *pool, struct wxpay_call *call)
{
    call->state = WXPAY_QUEUED;
    if (call->plan.endpoint == WXPAY_BILL_DOWNLOAD)
        call_list_add_first(&pool->active, call);
    else
        call_list_add(&pool->active, call);
}

void wxpay_pool_refuse(struct wxpay_pool *pool, struct wxpay_call *call, const struct err *failure)
{
    call->err = *failure;
    move_to_finished(pool, call);
}

void wxpay_pool_remove(struct wxpay_pool *pool, struct wxpay_call *call)
{
    if (call->state == WXPAY_FLYING || call->state == WXPAY_SIGNING) {
        if (call->state == WXPAY_FLYING)
            http_cancel(&call->transfer);
        else
            wxpay_signing_remove(pool->signing, &call->signing);
        count_replied(call, now_us(pool), /* is_error= */ false);
    }
    call_list_remove(call);
}

struct wxpay_call *wxpay_pool_next(struct wxpay_pool *pool, int64_t wait_ms)
{
    int64_t until_us = now_us(pool) + wait_ms * MILLISECOND_US;

    assert(wait_ms >= 0 && wait_ms <= WAIT_MAX_MS);
    while (pool->finished.count == 0 && pool->active.count > 0) {
        wxpay_pool_turn(pool, until_us);
        if (now_us(pool) >= until_us || atomic_exchange(&pool->woken, false))
            break;
    }
    struct wxpay_call *call = pool->finished.first;
    if (call != NULL)
        call_list_remove(call);
    return call;
}

void wxpay_pool_wake(struct wxpay_pool *pool)
{
    atomic_store(&pool->woken, true);
    http_pool_wake(pool->http);
}

void wxpay_pool_stop(struct wxpay_pool *pool)
{
    pool->stopped = true;
}

void wxpay_call_wait(struct wxpay_call *call)
{
    while (call->state != WXPAY_FINISHED)
        wxpay_pool_turn(call->client->pool, /* until_us= */ INT64_MAX);
    call_list_remove(call);
}
