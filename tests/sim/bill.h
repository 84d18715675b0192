/* Writes WeChat Pay's bills of one day as their API sends them: BOM, CRLF, back-ticks, header,
 * rows, summary (FACTS §3.5–3.8, §4.1). The summary is recomputed from what is printed. Pure: the
 * same world and seed, the same bytes. */
#ifndef SIM_BILL_H
#define SIM_BILL_H

#include "text.h"
#include "world.h"

#include <stdint.h>

enum bill_type {
    BILL_TYPE_ALL,
    BILL_TYPE_SUCCESS,
    BILL_TYPE_REFUND,
};

/* Adds the trade bill to `out` and returns its number of rows. */
size_t bill_trade_write(const struct merchant *merchant, enum bill_type type, int32_t day,
                        uint64_t seed, struct text *out);

/* Adds the fund-flow bill of the basic account, rows in time order, and returns their number. */
size_t bill_fund_write(const struct merchant *merchant, int32_t day, struct text *out);

/* One value of a row: back-tick, then the text escaped as merchant-defined columns are (FACTS
 * §3.5). */
void bill_put_escaped(struct text *out, const char *text);

#define BILL_BOM "\xef\xbb\xbf"

#endif
