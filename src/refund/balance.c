#include "refund/balance.h"

#include "queries.h"

/* Later than any bill. */
static const struct date never = {2932896}; /* 9999-12-31 */

bool refund_balance_at(struct pg *pg, struct view mchid, struct date up_to,
                       struct refund_balance *ret_balance, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct pg_value values[2];
    bool found;

    if (!pg_one(pg, &query_recon_balance_last, PG_PARAMS(pg_text(mchid), pg_date(up_to)), &arena,
                &found, values, err))
        return false;
    *ret_balance = found ? (struct refund_balance){true, values[0].date, {values[1].int8}}
                         : (struct refund_balance){.known = false};
    return true;
}

bool refund_balance_last(struct pg *pg, struct view mchid, bool *ret_known, struct date *ret_day,
                         struct money *ret_balance, struct err *err)
{
    struct refund_balance balance;

    if (!refund_balance_at(pg, mchid, never, &balance, err))
        return false;
    *ret_known = balance.known;
    if (balance.known) {
        *ret_day = balance.day;
        *ret_balance = balance.money;
    }
    return true;
}
