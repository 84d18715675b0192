/* Is the rental contract there, of our version, and complete up to the instant that we need (E09)?
 */
#ifndef BOOKS_CONTRACT_H
#define BOOKS_CONTRACT_H

#include "base/buf.h"
#include "pg/pg.h"

enum { CONTRACT_VERSION = 1, CONTRACT_PROBLEM_MAX = 900 };

/* Appends what is wrong, in one line, to `problem`; nothing when all is well. `complete_to`: the
 * watermark must not be older; NULL: not looked at. */
bool books_contract_check(struct pg *pg, struct view mchid, const struct instant *complete_to,
                          struct buf *problem, struct err *err);

#endif
