/* What a fund-flow bill says in total, to be held against the trade bill. Pure.
 *
 * A payment is an income row 交易; its fee an expense row 扣除交易手续费. A refund is an expense
 * row 退款, either net of the returned fee or with an income row 退还交易手续费 beside it (FACTS
 * §4.1): the sum of all four types is the same, so that is what is compared. Types that move money
 * for other reasons are known and left out; a type nobody has classified is a finding (C05). Money
 * of closed refunds, of which the trade bill has no row that day, is recon/closed.h's. */
#ifndef RECON_FUND_H
#define RECON_FUND_H

#include "bill/bill.h"
#include "recon/finding.h"
#include "recon/verdict.h"

enum { FUND_TYPES_MAX = 32, FUND_TYPE_LENGTH_MAX = 64 };

struct fund_type {
    char name[FUND_TYPE_LENGTH_MAX + 1];
    int64_t rows;
    struct money net;
};

struct fund_totals {
    int64_t rows;
    int64_t trade_rows; /* of them of types that come from the trade bill's rows */
    int64_t other_days; /* rows booked on another day than the bill's */
    struct identity_side payments;
    struct money movement; /* of trade */
    struct fund_type unknown[FUND_TYPES_MAX];
    size_t unknown_count;
    /* The running balance, as the rows stand and turned round: does each follow from the one
     * before, and from what to what did it go? */
    struct money first_before, first_after, last_before, last_after;
    bool broken, broken_turned;
};

struct fund_balance {
    struct money opening, closing;
};

/* What was on the account before the first movement and after the last. False without rows, and
 * when the balance has a break whichever way the rows are read: nothing is known then. */
bool fund_totals_balance(const struct fund_totals *totals, struct fund_balance *ret_balance);

void fund_totals_init(struct fund_totals *totals);

/* ERR_DATA when a sum overflows, ERR_LIMIT above FUND_TYPES_MAX unknown types. */
bool fund_totals_add(struct fund_totals *totals, const struct bill_fund_row *row,
                     struct date bill_day, struct err *err);

/* What the trade bill says that the account should show. */
struct fund_expected {
    struct identity_side payments;  /* settled */
    struct identity_side uncertain; /* rows of other states, which may have moved money or not */
    struct money movement;          /* without the uncertain … */
    struct money uncertain_movement;
};

/* Findings of leg FUND: C01 or C02 where both bills disagree, C05 per unknown type. */
bool fund_findings(const struct fund_totals *fund, const struct fund_expected *expected,
                   struct date bill_day, struct finding_list *list, struct err *err);

#endif
