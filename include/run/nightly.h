/* All that is due for every merchant: fetch, reconcile, settle; what payrecon-nightly does. */
#ifndef RUN_NIGHTLY_H
#define RUN_NIGHTLY_H

#include "run/job.h"

/* `recheck_days` as settings.recheck_days. */
bool nightly_run(struct job *job, int64_t recheck_days, enum exit_code *ret_code, struct err *err);

#endif
