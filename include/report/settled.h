/* Where the money of settled days went, against their trade bills: what payrecon-settle prints.
 *
 * Whole fen, the residual of rounding fees in the operator's line, so that the lines add up to the
 * trade bill's. */
#ifndef REPORT_SETTLED_H
#define REPORT_SETTLED_H

#include "base/date.h"
#include "base/err.h"
#include "text/table.h"

struct pg;

/* A table to be filled by report_settled_add and printed with table_print. */
struct table *report_settled_new(void);

/* Adds the lines of one day; none when it was not settled. */
bool report_settled_add(struct pg *pg, struct view mchid, struct date day, struct table *table,
                        struct err *err);

#endif
