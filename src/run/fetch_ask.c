/* The thread that asks WeChat Pay: each merchant's bill in two requests, merchants beside each
 * other. What comes of it is judged and kept by the caller's thread, which has the database. */
#include "base/memory.h"
#include "fetch_state.h"
#include "run/merchant_client.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

/* How often is looked whether the program was asked to stop, and the longest that a merchant waits
 * while those that are under way wait for their rate. */
enum { LOOK_MS = 50 };

struct queue {
    struct fetch_merchant *first, *last;
};

struct fetch_asking {
    struct job *job;
    struct wxpay_pool *pool;
    pthread_t thread;
    size_t out; /* the caller's */

    /* The thread's. */
    struct arena arena;
    struct queue under_way;

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t wanted; /* the thread waits: for a merchant, or the end */
    pthread_cond_t came;
    struct queue waiting, back;
    bool ended;
};

static void lock(struct fetch_asking *asking)
{
    int failed = pthread_mutex_lock(&asking->mutex);

    assert(failed == 0);
}

static void unlock(struct fetch_asking *asking)
{
    int failed = pthread_mutex_unlock(&asking->mutex);

    assert(failed == 0);
}

static void queue_add(struct queue *queue, struct fetch_merchant *merchant)
{
    merchant->next_asked = NULL;
    if (queue->first == NULL)
        queue->first = merchant;
    else
        queue->last->next_asked = merchant;
    queue->last = merchant;
}

static struct fetch_merchant *queue_take(struct queue *queue)
{
    struct fetch_merchant *merchant = queue->first;

    if (merchant != NULL)
        queue->first = merchant->next_asked;
    return merchant;
}

static void queue_remove(struct queue *queue, const struct fetch_merchant *merchant)
{
    struct queue kept = {.first = NULL};
    struct fetch_merchant *each;

    while ((each = queue_take(queue)) != NULL) {
        if (each != merchant)
            queue_add(&kept, each);
    }
    *queue = kept;
}

/* ---- the thread ------------------------------------------------------------------------------ */

static void give_back(struct fetch_asking *asking, struct fetch_merchant *merchant,
                      enum fetch_came came)
{
    merchant->came = came;
    lock(asking);
    queue_add(&asking->back, merchant);
    (void)pthread_cond_signal(&asking->came);
    unlock(asking);
}

static void begin(struct fetch_asking *asking, struct fetch_merchant *merchant)
{
    if (merchant->wxpay == NULL &&
        !merchant_open_client(asking->job, merchant->merchant, asking->pool, &asking->arena,
                              &merchant->wxpay, &merchant->failure)) {
        (void)fetch_wrap(&merchant->failure, fetch_unit_of(merchant), fetch_bill_of(merchant));
        give_back(asking, merchant, FETCH_REFUSED);
        return;
    }
    fetch_start_offer(merchant);
    queue_add(&asking->under_way, merchant);
}

/* Whether another request of the bill is under way now; if not, how far it came. */
static bool go_on(struct fetch_merchant *merchant, enum fetch_came *ret_came)
{
    if (merchant->offer != NULL) {
        *ret_came = FETCH_BROKEN_OFF;
        if (!fetch_finish_download(merchant, &merchant->failure))
            return fetch_wrap(&merchant->failure, fetch_unit_of(merchant), fetch_bill_of(merchant));
        *ret_came = FETCH_RECEIVED;
        if (merchant->parts == NULL || ++merchant->part == merchant->parts->count)
            return false;
        fetch_start_download(merchant);
        return true;
    }

    *ret_came = FETCH_REFUSED;
    if (!fetch_finish_offer(merchant, &merchant->failure))
        return false;
    if (merchant->offer->state != WXPAY_BILL_OFFERED) {
        *ret_came = merchant->offer->state == WXPAY_BILL_NONE ? FETCH_NONE : FETCH_NOT_READY;
        return false;
    }
    merchant->received = 0;
    if (!incoming_open(&merchant->incoming, &merchant->failure))
        return fetch_wrap(&merchant->failure, fetch_unit_of(merchant), fetch_bill_of(merchant));
    fetch_start_download(merchant);
    return true;
}

