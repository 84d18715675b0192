/* What a checker should look at twice in a list of refunds. Pure. */
#ifndef REFUND_MARKS_H
#define REFUND_MARKS_H

#include "base/buf.h"
#include "base/date.h"
#include "base/money.h"

enum refund_mark {
    REFUND_MARK_RECENT,    /* asked for less than a day after it was paid */
    REFUND_MARK_LARGE,     /* at least the configured amount */
    REFUND_MARK_SEVERAL,   /* its rental has other requests */
    REFUND_MARK_PART,      /* some of it was given back before */
    REFUND_MARK_DEDUCTION, /* a deduction waits for approval */
    REFUND_MARK_OLD,       /* paid more than REFUND_OLD_DAYS ago */
    REFUND_MARK_OWN,       /* requested by the login that looks */
    REFUND_MARK_CHANGED,   /* not any more as it was requested: it would be dropped */
    REFUND_MARKS
};

enum {
    REFUND_OLD_DAYS = 300,  /* from then on a payment is listed before the wall (DOMAIN §5) */
    REFUND_WALL_DAYS = 365, /* from then on WeChat Pay refunds nothing (FACTS §5.2) */
};

struct refund_look {
    struct money amount;
    struct money refunded;   /* given back before */
    struct money unapproved; /* deductions that nobody has approved */
    int64_t others;          /* other requests of its rental */
    bool has_paid;
    struct instant paid_at, requested_at, now;
    bool own, changed;
};

/* One bit for each mark. `large`: from this amount on. */
unsigned refund_marks(const struct refund_look *look, struct money large);

const char *refund_mark_name(enum refund_mark mark); /* "RECENT" */
const char *refund_mark_help(enum refund_mark mark); /* for the checker, without amounts */

/* "RECENT PART"; nothing for none. */
void refund_marks_text(unsigned marks, struct buf *text);

#endif
