/* The account's balance as fund-flow bills prove it. */
#ifndef REFUND_BALANCE_H
#define REFUND_BALANCE_H

#include "pg/pg.h"

/* At the end of the newest bill day with a proved balance, however old. *ret_known false: there is
 * none, and the others are unchanged. On days behind it nothing moved, or their bills are not here
 * yet, or their running balance has a break. */
bool refund_balance_last(struct pg *pg, struct view mchid, bool *ret_known, struct date *ret_day,
                         struct money *ret_balance, struct err *err);

/* The same of the days up to and with `up_to`. */
struct refund_balance {
    bool known;
    struct date day;
    struct money money;
};
bool refund_balance_at(struct pg *pg, struct view mchid, struct date up_to,
                       struct refund_balance *ret_balance, struct err *err);

#endif
