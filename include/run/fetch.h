/* Fetches the bills of many units and keeps them as evidence.
 *
 *     struct fetch *fetch = fetch_new(job, NULL);
 *     fetch_want(fetch, merchant, day, again)      as often as there are units of a merchant
 *     fetch_ask(fetch, pg, merchant)               asks WeChat Pay for all of them
 *     …                                            other merchants
 *     fetch_wait(fetch, pg, merchant, &err)        until all that was asked for is there
 *     fetch_day(fetch, pg, merchant, unit, &result, err)   what came of one, with its marks
 *
 * A day's bills: the trade bill ALL, and the fund-flow bill BASIC when the merchant has such an
 * account; or the kinds that somebody asked for. A bill that is there already is not asked for
 * again unless `again`; the same content is the same version. A merchant's bills are asked for one
 * after the other, merchants beside each other.
 *
 * WeChat Pay is asked in a thread of its own, which does nothing else; what came in is kept inside
 * the caller's next call: fetch_wait and fetch_gather take what is there, whosever it is, until
 * what they wait for is. Each bill becomes evidence in its own transaction, before anything says
 * so. A new version of a bill that is reconciled makes its day due in the same transaction, with
 * finding E06 when the day's first verdict rested on another content (run/bill_change.h). The rest
 * is for fetch_day: what is missing makes the day INCOMPLETE with a finding of leg EVIDENCE (DOMAIN
 * §3.3), in one transaction with the mark: E01 not generated yet, not published yet or not to be
 * had; E03 another digest than announced, three times; E04 no intact gzip stream, three times; E08
 * out of reach for ever, because WeChat Pay keeps three months. The next try is in
 * settings.retry_minutes. When everything is there the day is FETCHED. */
#ifndef RUN_FETCH_H
#define RUN_FETCH_H

#include "run/evidence.h"
#include "run/unit.h"

enum { FETCH_DOWNLOADS_MAX = 3, FETCH_KINDS_MAX = EVIDENCE_KIND_COUNT };

/* Once keys are wrong or WeChat Pay was out of reach so many times in a row, a merchant's other
 * bills are not asked for: they would fail for the same reason. */
enum { FETCH_FAILURES_MAX = 3 };

/* Bills can be had for three months (FACTS §3.3): surely up to the shorter age, never above the
 * longer. A bill that is still missing at FETCH_WARN_DAYS is warned about (DOMAIN §3.3, E08). */
enum { FETCH_WARN_DAYS = 60, FETCH_KEPT_DAYS = 89, FETCH_LOST_DAYS = 92 };

struct fetch_kinds {
    const char *at[FETCH_KINDS_MAX]; /* of run/evidence.h */
    size_t count;
};

/* The bills that belong to one of the merchant's days. */
struct fetch_kinds fetch_kinds_of(const struct merchant *merchant);

/* Marks the day FETCHED if all its bills are evidence; `checked_at` NULL: they were not held
 * against WeChat Pay's. One statement. */
bool fetch_mark(struct pg *pg, const struct merchant *merchant, struct date day, struct instant now,
                const struct instant *checked_at, struct err *err);

struct fetch;

/* `kinds` NULL: the bills of a day. Else only those: they are kept, and days are left alone but for
 * versions of bills that are reconciled. */
struct fetch *fetch_new(struct job *job, const struct fetch_kinds *kinds);
void fetch_free(struct fetch *fetch);
DEFINE_CLEANUP(fetch_done, struct fetch, fetch_free)

/* Forgets what was wanted and what came of it. */
void fetch_clear(struct fetch *fetch);

/* Days of one merchant are asked for in this order; the merchant lives until fetch_clear. `again`:
 * also what is in evidence already. */
void fetch_want(struct fetch *fetch, const struct merchant *merchant, struct date day, bool again);

/* All days of the merchant that are due: first those whose bills are missing, oldest first, because
 * bills expire; then, with `mend`, those whose bills could not be used (the channel may have mended
 * them), and the last `recheck_days` published days whose bills were last looked at on an earlier
 * day (Beijing). */
struct fetch_search {
    const struct merchant *merchant;
    bool mend;
    int64_t recheck_days;
};

bool fetch_want_due(struct fetch *fetch, struct pg *pg, const struct fetch_search *search,
                    struct err *err);

/* Begins to ask for the days of a merchant that are wanted, and returns. Its lock is held on this
 * connection, here as with the other functions. Cannot fail: what goes wrong with the database is
 * the error of the merchant's fetch_wait. */
void fetch_ask(struct fetch *fetch, struct pg *pg, const struct merchant *merchant);

/* Waits until everything that is wanted of a merchant was asked for, also what fetch_lost left.
 * Fails when the database did. As fetch_gather it leaves off when the program was asked to stop. */
bool fetch_wait(struct fetch *fetch, struct pg *pg, const struct merchant *merchant,
                struct err *err);

/* Waits for everything that is being asked for. */
void fetch_gather(struct fetch *fetch, struct pg *pg);

/* The locks are gone: nobody is asked any more, and nothing is kept that is under way. What was not
 * there yet is asked for in fetch_wait. */
void fetch_lost(struct fetch *fetch);

struct fetch_result {
    bool complete;                    /* all bills are evidence */
    bool changed;                     /* a new version was stored */
    char reason[UNIT_REASON_MAX + 1]; /* not complete: why, beginning with the class; complete: what
                                         has changed (E06), or "" */
    enum exit_code code; /* not complete: 75 while it may still come, 65 when it will not, else as
                            the error's kind says; 1 with E06 */
};

/* What came of a unit, after fetch_wait. One that nobody wanted before is asked for here and now,
 * again when it is not DUE. Its row exists. Fails when the database does, and with
 * ERR_LATER when the program was asked to stop: then nothing is marked. */
bool fetch_day(struct fetch *fetch, struct pg *pg, const struct merchant *merchant,
               const struct unit *unit, struct fetch_result *ret_result, struct err *err);

#endif
