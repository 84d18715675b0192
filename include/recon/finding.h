/* Findings: differences with class, amount and state (DOMAIN §3.1).
 *
 * Reconciling a day produces a list of what differs *now*. finding_merge, pure, holds one of them
 * against what is stored and says what becomes of it; recon/finding_store.c carries that out. So a
 * second run changes nothing, a class may change and keeps its history, and what is no longer found
 * is resolved, never deleted. */
#ifndef RECON_FINDING_H
#define RECON_FINDING_H

#include "base/date.h"
#include "base/err.h"
#include "base/memory.h"
#include "base/money.h"
#include "recon/class.h"

struct pg;

enum finding_leg {
    LEG_TRADE,
    LEG_REFUND,
    LEG_FUND,
    LEG_EVIDENCE,
    LEG_BOOKS,
    LEG_SETTLE,
    LEG_DEPOSIT, /* deposits and our refunds of them, by what is known of them now */
    LEG_COUNT
};

enum finding_state { STATE_PENDING, STATE_OPEN, STATE_IN_REVIEW, STATE_RESOLVED, STATE_REOPENED };

enum finding_resolution {
    RESOLUTION_NONE,
    RESOLUTION_AUTO_TIMING,
    RESOLUTION_AUTO_QUERY,
    RESOLUTION_BOOKED,
    RESOLUTION_REFUNDED,
    RESOLUTION_ACCEPTED,
    RESOLUTION_EXPLAINED,
};

/* Which side has an amount. */
struct finding_amount {
    bool known;
    struct money money;
};

struct finding {
    enum finding_leg leg;
    struct view key; /* within the leg; with merchant and bill day it is the identity */
    enum finding_class class;
    enum finding_state state;
    enum finding_resolution resolution; /* STATE_RESOLVED only */
    struct finding_amount channel;
    struct finding_amount books;
    bool has_break_on; /* STATE_PENDING: the bill day whose reconciling opens it */
    struct date break_on;
    struct view evidence; /* a JSON object; empty stands for {} */
    struct view reason;   /* for the event, in words */
};

/* Keeps copies: all texts move into the list's arena. */
struct finding_list {
    struct arena arena;
    struct finding *at;
    size_t count;
    size_t capacity;
};

#define FINDING_LIST_INIT ((struct finding_list){.arena = ARENA_INIT})

/* More are a broken feed, which is one finding (DOMAIN §3.1), or an attack. */
enum { FINDINGS_MAX = 200000 };

/* ERR_LIMIT above FINDINGS_MAX. */
bool finding_list_add(struct finding_list *list, const struct finding *finding, struct err *err);
/* Two findings with one key would be one: all but the first, in an order of their facts, get "#2",
 * "#3" … behind their keys. */
void finding_list_part(struct finding_list *list);
void finding_list_clear(struct finding_list *list);
void finding_list_release(struct finding_list *list);

/* channel − books; what is not there counts as nothing. */
struct money finding_difference(const struct finding *finding);

struct finding_id {
    char s[33];
};

/* First 32 hex digits of SHA-256 over merchant, leg, key and bill day. */
struct finding_id finding_id(struct view mchid, struct date bill_day, enum finding_leg leg,
                             struct view key);

const char *finding_leg_name(enum finding_leg leg);
const char *finding_state_name(enum finding_state state);
const char *finding_resolution_name(enum finding_resolution resolution); /* NULL for none */
bool finding_state_by_name(struct view name, enum finding_state *ret_state);
bool finding_resolution_by_name(struct view name, enum finding_resolution *ret_resolution);

/* What becomes of a finding. `stored` NULL: it is new. `fresh` NULL: it was not found again. A
 * state that time or a person gave stays as long as class and amounts do; other facts end a review.
 * What `stays` by its class is left alone when it is not found again or is of another class.
 * `ret_next` is the finding to store; its views are those of its source. Returns false when nothing
 * changes. */
bool finding_merge(const struct finding *stored, const struct finding *fresh,
                   struct finding *ret_next);

/* One merchant's bill day and the legs that were looked at: stored findings of other legs are left
 * alone. */
struct finding_scope {
    struct view mchid;
    struct date bill_day;
    unsigned legs; /* bits 1 << LEG_…; 0: the list is not all there is, nothing is resolved */
    struct instant now;
    bool evidence_only; /* no row was judged: of these legs only classes E are resolved */
};

/* How many are stored in which state. */
struct finding_counts {
    int64_t pending;
    int64_t open;    /* OPEN, IN_REVIEW, REOPENED of classes that neither warn nor are listed */
    int64_t warning; /* the same of classes that warn */
    int64_t listed;  /* the same of classes that are listed */
    int64_t resolved;
    int64_t accepted; /* of the resolved: two people let the difference stay */
};

/* Merges the list into the stored findings of the scope, with an event for each change. Within the
 * caller's transaction. May be repeated. */
bool recon_findings_store(struct pg *pg, const struct finding_scope *scope,
                          struct finding_list *list, struct err *err);

/* What became of other days. */
struct finding_aged {
    int64_t opened;       /* their findings whose time had come */
    struct date earliest; /* bill day of the first of them; only when there is one */
    int64_t due_again;    /* days */
};

/* After `bill_day` was reconciled. What other days missed and this bill has is RESOLVED
 * auto_timing there, whichever day was reconciled first: this day's bill has the record, equal or
 * with a finding of its own. PENDING findings of any day, this one too, whose break_on has been
 * reconciled by now are OPEN. The identities and verdicts of the days touched are made anew. A
 * day is due again when this bill has no longer what that day's record was found in.
 * Within the caller's transaction. */
bool recon_findings_age(struct pg *pg, struct view mchid, struct date bill_day, struct instant now,
                        struct finding_aged *ret_aged, struct err *err);

bool recon_findings_count(struct pg *pg, struct view mchid, struct date bill_day,
                          struct finding_counts *ret_counts, struct err *err);

#endif
