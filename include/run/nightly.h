/* All that is due for every merchant: fetch, reconcile, settle; what payrecon-nightly does. */
#ifndef RUN_NIGHTLY_H
#define RUN_NIGHTLY_H

#include "run/job.h"

bool nightly_run(struct job *job, enum exit_code *ret_code, struct err *err);

#endif
