/* What the night makes of a merchant's deposits and of our refunds of them, once its days are
 * reconciled.
 *
 * - Refunds that a bill shows are CONFIRMED; those that bills contradict are made due for a query.
 * - What is wrong now becomes findings of leg DEPOSIT, each on the bill day it belongs to, and goes
 *   away by itself when its reason does: R02 and R04 to R08 about a refund or deposit (the days'
 *   verdicts are made anew), R10 about a deposit that nobody has refunded in time (no verdict).
 * - R02, R08 and R09 of ours, wherever they were found, trip the breaker: once each time they open.
 *
 * All in one transaction; may be repeated. */
#ifndef RUN_REFUND_CHECK_H
#define RUN_REFUND_CHECK_H

#include "run/job.h"
#include "run/refund_doubts.h"

/* The merchant's lock is held. `doubts` is the caller's from one day or merchant to the next: what
 * was looked for while the days were reconciled is not looked for again. Books that cannot be read,
 * and a refund that changes at this very moment, are no error: then nothing is done but a warning.
 * *ret_code becomes EXIT_FINDINGS when something has opened, EXIT_TRY_LATER when nothing was done.
 */
bool refund_check(struct job *job, struct pg *pg, struct view mchid, struct refund_doubts *doubts,
                  enum exit_code *ret_code, struct err *err);

#endif
