/* Units: one merchant's one bill day (recon.day), and which of them are due.
 *
 * A worker goes through the merchants, takes the merchant's session lock and then one due unit
 * after the other, oldest first. The lock goes with the connection: what a dead worker left is
 * taken up by the next. All programs that work on units take the lock, so a unit is never worked
 * on twice at once (CITUS.md: lists first, then claims within one merchant; locks alone). */
#ifndef RUN_UNIT_H
#define RUN_UNIT_H

#include "run/job.h"
#include "run/merchant.h"

enum unit_stage { UNIT_DUE, UNIT_FETCHED, UNIT_RECONCILED, UNIT_SETTLED };

/* Whose work is asked for. */
enum unit_work { UNIT_WORK_ALL, UNIT_WORK_FETCH, UNIT_WORK_RECONCILE, UNIT_WORK_SETTLE };

/* A whole error message and what stands before it. */
enum { UNIT_REASON_MAX = ERR_TEXT_MAX + 512 };

struct unit {
    struct date day;
    enum unit_stage stage;
    bool incomplete;                  /* its verdict is INCOMPLETE … */
    char reason[UNIT_REASON_MAX + 1]; /* … and why; else "" */
};

const char *unit_stage_name(enum unit_stage stage);

/* False in ret_held: another worker has the merchant now. */
bool unit_lock_merchant(struct pg *pg, struct view mchid, bool *ret_held, struct err *err);
bool unit_unlock_merchant(struct pg *pg, struct view mchid, struct err *err);

/* Makes the rows of all days from merchant.first_day on whose bill is published by now. May be
 * repeated. */
bool unit_make_due(struct pg *pg, const struct job *job, const struct merchant *merchant,
                   int64_t *ret_made, struct err *err);

/* The row of one day, made when it is missing. */
bool unit_make(struct pg *pg, struct view mchid, struct date day, struct instant now,
               struct err *err);

/* What is looked for: the oldest unit after `after` that is due for this work at `now`. */
struct unit_search {
    struct view mchid;
    enum unit_work work;
    struct date after;
    struct instant now;
};

/* Steps aside for a unit that somebody is changing. In a transaction of the caller's. */
bool unit_next(struct pg *pg, const struct unit_search *search, struct unit *ret_unit,
               bool *ret_found, struct err *err);

/* unit_next in a transaction of its own, which changes nothing. The merchant's lock is held: that
 * is what keeps others off the unit; the row's lock only steps aside for somebody who is changing
 * the row by hand. */
bool unit_claim(struct pg *pg, const struct unit_search *search, struct unit *ret_unit,
                bool *ret_found, struct err *err);

/* One unit, due or not. */
bool unit_get(struct pg *pg, struct view mchid, struct date day, struct unit *ret_unit,
              bool *ret_found, struct err *err);

/* Sets the stage and takes the verdict back: a new version of a bill makes a unit DUE again. In a
 * transaction of the caller's. */
bool unit_mark(struct pg *pg, struct view mchid, struct date day, enum unit_stage stage,
               struct instant now, struct err *err);

/* The bills that make a unit FETCHED, and when they were held against WeChat Pay's (NULL: they were
 * not). */
struct unit_fetched {
    const char *const *kinds; /* of run/evidence.h */
    size_t count;
    const struct instant *checked_at;
    struct instant at;
};

/* Marks the unit FETCHED if all those bills are evidence. One statement. */
bool unit_mark_fetched(struct pg *pg, struct view mchid, struct date day,
                       const struct unit_fetched *fetched, struct err *err);

/* Why a unit is INCOMPLETE, and since when. */
struct unit_failure {
    const char *reason;
    struct instant at;
    const struct instant *next_try; /* not to be tried before; NULL: any time */
};

/* Verdict INCOMPLETE; a unit that was reconciled is only FETCHED again. In a transaction of the
 * caller's. */
bool unit_mark_incomplete(struct pg *pg, struct view mchid, struct date day,
                          const struct unit_failure *failure, struct err *err);

/* The unit's bills have been held against WeChat Pay's. */
bool unit_mark_checked(struct pg *pg, struct view mchid, struct date day, struct instant now,
                       struct err *err);

#endif
