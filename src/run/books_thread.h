/* Shared by the sources of reconcile.h: reads the books on a thread of its own. */
#ifndef RUN_BOOKS_THREAD_H
#define RUN_BOOKS_THREAD_H

#include "books/read.h"
#include "recon/verdict.h"

/* What is read, and into what. While the thread runs it alone uses `pg`, and until
 * books_thread_wait it alone uses the ledgers. */
struct books_task {
    struct pg *pg;
    struct view mchid;
    struct books_span span; /* the day and a margin */
    struct books_span day;  /* the day itself: deposits */
    struct ledger *payments, *refunds;
    struct identity_side *deposits; /* count and sum are set */
};

struct books_thread;

bool books_thread_start(const struct books_task *task, struct books_thread **ret_thread,
                        struct err *err);

/* Waits until the ledgers are complete. */
bool books_thread_wait(struct books_thread *thread, struct err *err);

/* Waits until the deposits are counted, too, and the connection is free. */
bool books_thread_join(struct books_thread *thread, struct err *err);

/* Joins when that was not done. */
void books_thread_free(struct books_thread *thread);
DEFINE_CLEANUP(books_thread_done, struct books_thread, books_thread_free)

#endif
