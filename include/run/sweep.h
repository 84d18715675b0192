/* Goes through merchants and their units, and prints what came out: the frame of payrecon-fetch,
 * payrecon-reconcile, payrecon-settle and payrecon-nightly.
 *
 * Without --day or --from/--to: what is due. With them: those days, due or not. A merchant that is
 * suspended, takes no WeChat Pay, or that another worker has, is skipped with a log line. A unit
 * that fails is a line with its reason; the others go on (DESIGN §2). */
#ifndef RUN_SWEEP_H
#define RUN_SWEEP_H

#include "run/unit.h"

enum { SWEEP_VERDICT_MAX = 15 };

/* One line of the result. */
struct sweep_outcome {
    char verdict[SWEEP_VERDICT_MAX + 1]; /* "" while there is none */
    bool reconciled;                     /* only then the counts are shown */
    int64_t rows, matched;
    int64_t open, pending; /* findings */
    char reason[UNIT_REASON_MAX + 1];
    enum exit_code code;
};

enum { SWEEP_BATCH_MAX = 256 };

struct sweep {
    enum unit_work work;
    /* Merchants that are locked and prepared together, before each has its turn: what takes long
     * and leaves the machine idle is done for all of them at once. 1 … SWEEP_BATCH_MAX. Others
     * cannot have them meanwhile. */
    size_t batch;
    /* All of them may be NULL, and none is called with --dry-run: a batch begins; a merchant is
     * locked, the rows of its units made; all of the batch are; a merchant has its turn, which a
     * failure ends; the connection to the database has gone, and the locks with it, so that
     * merchants are locked again when they have their turn. */
    void (*begin)(void *context);
    bool (*prepare)(void *context, struct pg *pg, const struct merchant *merchant, struct err *err);
    void (*prepared)(void *context, struct pg *pg);
    bool (*enter)(void *context, struct pg *pg, const struct merchant *merchant, struct err *err);
    void (*lost)(void *context);
    /* Does one unit. ERR_DATA, ERR_LIMIT and ERR_LATER are about this unit; any other error ends
     * this merchant's turn. */
    bool (*step)(void *context, struct pg *pg, const struct merchant *merchant,
                 const struct unit *unit, struct sweep_outcome *ret_outcome, struct err *err);
    /* After a merchant's last unit, also when none was due; may be NULL. Not with --dry-run. */
    bool (*leave)(void *context, struct pg *pg, const struct merchant *merchant, struct err *err);
    void *context;
};

/* The days that the user named and whose bills are published. False when there are none, or when
 * the first is before the merchant's. */
bool sweep_named_days(const struct job *job, const struct merchant *merchant,
                      struct job_days *ret_days);

/* With --dry-run only lists the units. *ret_code is the worst of all units. False when nothing
 * could be done at all. */
bool sweep_run(struct job *job, const struct sweep *sweep, enum exit_code *ret_code,
               struct err *err);

#endif
