#include "run/recheck.h"

#include <inttypes.h>

struct option_row recheck_row(struct recheck *recheck)
{
    return (struct option_row){
        "recheck",
        0,
        OPTION_COUNT,
        &recheck->days,
        &recheck->given,
        "DAYS",
        "ask again for the bills of so many days (default: recheck_days of the configuration)"};
}

bool recheck_days(const struct recheck *recheck, const struct job *job, int64_t *ret_days,
                  struct err *err)
{
    if (recheck->given && recheck->days > RECHECK_DAYS_MAX)
        return err_set(err, ERR_USAGE, "option --recheck: %" PRId64 " is above %d", recheck->days,
                       (int)RECHECK_DAYS_MAX);
    *ret_days = recheck->given ? recheck->days : job->settings.recheck_days;
    return true;
}
