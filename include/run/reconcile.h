/* Reconciles one unit: stored bills against the books, entries, findings, identities and verdict
 * stored in one transaction (DESIGN §5).
 *
 *     books (one snapshot, own connection and thread) ──▶ ledgers ─┐
 *     evidence (own connection and thread) ─▶ plain blocks ─▶ rows ─┴▶ match ─▶ entries by COPY ─▶
 * findings, identities, verdict ─▶ commit
 *
 * What is wrong with the evidence or the books (E01–E05, E07, E09) is a result, not an error: the
 * day is INCOMPLETE with the reason, nothing else of it changes. Errors are about the machine:
 * database, memory, disk. Running it again replaces what it stored by the same. */
#ifndef RUN_RECONCILE_H
#define RUN_RECONCILE_H

#include "recon/verdict.h"
#include "run/job.h"
#include "run/merchant.h"
#include "run/refund_doubts.h"
#include "run/unit.h"

struct reconcile_result {
    enum verdict verdict;
    int64_t rows;
    int64_t matched;
    struct finding_counts findings;
    int64_t opened;                   /* pending findings of other days whose time had come */
    char reason[UNIT_REASON_MAX + 1]; /* of INCOMPLETE, or about those; else "" */
    enum exit_code code;
};

struct reconcile_task {
    const struct merchant *merchant;
    struct date day;
    struct refund_doubts *doubts; /* filled meanwhile, for refund_check, unless that fails */
};

/* The unit's row exists (unit_make) and the merchant's lock is held; `pg` is outside a transaction.
 */
bool reconcile_day(struct job *job, struct pg *pg, const struct reconcile_task *task,
                   struct reconcile_result *ret_result, struct err *err);

#endif
