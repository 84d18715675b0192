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

struct sweep {
    enum unit_work work;
    /* Does one unit. ERR_DATA, ERR_LIMIT and ERR_LATER are about this unit; any other error ends
     * this merchant's turn. */
    bool (*step)(void *context, struct pg *pg, const struct merchant *merchant,
                 const struct unit *unit, struct sweep_outcome *ret_outcome, struct err *err);
    /* After a merchant's last unit, also when none was due; may be NULL. Not with --dry-run. */
    bool (*leave)(void *context, struct pg *pg, const struct merchant *merchant, struct err *err);
    void *context;
};

/* With --dry-run only lists the units. *ret_code is the worst of all units. False when nothing
 * could be done at all. */
bool sweep_run(struct job *job, const struct sweep *sweep, enum exit_code *ret_code,
               struct err *err);

#endif
