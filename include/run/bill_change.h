/* E06: the bill that counts now is not the one that the day's first verdict rested on.
 *
 * Both are kept; what is told is the difference in money, column by column. The first verdict's
 * version is compared, not the last one's: the finding stays until two people have accepted it, or
 * until the bill is again what it was. A day without a verdict has nothing to differ from, and a
 * bill that cannot be read is E04 or E05 and no E06 beside it. Order of rows, packing and line
 * ends are no change. */
#ifndef RUN_BILL_CHANGE_H
#define RUN_BILL_CHANGE_H

#include "recon/finding.h"
#include "run/evidence.h"

struct bill_change {
    bool changed;
    bool gone;        /* there was a bill with rows, and WeChat Pay says now that there is none */
    int32_t from, to; /* versions */
    struct bill_content before, after;
};

/* Looks at what is stored; costs nothing but two look-ups when the version is the same. */
bool bill_change_find(struct pg *pg, const struct evidence_bill *bill,
                      struct bill_change *ret_change, struct err *err);

enum { BILL_CHANGE_TEXT_MAX = 2048 };

/* "trade bill of 2026-05-31: version 2 differs from version 1: 订单总金额 130.00, was 122.00". */
void bill_change_text(const struct evidence_bill *bill, const struct bill_change *change,
                      struct buf *ret_text);

/* The finding, when it has changed: leg EVIDENCE, key the kind; channel what the bill comes to now,
 * books what it came to then (payments less refunds; income less expense). All totals of both are
 * its evidence. */
bool bill_change_add(const struct evidence_bill *bill, const struct bill_change *change,
                     struct finding_list *list, struct err *err);

#endif
