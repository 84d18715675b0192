/* Deposit refunds in PostgreSQL, as the job sees them: what is to be done, and what was done.
 *
 * Nothing here writes a table: recon.begin_refund, recon.note_refund_call and their like do, and
 * they allow only what the state table allows. A function that changes something is a transaction
 * of its own, committed when it returns true (DESIGN §6). Times come from the caller's clock.
 * Errors are those of the room pg; ERR_DATA is a change that is not allowed (somebody else was
 * faster). */
#ifndef REFUND_STORE_H
#define REFUND_STORE_H

#include "pg/pg.h"
#include "refund/machine.h"

/* Whose refunds, over which connection, at what time. */
struct refund_access {
    struct pg *pg;
    struct view mchid;
    struct instant now;
};

/* One request. Texts live in the arena it was loaded into. */
struct refund_row {
    struct view refund_no; /* out_refund_no */
    enum refund_state state;
    struct view out_trade_no;
    struct view transaction_id; /* empty: the platform does not know it */
    struct view sub_mchid;      /* empty without a service provider */
    struct view reason;         /* shown to the rider */
    struct money amount, total;
    struct view body; /* empty: never sent */
    int64_t sends, queries;
    bool has_sent_at;
    struct instant sent_at; /* for the last time */
    bool accepted;          /* has a refund_id */
    bool refused;
};

enum refund_work {
    REFUND_WORK_FOUND,   /* SENDING: left behind by a run that died */
    REFUND_WORK_ASK,     /* to be asked for by now */
    REFUND_WORK_WAITING, /* WAITING_FUNDS */
    REFUND_WORK_SEND,    /* APPROVED */
    REFUND_WORK_OVER,
};

enum { REFUND_PAGE = 32 };

struct refund_page {
    struct refund_row rows[REFUND_PAGE];
    size_t count;
};

/* The next requests behind `after_no` ("": from the first), by number. */
bool refund_load(const struct refund_access *access, enum refund_work work, struct view after_no,
                 struct arena *arena, struct refund_page *ret_page, struct err *err);

enum refund_decision {
    REFUND_MAY_BE_SENT, /* SENDING is committed: open the socket */
    REFUND_MUST_WAIT,
    REFUND_WAS_DROPPED,
    REFUND_WAS_EXPIRED,
    REFUND_IS_GONE, /* somebody else was faster */
};

enum { REFUND_SAID_MAX = 255 };

struct refund_begun {
    enum refund_decision decision;
    char said[REFUND_SAID_MAX + 1]; /* why not; "" when it may */
    int64_t call_no;                /* of the CREATE that is under way */
};

/* What is about to be sent. */
struct refund_attempt {
    struct view body;                /* the same bytes as before, if there was a before */
    struct view objection;           /* a fact of the channel that speaks against it; empty: none */
    bool refunded_there;             /* WeChat Pay has refunded something of the payment */
    struct money most;               /* above is dropped */
    const struct refund_call *order; /* the order query that was asked first; NULL: none */
};

/* Keeps the order query, reads the facts again and makes the request SENDING with these bytes, in
 * one transaction. */
bool refund_begin(const struct refund_access *access, const struct refund_row *row,
                  const struct refund_attempt *attempt, struct refund_begun *ret_begun,
                  struct err *err);

/* One attempt of a call that has ended. */
struct refund_call {
    const char *kind; /* "ORDER", "CREATE", "QUERY" */
    int64_t call_no;  /* of the CREATE that refund_begin began; 0: it is added whole */
    struct instant sent_at;
    struct view request;
    struct instant replied_at;
    int status; /* 0: no reply */
    struct view request_id;
    struct view reply;
    const char *outcome;
    const struct refund_call *before; /* an attempt before this one; NULL: there was none */
};

/* What it made of the request; `to` may be the state it is in. */
struct refund_change {
    enum refund_state to;
    struct view why;                   /* empty: needs no words */
    struct view refusal;               /* empty: none */
    struct instant next_at;            /* 0 µs: not by itself */
    const struct wxpay_refund *refund; /* NULL: the reply had none */
    struct view trip;                  /* why the breaker trips; empty: it does not */
};

/* Keeps the call (may be NULL) and the change (may be NULL), with a breaker that trips, in one
 * transaction. */
bool refund_note(const struct refund_access *access, const struct refund_row *row,
                 const struct refund_call *call, const struct refund_change *change,
                 struct err *err);

/* ---- the merchant's queue -------------------------------------------------------------------- */

enum refund_queue_state { REFUND_QUEUE_OPEN, REFUND_QUEUE_WAITING, REFUND_QUEUE_TRIPPED };

struct refund_queue {
    enum refund_queue_state state;
    struct view reason;
    struct instant next_at; /* REFUND_QUEUE_WAITING: when one is tried */
};

bool refund_queue_load(const struct refund_access *access, struct arena *arena,
                       struct refund_queue *ret_queue, struct err *err);

/* Never undoes a breaker. `needed`: what waits, with REFUND_QUEUE_WAITING. */
bool refund_queue_set(const struct refund_access *access, const struct refund_queue *queue,
                      struct money needed, struct err *err);

/* What was not approved before its batch expired is EXPIRED. */
bool refund_expire(const struct refund_access *access, int64_t *ret_expired, struct err *err);

/* Sent for the first time during the last hour and since midnight in Beijing, and not yet sent. */
struct refund_totals {
    struct money hour, day, waiting;
    int64_t day_count, waiting_count;
    int64_t doubtful_count; /* SENDING and UNKNOWN */
};
bool refund_totals_load(const struct refund_access *access, struct refund_totals *ret_totals,
                        struct err *err);

#endif