static void move(struct fetch_asking *asking, int64_t wait_ms)
{
    struct wxpay_call *call = wxpay_pool_next(asking->pool, wait_ms);

    if (call != NULL) {
        struct fetch_merchant *merchant = wxpay_call_owner(call);
        enum fetch_came came;

        if (!go_on(merchant, &came)) {
            queue_remove(&asking->under_way, merchant);
            give_back(asking, merchant, came);
        }
    }
}

static void give_all_back(struct fetch_asking *asking)
{
    struct fetch_merchant *merchant;

    while ((merchant = queue_take(&asking->under_way)) != NULL) {
        fetch_leave(merchant);
        give_back(asking, merchant, FETCH_NOTHING);
    }
}

/* The next merchant to begin with, unless there is none while others are under way. False: it is
 * over. */
static bool take_next(struct fetch_asking *asking, struct fetch_merchant **ret_next, bool *ret_more)
{
    bool ended;

    lock(asking);
    while (!asking->ended && asking->waiting.first == NULL && asking->under_way.first == NULL)
        (void)pthread_cond_wait(&asking->wanted, &asking->mutex);
    ended = asking->ended;
    *ret_next = queue_take(&asking->waiting);
    *ret_more = asking->waiting.first != NULL;
    unlock(asking);
    return !ended;
}

/* One merchant is begun with a round, so that bytes move while keys are read. */
static void *run(void *context)
{
    struct fetch_asking *asking = context;
    struct fetch_merchant *next;
    bool more;

    while (take_next(asking, &next, &more)) {
        if (next != NULL && job_stopping())
            give_back(asking, next, FETCH_NOTHING);
        else if (next != NULL)
            begin(asking, next);
        if (job_stopping())
            give_all_back(asking);
        else if (asking->under_way.first != NULL)
            move(asking, more ? 0 : LOOK_MS);
    }
    return NULL;
}

/* ---- for the caller -------------------------------------------------------------------------- */

/* Signals are the caller's: the thread gets none. */
static int start_thread(struct fetch_asking *asking)
{
    sigset_t all, before;
    int failed, created;

    (void)sigfillset(&all);
    failed = pthread_sigmask(SIG_SETMASK, &all, &before);
    assert(failed == 0);
    created = pthread_create(&asking->thread, NULL, run, asking);
    failed = pthread_sigmask(SIG_SETMASK, &before, NULL);
    assert(failed == 0);
    return created;
}

bool fetch_asking_new(struct job *job, struct wxpay_pool *pool, struct fetch_asking **ret_asking,
                      struct err *err)
{
    struct fetch_asking *asking = memory_alloc(sizeof(*asking));
    int failed;

    asking->job = job;
    asking->pool = pool;
    failed = pthread_mutex_init(&asking->mutex, NULL) | pthread_cond_init(&asking->wanted, NULL) |
             pthread_cond_init(&asking->came, NULL);
    assert(failed == 0);
    failed = start_thread(asking);
    if (failed != 0) {
        free(asking);
        return err_set_errno(err, ERR_UNAVAILABLE, failed, "could not start a thread");
    }
    *ret_asking = asking;
    return true;
}

void fetch_asking_free(struct fetch_asking *asking)
{
    int failed;

    if (asking == NULL)
        return;
    lock(asking);
    asking->ended = true;
    (void)pthread_cond_signal(&asking->wanted);
    unlock(asking);
    wxpay_pool_wake(asking->pool);
    failed = pthread_join(asking->thread, NULL);
    assert(failed == 0);
    (void)pthread_cond_destroy(&asking->wanted);
    (void)pthread_cond_destroy(&asking->came);
    (void)pthread_mutex_destroy(&asking->mutex);
    arena_release(&asking->arena);
    free(asking);
}

void fetch_asking_add(struct fetch_asking *asking, struct fetch_merchant *merchant)
{
    asking->out++;
    lock(asking);
    queue_add(&asking->waiting, merchant);
    (void)pthread_cond_signal(&asking->wanted);
    unlock(asking);
    wxpay_pool_wake(asking->pool);
}

struct fetch_merchant *fetch_asking_next(struct fetch_asking *asking)
{
    struct fetch_merchant *merchant;

    if (asking->out == 0)
        return NULL;
    lock(asking);
    while (asking->back.first == NULL)
        (void)pthread_cond_wait(&asking->came, &asking->mutex);
    merchant = queue_take(&asking->back);
    unlock(asking);
    asking->out--;
    return merchant;
}
