/* Writes WeChat Pay's bills of one day as their API sends them: BOM, CRLF, back-ticks, header,
 * rows, summary (FACTS §3.5–3.8, §4.1). The summary is recomputed from what is printed. Pure: the
 * same world and seed, the same bytes. */
#ifndef SIM_BILL_H
#define SIM_BILL_H

#include "account.h"
#include "text.h"

#include <stdint.h>

enum bill_type {
    BILL_TYPE_ALL,
    BILL_TYPE_SUCCESS,
    BILL_TYPE_REFUND,
    BILL_TYPE_RECHARGE_REFUND, /* refunds from the available balance, which the others leave out */
};

/* Bills are made at 09:00 Beijing time of the next day; a refund shows its status of then (FACTS
 * §3.3, §3.4). */
enum { BILL_MADE_AFTER_S = 9 * 3600 };

/* Whose rows a trade bill holds: one shop, or all of a partner. */
struct bill_source {
    const struct merchant *applicant; /* decides the layout */
    const struct shop *const *shops;
    size_t shop_count;
};

/* Adds the trade bill to `out` and returns its number of rows. funded_at of the shops' refunds has
 * to be right for when bills are made. */
size_t bill_trade_write(const struct bill_source *source, enum bill_type type, int32_t day,
                        uint64_t seed, struct text *out);

/* Adds the fund-flow bill of an account, rows in time order, and returns their number. Plays the
 * account: funded_at of refunds that wait for money is then as at the end of the day. */
size_t bill_fund_write(const struct shop *shop, enum account_kind kind, int32_t day,
                       struct text *out);

/* One value of a row: back-tick, then the text escaped as merchant-defined columns are (FACTS
 * §3.5). */
void bill_put_escaped(struct text *out, const char *text);

#define BILL_BOM "\xef\xbb\xbf"

#endif
