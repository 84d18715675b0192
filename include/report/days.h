/* `payrecon day list` and `payrecon day show`. */
#ifndef REPORT_DAYS_H
#define REPORT_DAYS_H

#include "base/date.h"
#include "base/err.h"
#include "text/table.h"

#include <stdio.h>

struct pg;

struct report_days_filter {
    const struct view *mchids; /* none: all merchants */
    size_t mchid_count;
    bool has_days;
    struct date from, to; /* both included */
};

/* One line a day: verdict, stage, rows, matched, findings, reason. */
bool report_days(struct pg *pg, const struct report_days_filter *filter, enum table_format format,
                 FILE *out, struct err *err);

/* Everything about one day: verdict, identities with both sides, where the money went, findings by
 * class with plus and minus apart, bills with their digests. In text several tables under headings;
 * in csv and json one table of (section, name, …), because a machine wants one. ERR_DATA when there
 * is no such day. */
bool report_day(struct pg *pg, struct view mchid, struct date day, enum table_format format,
                FILE *out, struct err *err);

#endif
