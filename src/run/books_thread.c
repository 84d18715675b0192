#include "books_thread.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

/* How far the thread is. */
enum stage { STAGE_READING, STAGE_LOADED, STAGE_DONE, STAGE_FAILED };

struct books_thread {
    struct books_task task;
    pthread_t thread;
    bool joined;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    enum stage stage;
    struct err err; /* STAGE_FAILED */
};

static void enter(struct books_thread *books, enum stage stage)
{
    (void)pthread_mutex_lock(&books->mutex);
    books->stage = stage;
    (void)pthread_cond_signal(&books->changed);
    (void)pthread_mutex_unlock(&books->mutex);
}

static bool count_deposits(const struct books_task *task, const struct books_day *day,
                           struct err *err)
{
    struct books_deposits deposits;

    if (!books_count_deposits_of(task->pg, task->mchid, task->day, day, &deposits, err))
        return false;
    task->deposits->count = deposits.count;
    task->deposits->money = deposits.sum;
    return true;
}

static void *run(void *context)
{
    struct books_thread *books = context;
    const struct books_task *task = &books->task;
    struct books_day day = {.payments = task->payments, .refunds = task->refunds};
    bool done = books_read_day(task->pg, task->mchid, task->span, &day, &books->err);

    if (done) {
        enter(books, STAGE_LOADED);
        done = count_deposits(task, &day, &books->err);
    }
    enter(books, done ? STAGE_DONE : STAGE_FAILED);
    return NULL;
}

bool books_thread_start(const struct books_task *task, struct books_thread **ret_thread,
                        struct err *err)
{
    struct books_thread *books = memory_alloc(sizeof(*books));
    int failed;

    books->task = *task;
    books->err = ERR_INIT;
    failed = pthread_mutex_init(&books->mutex, NULL) | pthread_cond_init(&books->changed, NULL);
    assert(failed == 0);
    failed = pthread_create(&books->thread, NULL, run, books);
    if (failed != 0) {
        free(books);
        return err_set_errno(err, ERR_UNAVAILABLE, failed, "could not start a thread");
    }
    *ret_thread = books;
    return true;
}

static bool is_past(struct books_thread *books, enum stage stage, struct err *err)
{
    bool passed;

    (void)pthread_mutex_lock(&books->mutex);
    while (books->stage < stage)
        (void)pthread_cond_wait(&books->changed, &books->mutex);
    passed = books->stage != STAGE_FAILED;
    if (!passed)
        *err = books->err;
    (void)pthread_mutex_unlock(&books->mutex);
    return passed;
}

bool books_thread_wait(struct books_thread *thread, struct err *err)
{
    return is_past(thread, STAGE_LOADED, err);
}

static void join(struct books_thread *books)
{
    int failed;

    if (books->joined)
        return;
    books->joined = true;
    failed = pthread_join(books->thread, NULL);
    assert(failed == 0);
}

bool books_thread_join(struct books_thread *thread, struct err *err)
{
    join(thread);
    return is_past(thread, STAGE_DONE, err);
}

void books_thread_free(struct books_thread *thread)
{
    if (thread == NULL)
        return;
    join(thread);
    (void)pthread_cond_destroy(&thread->changed);
    (void)pthread_mutex_destroy(&thread->mutex);
    free(thread);
}
