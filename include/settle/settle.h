/* Settles a reconciled bill day: reads entries, stores and terms in one snapshot, and stores
 * statements, parts, identities, findings of leg SETTLE and the stage SETTLED in one transaction.
 *
 * Files are not made here: after settle_day, report/statement_files.h writes those that are
 * missing, from what is stored. So a program that dies between the two loses nothing.
 *
 * Running it again changes nothing. When the numbers of a store are others than in its newest
 * version, a new version is stored that says what differs. When the stores do not add up to the
 * trade bill, no statement is stored at all (S05). */
#ifndef SETTLE_SETTLE_H
#define SETTLE_SETTLE_H

#include "base/date.h"
#include "base/err.h"
#include "recon/verdict.h"

struct pg;

enum { SETTLE_REASON_MAX = 255 };

struct settle_result {
    bool settled; /* false: the day is not reconciled, or INCOMPLETE; nothing was done */
    char reason[SETTLE_REASON_MAX + 1]; /* why not */
    enum verdict verdict;               /* as stored now */
    int64_t statements;                 /* versions that were stored now */
    int64_t unchanged;                  /* stores whose newest version says the same */
    int64_t withheld;                   /* stores without a statement because of S02 or S05 */
};

/* Outside a transaction; the merchant's lock is held. ERR_LATER when the day changed meanwhile. */
bool settle_day(struct pg *pg, struct view mchid, struct date day, struct instant now,
                struct settle_result *ret_result, struct err *err);

#endif
