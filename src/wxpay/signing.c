#include "wxpay/signing.h"

#include "base/memory.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct queue {
    struct wxpay_signing_job *first, *last;
};

struct wxpay_signing {
    void (*woken)(void *context);
    void *context;
    bool has_thread;
    pthread_t thread;
    size_t count;

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t wanted; /* the thread waits: for a job, or the end */
    pthread_cond_t signed_one;
    struct queue waiting, done;
    struct wxpay_signing_job *current;
    bool ended;
};

static void lock(struct wxpay_signing *signing)
{
    int failed = pthread_mutex_lock(&signing->mutex);

    assert(failed == 0);
}

static void unlock(struct wxpay_signing *signing)
{
    int failed = pthread_mutex_unlock(&signing->mutex);

    assert(failed == 0);
}

static void queue_add(struct queue *queue, struct wxpay_signing_job *job)
{
    job->next = NULL;
    if (queue->first == NULL)
        queue->first = job;
    else
        queue->last->next = job;
    queue->last = job;
}

static struct wxpay_signing_job *queue_take(struct queue *queue)
{
    struct wxpay_signing_job *job = queue->first;

    if (job != NULL)
        queue->first = job->next;
    return job;
}

/* Whether it was there. */
static bool queue_remove(struct queue *queue, const struct wxpay_signing_job *job)
{
    struct queue kept = {.first = NULL};
    struct wxpay_signing_job *each;
    bool found = false;

    while ((each = queue_take(queue)) != NULL) {
        if (each == job)
            found = true;
        else
            queue_add(&kept, each);
    }
    *queue = kept;
    return found;
}

static void sign(struct wxpay_signing_job *job)
{
    job->err = ERR_INIT;
    (void)wxpay_authorization(&job->signer, &job->input, job->value, &job->err);
}

/* ---- the thread ------------------------------------------------------------------------------ */

static void *run(void *context)
{
    struct wxpay_signing *signing = context;

    lock(signing);
    while (!signing->ended) {
        struct wxpay_signing_job *job = queue_take(&signing->waiting);

        if (job == NULL) {
            (void)pthread_cond_wait(&signing->wanted, &signing->mutex);
            continue;
        }
        signing->current = job;
        unlock(signing);
        sign(job);
        lock(signing);
        signing->current = NULL;
        queue_add(&signing->done, job);
        (void)pthread_cond_signal(&signing->signed_one);
        signing->woken(signing->context);
    }
    unlock(signing);
    return NULL;
}

/* Signals are the caller's: the thread gets none. */
static bool start_thread(struct wxpay_signing *signing)
{
    sigset_t all, before;
    int failed;

    (void)sigfillset(&all);
    failed = pthread_sigmask(SIG_SETMASK, &all, &before);
    assert(failed == 0);
    signing->has_thread = pthread_create(&signing->thread, NULL, run, signing) == 0;
    failed = pthread_sigmask(SIG_SETMASK, &before, NULL);
    assert(failed == 0);
    return signing->has_thread;
}

/* ---- for the pool ---------------------------------------------------------------------------- */

struct wxpay_signing *wxpay_signing_new(void (*woken)(void *context), void *context)
{
    struct wxpay_signing *signing = memory_alloc(sizeof(*signing));
    int failed;

    signing->woken = woken;
    signing->context = context;
    failed = pthread_mutex_init(&signing->mutex, NULL) | pthread_cond_init(&signing->wanted, NULL) |
             pthread_cond_init(&signing->signed_one, NULL);
    assert(failed == 0);
    return signing;
}

void wxpay_signing_free(struct wxpay_signing *signing)
{
    if (signing == NULL)
        return;
    assert(signing->count == 0);
    if (signing->has_thread) {
        int failed;

        lock(signing);
        signing->ended = true;
        (void)pthread_cond_signal(&signing->wanted);
        unlock(signing);
        failed = pthread_join(signing->thread, NULL);
        assert(failed == 0);
    }
    (void)pthread_cond_destroy(&signing->wanted);
    (void)pthread_cond_destroy(&signing->signed_one);
    (void)pthread_mutex_destroy(&signing->mutex);
    free(signing);
}

void wxpay_signing_add(struct wxpay_signing *signing, struct wxpay_signing_job *job)
{
    signing->count++;
    if (!signing->has_thread && !start_thread(signing)) {
        sign(job);
        queue_add(&signing->done, job);
        signing->woken(signing->context);
        return;
    }
    lock(signing);
    queue_add(&signing->waiting, job);
    (void)pthread_cond_signal(&signing->wanted);
    unlock(signing);
}

size_t wxpay_signing_count(const struct wxpay_signing *signing)
{
    return signing->count;
}

struct wxpay_signing_job *wxpay_signing_next(struct wxpay_signing *signing)
{
    struct wxpay_signing_job *job;

    lock(signing);
    job = queue_take(&signing->done);
    unlock(signing);
    if (job != NULL)
        signing->count--;
    return job;
}

void wxpay_signing_wait(struct wxpay_signing *signing)
{
    assert(signing->count > 0);
    lock(signing);
    while (signing->done.first == NULL)
        (void)pthread_cond_wait(&signing->signed_one, &signing->mutex);
    unlock(signing);
}

void wxpay_signing_remove(struct wxpay_signing *signing, struct wxpay_signing_job *job)
{
    bool found;

    lock(signing);
    while (signing->current == job)
        (void)pthread_cond_wait(&signing->signed_one, &signing->mutex);
    found = queue_remove(&signing->waiting, job) || queue_remove(&signing->done, job);
    unlock(signing);
    assert(found);
    signing->count--;
}
