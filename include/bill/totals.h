/* Sums of rows, and the summary held against them. */
#ifndef BILL_TOTALS_H
#define BILL_TOTALS_H

#include "bill/layout.h"

/* Adds one row. ERR_LIMIT when a sum leaves 64 bits. */
bool bill_totals_add_trade(struct bill_totals *totals, const struct bill_row *row, struct err *err);
bool bill_totals_add_fund(struct bill_totals *totals, const struct bill_fund_row *row,
                          struct err *err);

/* Reads the values of the summary into totals->stated, beside what was computed. ERR_DATA when
 * their number or form is wrong. */
bool bill_totals_read(struct bill_totals *totals, const struct bill_foot *foot,
                      const struct view *cells, size_t count, struct err *err);

/* Does the last value have all decimals that the channel prints? Asked where no line end follows: a
 * number that was cut short may still read as the same amount. */
bool bill_totals_last_is_whole(const struct bill_foot *foot, struct view cell);

/* ERR_DATA naming every column whose totals differ, with both values. */
bool bill_totals_compare(const struct bill_totals *totals, struct err *err);

#endif
