/* The days of a filter; without any, all that PostgreSQL and base/date.h both know. */
#ifndef REPORT_SPAN_H
#define REPORT_SPAN_H

#include "base/date.h"

static inline struct date span_from(bool given, struct date from)
{
    struct date first = from;

    if (!given)
        (void)date_from_civil(1900, 1, 1, &first);
    return first;
}

static inline struct date span_to(bool given, struct date to)
{
    struct date last = to;

    if (!given)
        (void)date_from_civil(9999, 12, 31, &last);
    return last;
}

#endif
