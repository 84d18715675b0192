/* Deposit refunds of all merchants: sends what was approved, asks for what is in flight. */
#ifndef RUN_REFUND_RUN_H
#define RUN_REFUND_RUN_H

#include "run/job.h"

enum refund_run_mode {
    REFUND_RUN_SEND,   /* and ask */
    REFUND_RUN_FOLLOW, /* only ask */
    REFUND_RUN_LIST,   /* change nothing, say what would be done */
};

/* A merchant whose refunds another run has is skipped; one that fails does not stop the others.
 * With `print` a line for each merchant that had something goes to stdout; what happened to each
 * request is logged, and what needs a person as a warning. *ret_code: EXIT_FINDINGS when a person
 * is needed (dropped, abnormal, closed, breaker), EXIT_TRY_LATER when something is left to be sent
 * or is in doubt. False: the database failed. */
bool refund_run(struct job *job, enum refund_run_mode mode, bool print, enum exit_code *ret_code,
                struct err *err);

#endif
