#include "settle/settle.h"

#include "day_data.h"

#include <stdio.h>

bool settle_day(struct pg *pg, struct view mchid, struct date day, struct instant now,
                struct settle_result *ret_result, struct err *err)
{
    CLEANUP(day_data_release) struct day_data data;
    struct settle_result result = {.settled = true};

    day_data_init(&data, mchid, day);
    if (!day_data_read(pg, &data, err))
        return err_wrap(err, "settling %s", date_text(day).s);
    if (!data.ready) {
        result.settled = false;
        (void)snprintf(result.reason, sizeof(result.reason), "%.*s", VIEW_ARG(data.why_not));
        *ret_result = result;
        return true;
    }
    if (!day_data_store(pg, &data, now, &result, err))
        return err_wrap(err, "settling %s", date_text(day).s);

    *ret_result = result;
    return true;
}
