/* Option --recheck: how many of the last days' bills are asked for again, because they may have
 * changed since (E06). */
#ifndef RUN_RECHECK_H
#define RUN_RECHECK_H

#include "run/job.h"

/* WeChat Pay has no older ones. */
enum { RECHECK_DAYS_MAX = 90 };

struct recheck {
    int64_t days;
    bool given;
};

struct option_row recheck_row(struct recheck *recheck);

/* What the option says, else the configuration. ERR_USAGE above RECHECK_DAYS_MAX. */
bool recheck_days(const struct recheck *recheck, const struct job *job, int64_t *ret_days,
                  struct err *err);

#endif
