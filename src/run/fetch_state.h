/* Shared by the sources of fetch.h; nobody else includes it. */
#ifndef RUN_FETCH_STATE_H
#define RUN_FETCH_STATE_H

#include "recon/class.h"
#include "run/fetch.h"
#include "wxpay/bill.h"
#include "wxpay/pool.h"
#include "wxpay/sub_bill.h"

/* Why a bill is not there. */
struct fetch_problem {
    enum finding_class class; /* CLASS_NONE: none */
    enum exit_code code;
    const char *text, *hint; /* in the fetch's arena */
};

struct fetch_bill {
    const char *kind;
    bool asked;
    bool found; /* in evidence by now */
    struct fetch_problem problem;
};

struct fetch_unit {
    struct date day;
    bool again;
    bool gathered;
    bool changed;       /* a new version that the day rests on, or one that was asked for */
    const char *change; /* E06 in words; NULL: none */
    struct fetch_bill bills[FETCH_KINDS_MAX];
    size_t bill_count;
};

/* How far asking for one bill came. */
enum fetch_came {
    FETCH_NOTHING, /* the program was asked to stop */
    FETCH_REFUSED, /* no offer: merchant->failure */
    FETCH_NONE,    /* there is no such bill, says WeChat Pay */
    FETCH_NOT_READY,
    FETCH_RECEIVED,   /* merchant->incoming */
    FETCH_BROKEN_OFF, /* offered, but not received: merchant->failure */
};

/* One merchant's days and the client they share, opened at the first request. While `out` it is the
 * asking thread's, which touches nothing but the client and what belongs to one bill; else it is
 * the caller's. */
struct fetch_merchant {
    struct fetch_merchant *next;
    const struct merchant *merchant;
    struct fetch_unit *units;
    size_t count, capacity;

    bool out;
    int failures;       /* in a row */
    struct err *broken; /* NULL: ask */
    struct err *failed; /* the database, or the thread; NULL: nothing */

    /* Where it is. */
    size_t unit, bill;
    int tries;

    /* The asking thread's. */
    struct fetch_merchant *next_asked;
    struct wxpay *wxpay;
    enum fetch_came came;
    struct err failure;

    /* One bill: at most one request is under way. */
    struct wxpay_call *call;
    struct wxpay_bill_offer *offer; /* NULL: it is applying; else it is downloading */
    struct wxpay_sub_bill *parts; /* of a sub-merchant's sealed bill (FACTS §4.2), else NULL … */
    size_t part;                  /* … and which is downloading */
    struct incoming *incoming;
    int64_t received;
    struct wxpay_request_id download_id;
    bool expired; /* the download's address was no longer good */
};

struct fetch {
    struct job *job;
    struct fetch_kinds kinds; /* count 0: each merchant's */
    struct wxpay_pool *pool;
    struct fetch_asking *asking; /* NULL: nobody is asked */
    struct pg *pg;               /* of the call that is going on */
    struct instant now;
    struct arena arena;
    struct fetch_merchant *first, *last; /* in the order in which they were wanted */
};

/* "trade bill of 2026-05-31: " in front. Returns false. */
bool fetch_wrap(struct err *err, const struct fetch_unit *unit, const struct fetch_bill *bill);

void fetch_set_problem(struct fetch *fetch, const struct fetch_unit *unit, struct fetch_bill *bill,
                       enum finding_class class, const struct err *err);

/* Ends a transaction in which `done` says whether all went well. */
bool fetch_end(struct pg *pg, bool done, struct err *err);

/* How old the day is, in days. */
int32_t fetch_age(const struct fetch *fetch, struct date day);

/* Where the merchant is. */
struct fetch_unit *fetch_unit_of(const struct fetch_merchant *merchant);
struct fetch_bill *fetch_bill_of(const struct fetch_merchant *merchant);

/* Begins a request, which is then merchant->call, and takes its answer: into merchant->offer, and
 * merchant->parts of a sealed bill; into merchant->incoming, which is open (fetch_call.c). */
void fetch_start_offer(struct fetch_merchant *merchant);
bool fetch_finish_offer(struct fetch_merchant *merchant, struct err *err);
void fetch_start_download(struct fetch_merchant *merchant);
bool fetch_finish_download(struct fetch_merchant *merchant, struct err *err);

/* A thread that asks for bills (fetch_ask.c): bytes move while the database works. It has the pool
 * to itself. */
struct fetch_asking;

bool fetch_asking_new(struct job *job, struct wxpay_pool *pool, struct fetch_asking **ret_asking,
                      struct err *err);

/* What is under way stays as it is, for fetch_leave. */
void fetch_asking_free(struct fetch_asking *asking);

/* Asks for the bill that the merchant is at; it comes back by fetch_asking_next, which waits for
 * the first one. NULL: none is out. */
void fetch_asking_add(struct fetch_asking *asking, struct fetch_merchant *merchant);
struct fetch_merchant *fetch_asking_next(struct fetch_asking *asking);

/* Has the merchant's bills asked for, one after the other, unless it is out or has failed. Goes on
 * in fetch_finish, which waits until it (NULL: every merchant) is not out any more. */
void fetch_begin(struct fetch *fetch, struct pg *pg, struct fetch_merchant *merchant);
void fetch_finish(struct fetch *fetch, struct pg *pg, const struct fetch_merchant *merchant);

/* Nobody is asked any more; clients are closed. */
void fetch_stop(struct fetch *fetch);

/* Gives up what is under way, or came of it. */
void fetch_leave(struct fetch_merchant *merchant);

/* What came in becomes evidence (fetch_keep.c). Both fail when the database does. */
bool fetch_keep(struct fetch *fetch, struct fetch_merchant *merchant, struct err *err);
bool fetch_keep_none(struct fetch *fetch, struct fetch_merchant *merchant, struct err *err);

#endif
