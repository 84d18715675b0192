/* Payments: a small world for each class of DOMAIN §3.3, and what the match says of it. */
#include "recon/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "match_scene.h"

#define SCENES(scenes) match_scenes_check(scenes, sizeof(scenes) / sizeof((scenes)[0]))

static void pairs_what_agrees(void **state)
{
    static const struct match_scene scenes[] = {
        {"nothing on either side", "", "",
         "rows 0 matched 0 foreign 0\npayments 0/0.00 0/0.00\nrefunds 0/0.00 0/0.00\n"
         "items 0/0.00 0/0.00\n"},
        {"one payment", "bill pay P1 X1 12.00\nbooks pay P1 X1 12.00 PAID", "1 PAYMENT - P1\n",
         "rows 1 matched 1 foreign 0\npayments 1/12.00 1/12.00\nrefunds 0/0.00 0/0.00\n"
         "items 1/12.00 1/12.00\n"},
        {"both AppIDs count",
         "bill pay P1 X1 12.00\nbill pay P2 X2 3.00 app=wxB\n"
         "books pay P1 X1 12.00 PAID\nbooks pay P2 X2 3.00 PAID app=wxB",
         "1 PAYMENT - P1\n2 PAYMENT - P2\n",
         "rows 2 matched 2 foreign 0\npayments 2/15.00 2/15.00\nrefunds 0/0.00 0/0.00\n"
         "items 2/15.00 2/15.00\n"},
        {"equal amounts in one minute stay apart",
         "bill pay P1 X1 12.00\nbill pay P2 X2 12.00\n"
         "books pay P2 X2 12.00 PAID\nbooks pay P1 X1 12.00 PAID",
         "1 PAYMENT - P1\n2 PAYMENT - P2\n", NULL},
        {"the books do not know the transaction yet",
         "bill pay P1 X1 12.00\nbooks pay P1 - 12.00 PAID", "1 PAYMENT - P1\n", NULL},
        {"the books do not know the AppID",
         "bill pay P1 X1 12.00 app=wxB\nbooks pay P1 X1 12.00 PAID app=-", "1 PAYMENT - P1\n",
         NULL},
        {"several items",
         "bill pay P1 X1 12.00\n"
         "books pay P1 X1 12.00 PAID items=DEPOSIT:R1:10.00,RENT:R1:1.50,INSURANCE:-:0.50",
         "1 PAYMENT - P1\n", NULL},
        {"a pay-score deduction without attached data has the same transaction",
         "bill pay W9 X1 12.00 type=AUTH\nbooks pay P1 X1 12.00 PAID", "1 PAYMENT - P1\n", NULL},
        {"a pay-score deduction names the order in its attached data",
         "bill pay W9 X1 12.00 type=AUTH attach=wxzff|77|P1\nbooks pay P1 - 12.00 PAID",
         "1 PAYMENT - P1\n", NULL},
        {"attached data of other types say nothing",
         "bill pay P2 X2 12.00 attach=wxzff|77|P1\nbooks pay P1 - 12.00 PAID\n"
         "books pay P2 X2 12.00 PAID",
         "1 PAYMENT - P2\nTRADE P1 T03 PENDING/+1 ? 12.00\n", NULL},
        {"unpaid orders of the books are not missing", "books pay P1 - 12.00 CREATED", "", NULL},
        {"a word that the contract does not know is no unpaid order",
         "books pay P1 - 12.00 SETTLED\n"
         "books pay P2 - 12.00 SETTLED day=-1\n"
         "books refund F1 P1 5.00 DONE",
         "TRADE P1 T13 OPEN ? 12.00\nREFUND F1 T13 OPEN ? 5.00\n",
         "rows 0 matched 0 foreign 0\npayments 0/0.00 0/0.00\nrefunds 0/0.00 0/0.00\n"
         "items 0/0.00 0/0.00\n"},
    };

    (void)state;
    SCENES(scenes);
}

static void tells_what_the_books_lack(void **state)
{
    static const struct match_scene scenes[] = {
        {"T01: no payment of that number at any date", "bill pay P1 X1 12.00",
         "1 PAYMENT T01 -\nTRADE P1 T01 OPEN 12.00 ?\n",
         "rows 1 matched 0 foreign 0\npayments 1/12.00 0/0.00\nrefunds 0/0.00 0/0.00\n"
         "items 0/0.00 0/0.00\n"},
        {"T02: our payment is not paid", "bill pay P1 X1 12.00\nbooks pay P1 - 12.00 CREATED",
         "1 PAYMENT T02 P1\nTRADE P1 T02 OPEN 12.00 ?\n",
         "rows 1 matched 0 foreign 0\npayments 1/12.00 0/0.00\nrefunds 0/0.00 0/0.00\n"
         "items 0/0.00 0/0.00\n"},
        {"T02 whatever word stands there",
         "bill pay P1 X1 1.00\nbill pay P2 X2 1.00\nbill pay P3 X3 1.00\n"
         "books pay P1 - 1.00 CLOSED\nbooks pay P2 X2 1.00 UNKNOWN\nbooks pay P3 X3 1.00 GONE",
         "1 PAYMENT T02 P1\n2 PAYMENT T02 P2\n3 PAYMENT T02 P3\nTRADE P1 T02 OPEN 1.00 ?\n"
         "TRADE P2 T02 OPEN 1.00 ?\nTRADE P3 T02 OPEN 1.00 ?\n",
         NULL},
        {"T02 comes before a wrong amount", "bill pay P1 X1 12.00\nbooks pay P1 - 13.00 CREATED",
         "1 PAYMENT T02 P1\nTRADE P1 T02 OPEN 12.00 ?\n", NULL},
    };

    (void)state;
    SCENES(scenes);
}

static void tells_what_the_bill_lacks(void **state)
{
    static const struct match_scene scenes[] = {
        {"T03: may be in the next day's bill", "books pay P1 X1 12.00 PAID",
         "TRADE P1 T03 PENDING/+1 ? 12.00\n",
         "rows 0 matched 0 foreign 0\npayments 0/0.00 1/12.00\nrefunds 0/0.00 0/0.00\n"
         "items 1/12.00 1/12.00\n"},
        {"the day's first and last second count, their neighbours do not",
         "books pay P1 X1 1.00 PAID at=00:00:00\nbooks pay P2 X2 2.00 PAID at=23:59:59\n"
         "books pay P3 X3 4.00 PAID day=+1 at=00:00:00\nbooks pay P4 X4 8.00 PAID day=-1 "
         "at=23:59:59",
         "TRADE P1 T03 PENDING/+1 ? 1.00\nTRADE P2 T03 PENDING/+1 ? 2.00\n",
         "rows 0 matched 0 foreign 0\npayments 0/0.00 2/3.00\nrefunds 0/0.00 0/0.00\n"
         "items 2/3.00 2/3.00\n"},
        {"a neighbouring day's bill has it",
         "books pay P1 X1 12.00 PAID at=23:59:59\nelsewhere pay P1",
         "TRADE P1 T09 RESOLVED/auto_timing ? 12.00\n",
         "rows 0 matched 0 foreign 0\npayments 0/0.00 0/0.00\nrefunds 0/0.00 0/0.00\n"
         "items 1/12.00 1/12.00\n"},
    };

    (void)state;
    SCENES(scenes);
}

static void tells_amounts_that_differ(void **state)
{
    static const struct match_scene scenes[] = {
        {"T04 and T05, never netted",
         "bill pay P1 X1 12.00\nbill pay P2 X2 12.00\nbooks pay P1 X1 11.00 PAID\n"
         "books pay P2 X2 13.00 PAID",
         "1 PAYMENT T04 P1\n2 PAYMENT T05 P2\nTRADE P1 T04 OPEN 12.00 11.00\n"
         "TRADE P2 T05 OPEN 12.00 13.00\n",
         "rows 2 matched 0 foreign 0\npayments 2/24.00 2/24.00\nrefunds 0/0.00 0/0.00\n"
         "items 2/24.00 2/24.00\n"},
        {"the order amount counts, not the settlement amount",
         "bill pay P1 X1 12.00 settle=10.00\nbooks pay P1 X1 12.00 PAID", "1 PAYMENT - P1\n", NULL},
        {"T04 is no coupon without one",
         "bill pay P1 X1 12.00 settle=10.00\nbooks pay P1 X1 10.00 PAID",
         "1 PAYMENT T04 P1\nTRADE P1 T04 OPEN 12.00 10.00\n", NULL},
        {"T11: the books have what is left after the merchant's coupon",
         "bill pay P1 X1 12.00 settle=10.00 coupon=2.00\nbooks pay P1 X1 10.00 PAID",
         "1 PAYMENT T11 P1\nTRADE P1 T11 RESOLVED/explained 12.00 10.00\n",
         "rows 1 matched 1 foreign 0\npayments 1/12.00 1/12.00\nrefunds 0/0.00 0/0.00\n"
         "items 1/10.00 1/10.00\n"},
        {"T11: a coupon of the merchant's and a prepaid one",
         "bill pay P1 X1 12.00 settle=10.00 coupon=3.00\nbooks pay P1 X1 10.00 PAID",
         "1 PAYMENT T11 P1\nTRADE P1 T11 RESOLVED/explained 12.00 10.00\n", NULL},
        {"T11: a prepaid coupon does not lower the settlement amount",
         "bill pay P1 X1 12.00 coupon=2.00\nbooks pay P1 X1 10.00 PAID",
         "1 PAYMENT T11 P1\nTRADE P1 T11 RESOLVED/explained 12.00 10.00\n", NULL},
        {"a settlement amount that the coupon does not explain",
         "bill pay P1 X1 12.00 settle=7.00 coupon=2.00\nbooks pay P1 X1 7.00 PAID",
         "1 PAYMENT T04 P1\nTRADE P1 T04 OPEN 12.00 7.00\n", NULL},
        {"a coupon that does not explain the difference exactly",
         "bill pay P1 X1 12.00 settle=10.00 coupon=2.00\nbooks pay P1 X1 10.01 PAID",
         "1 PAYMENT T04 P1\nTRADE P1 T04 OPEN 12.00 10.01\n", NULL},
        {"T12: items do not add up",
         "bill pay P1 X1 12.00\nbooks pay P1 X1 12.00 PAID items=RENT:R1:11.99",
         "1 PAYMENT T12 P1\nTRADE P1 T12 OPEN 12.00 11.99\n",
         "rows 1 matched 0 foreign 0\npayments 1/12.00 1/12.00\nrefunds 0/0.00 0/0.00\n"
         "items 1/12.00 1/11.99\n"},
        {"T12: no items", "bill pay P1 X1 12.00\nbooks pay P1 X1 12.00 PAID items=none",
         "1 PAYMENT T12 P1\nTRADE P1 T12 OPEN 12.00 0.00\n", NULL},
        {"T12 is not hidden by a coupon",
         "bill pay P1 X1 12.00 coupon=2.00\nbooks pay P1 X1 10.00 PAID items=RENT:R1:9.00",
         "1 PAYMENT T12 P1\nTRADE P1 T12 OPEN 10.00 9.00\n",
         "rows 1 matched 0 foreign 0\npayments 1/12.00 1/12.00\nrefunds 0/0.00 0/0.00\n"
         "items 1/10.00 1/9.00\n"},
    };

    (void)state;
    SCENES(scenes);
}

static void tells_payments_made_twice(void **state)
{
    static const struct match_scene scenes[] = {
        {"T06: two transactions for one order, the books name one",
         "bill pay P1 X1 12.00\nbill pay P1 X2 12.00\nbooks pay P1 X2 12.00 PAID",
         "1 PAYMENT T06 -\n2 PAYMENT - P1\nTRADE P1/X1 T06 OPEN 12.00 ?\n",
         "rows 2 matched 1 foreign 0\npayments 2/24.00 1/12.00\nrefunds 0/0.00 0/0.00\n"
         "items 1/12.00 1/12.00\n"},
        {"T06: the books name none, the first transaction has the order",
         "bill pay P1 X2 12.00\nbill pay P1 X1 12.00\nbooks pay P1 - 12.00 PAID",
         "1 PAYMENT T06 -\n2 PAYMENT - P1\nTRADE P1/X2 T06 OPEN 12.00 ?\n", NULL},
        {"T06: the books have the order of another day",
         "bill pay P1 X1 12.00\nbill pay P1 X2 12.00\nbooks pay P1 X2 12.00 PAID day=-1 "
         "at=12:00:00",
         "1 PAYMENT T06 -\n2 PAYMENT T09 P1\nTRADE P1 T09 RESOLVED/auto_timing 12.00 12.00\n"
         "TRADE P1/X1 T06 OPEN 12.00 ?\n",
         NULL},
        {"T06: two transactions for an order that nobody knows",
         "bill pay P1 X2 12.00\nbill pay P1 X1 12.00",
         "1 PAYMENT T06 -\n2 PAYMENT T01 -\nTRADE P1 T01 OPEN 12.00 ?\n"
         "TRADE P1/X2 T06 OPEN 12.00 ?\n",
         NULL},
        {"T06: two orders for the same things, one not paid in the books",
         "bill pay P1 X1 12.00\nbill pay P2 X2 12.00 at=12:05:00\n"
         "books pay P1 X1 12.00 PAID items=RENT:R1:12.00\n"
         "books pay P2 - 12.00 CREATED items=RENT:R1:12.00",
         "1 PAYMENT - P1\n2 PAYMENT T06 P2\nTRADE P2 T06 OPEN 12.00 ?\n",
         "rows 2 matched 1 foreign 0\npayments 2/24.00 1/12.00\nrefunds 0/0.00 0/0.00\n"
         "items 1/12.00 1/12.00\n"},
        {"T02: paid for other things",
         "bill pay P1 X1 12.00\nbill pay P2 X2 13.00\n"
         "books pay P1 X1 12.00 PAID items=RENT:R1:12.00\n"
         "books pay P2 - 13.00 CREATED items=RENT:R1:12.00,INSURANCE:R1:1.00",
         "1 PAYMENT - P1\n2 PAYMENT T02 P2\nTRADE P2 T02 OPEN 13.00 ?\n", NULL},
        {"T02: the same rent of another week",
         "bill pay P2 X2 12.00\nbooks pay P1 X1 12.00 PAID day=-1 at=12:00:00 items=RENT:R1:12.00\n"
         "books pay P2 - 12.00 CREATED items=RENT:R1:12.00",
         "1 PAYMENT T02 P2\nTRADE P2 T02 OPEN 12.00 ?\n", NULL},
        {"T06: things of a rental, and insurance that has none",
         "bill pay P1 X1 12.00\nbill pay P2 X2 12.00\n"
         "books pay P1 X1 12.00 PAID items=RENT:R1:11.00,INSURANCE:-:1.00\n"
         "books pay P2 - 12.00 CREATED items=RENT:R1:11.00,INSURANCE:-:1.00",
         "1 PAYMENT - P1\n2 PAYMENT T06 P2\nTRADE P2 T06 OPEN 12.00 ?\n", NULL},
        {"T02: things without a rental are not the same things",
         "bill pay P1 X1 12.00\nbill pay P2 X2 12.00\n"
         "books pay P1 X1 12.00 PAID items=RENT:-:12.00\n"
         "books pay P2 - 12.00 CREATED items=RENT:-:12.00",
         "1 PAYMENT - P1\n2 PAYMENT T02 P2\nTRADE P2 T02 OPEN 12.00 ?\n", NULL},
    };

    (void)state;
    SCENES(scenes);
}

static void tells_rows_and_records_that_repeat(void **state)
{
    static const struct match_scene scenes[] = {
        {"T07: the same row twice and thrice",
         "bill pay P1 X1 12.00\nbill pay P1 X1 12.00\nbill pay P1 X1 12.00\n"
         "books pay P1 X1 12.00 PAID",
         "1 PAYMENT - P1\n2 PAYMENT T07 -\n3 PAYMENT T07 -\nTRADE P1/X1 T07 OPEN 12.00 ?\n"
         "TRADE P1/X1/2 T07 OPEN 12.00 ?\n",
         "rows 3 matched 1 foreign 0\npayments 3/36.00 1/12.00\nrefunds 0/0.00 0/0.00\n"
         "items 1/12.00 1/12.00\n"},
        {"T07: of a record that was looked up",
         "bill pay P1 X1 12.00\nbill pay P1 X1 12.00\n"
         "books pay P1 X1 12.00 PAID day=-1 at=12:00:00",
         "1 PAYMENT T09 P1\n2 PAYMENT T07 -\nTRADE P1 T09 RESOLVED/auto_timing 12.00 12.00\n"
         "TRADE P1/X1 T07 OPEN 12.00 ?\n",
         NULL},
        {"T07: of no record", "bill pay P1 X1 12.00\nbill pay P1 X1 12.00",
         "1 PAYMENT T01 -\n2 PAYMENT T07 -\nTRADE P1 T01 OPEN 12.00 ?\n"
         "TRADE P1/X1 T07 OPEN 12.00 ?\n",
         NULL},
        {"T07: one transaction under two numbers",
         "bill pay P1 X1 12.00\nbill pay W9 X1 12.00\nbooks pay P1 X1 12.00 PAID",
         "1 PAYMENT - P1\n2 PAYMENT T07 -\nTRADE W9/X1 T07 OPEN 12.00 ?\n", NULL},
        {"T08: two records of one number, with a row",
         "bill pay P1 X1 12.00\nbooks pay P1 X1 12.00 PAID\n"
         "books pay P1 X1 12.00 PAID at=12:00:01 items=RENT@2:R1:0.00",
         "1 PAYMENT T08 P1\nTRADE P1 T08 OPEN 12.00 12.00\n", NULL},
        {"T08: one item twice",
         "bill pay P1 X1 12.00\nbooks pay P1 X1 12.00 PAID items=RENT@1:R1:6.00,RENT@1:R1:6.00",
         "1 PAYMENT T08 P1\nTRADE P1 T08 OPEN 12.00 12.00\n", NULL},
        {"T08: two records of one number, without a row",
         "books pay P1 X1 12.00 PAID\nbooks pay P1 X1 12.00 PAID items=RENT@1:R1:0.00",
         "TRADE P1 T08 OPEN ? 12.00\n", NULL},
        {"T08: two records of one transaction",
         "bill pay P1 X1 12.00\nbooks pay P1 X1 12.00 PAID\nbooks pay P2 X1 12.00 PAID",
         "1 PAYMENT - P1\nTRADE P2 T08 OPEN ? 12.00\n",
         "rows 1 matched 1 foreign 0\npayments 1/12.00 2/24.00\nrefunds 0/0.00 0/0.00\n"
         "items 2/24.00 2/24.00\n"},
        {"T08: two records of the transaction of a number that nobody knows",
         "bill pay W9 X1 12.00\nbooks pay P1 X1 12.00 PAID\nbooks pay P2 X1 12.00 PAID",
         "1 PAYMENT T08 -\nTRADE P1 T08 OPEN ? 12.00\nTRADE P2 T08 OPEN ? 12.00\n"
         "TRADE W9 T08 OPEN 12.00 ?\n",
         NULL},
        {"T10: the transaction of a payment with another number",
         "bill pay W9 X1 12.00\nbooks pay P1 X1 12.00 PAID",
         "1 PAYMENT T10 P1\nTRADE P1 T10 OPEN 12.00 12.00\n", NULL},
        {"a number comes before a transaction",
         "bill pay A1 X1 12.00\nbill pay P1 X9 12.00\nbooks pay P1 X1 12.00 PAID",
         "1 PAYMENT T06 -\n2 PAYMENT T10 P1\nTRADE A1/X1 T06 OPEN 12.00 ?\n"
         "TRADE P1 T10 OPEN 12.00 12.00\n",
         NULL},
    };

    (void)state;
    SCENES(scenes);
}

static void tells_other_days_and_other_parties(void **state)
{
    static const struct match_scene scenes[] = {
        {"T09: paid at midnight, booked the next day",
         "bill pay P1 X1 12.00 at=23:59:59\nbooks pay P1 X1 12.00 PAID day=+1 at=00:00:00",
         "1 PAYMENT T09 P1\nTRADE P1 T09 RESOLVED/auto_timing 12.00 12.00\n",
         "rows 1 matched 1 foreign 0\npayments 1/12.00 1/12.00\nrefunds 0/0.00 0/0.00\n"
         "items 0/0.00 0/0.00\n"},
        {"T09: booked hours later",
         "bill pay P1 X1 12.00 at=23:59:59\nbooks pay P1 X1 12.00 PAID day=+1 at=05:00:00",
         "1 PAYMENT T09 P1\nTRADE P1 T09 RESOLVED/auto_timing 12.00 12.00\n", NULL},
        {"T09: booked two days later is nobody's midnight",
         "bill pay P1 X1 12.00\nbooks pay P1 X1 12.00 PAID day=+2",
         "1 PAYMENT T09 P1\nTRADE P1 T09 OPEN 12.00 12.00\n", NULL},
        {"T04 comes before T09",
         "bill pay P1 X1 12.00 at=23:59:59\nbooks pay P1 X1 11.00 PAID day=+1 at=00:00:00",
         "1 PAYMENT T04 P1\nTRADE P1 T04 OPEN 12.00 11.00\n", NULL},
        {"T10: another transaction than the books say",
         "bill pay P1 X1 12.00\nbooks pay P1 X2 12.00 PAID",
         "1 PAYMENT T10 P1\nTRADE P1 T10 OPEN 12.00 12.00\n", NULL},
        {"T10: the merchant's other AppID",
         "bill pay P1 X1 12.00 app=wxB\nbooks pay P1 X1 12.00 PAID",
         "1 PAYMENT T10 P1\nTRADE P1 T10 OPEN 12.00 12.00\n", NULL},
        {"T13: revoked, and the books know it",
         "bill pay P1 X1 12.00 state=REVOKED\nbooks pay P1 - 12.00 CLOSED",
         "1 REVOKED T13 P1\nTRADE P1 T13 OPEN 12.00 ?\n",
         "rows 1 matched 0 foreign 0\npayments 0/0.00 0/0.00\nrefunds 0/0.00 0/0.00\n"
         "items 0/0.00 0/0.00\n"},
        {"T13: revoked, and the books count it as paid: one finding",
         "bill pay P1 X1 12.00 state=REVOKED\nbooks pay P1 X1 12.00 PAID",
         "1 REVOKED T13 P1\nTRADE P1 T13 OPEN 12.00 12.00\n",
         "rows 1 matched 0 foreign 0\npayments 0/0.00 0/0.00\nrefunds 0/0.00 0/0.00\n"
         "items 1/12.00 1/12.00\n"},
        {"T13: a word nobody has classified, of an order nobody knows",
         "bill pay P1 X1 12.00 state=HOLDING", "1 OTHER T13 -\nTRADE P1/X1 T13 OPEN 12.00 ?\n",
         NULL},
        {"T13: paid and revoked in one bill",
         "bill pay P1 X1 12.00\nbill pay P1 X1 12.00 state=REVOKED\nbooks pay P1 X1 12.00 PAID",
         "1 PAYMENT - P1\n2 REVOKED T13 -\nTRADE P1/X1 T13 OPEN 12.00 12.00\n", NULL},
        {"T13, T07: revoked and paid twice: each finding has its key",
         "bill pay P1 X1 12.00 state=REVOKED\nbill pay P1 X1 12.00\nbill pay P1 X1 12.00\n"
         "books pay P1 X1 12.00 PAID",
         "1 REVOKED T13 -\n2 PAYMENT - P1\n3 PAYMENT T07 -\nTRADE P1/X1 T13 OPEN 12.00 12.00\n"
         "TRADE P1/X1/2 T07 OPEN 12.00 ?\n",
         NULL},
    };

    (void)state;
    SCENES(scenes);
}

static void tells_rows_that_are_not_ours(void **state)
{
    static const struct match_scene scenes[] = {
        {"E07: another merchant's, sub-merchant's, AppID's, currency's, day's",
         "bill pay P1 X1 1.00 mch=1900000110\nbill pay P2 X2 1.00 sub=1\nbill pay P3 X3 1.00 "
         "app=wxC\nbill pay P4 X4 1.00 cur=USD\nbill pay P5 X5 1.00 day=+1\nbill pay P6 X6 1.00 "
         "day=-1",
         "1 PAYMENT E07 -\n2 PAYMENT E07 -\n3 PAYMENT E07 -\n4 PAYMENT E07 -\n5 PAYMENT E07 -\n"
         "6 PAYMENT E07 -\nTRADE P1/X1 E07 OPEN 1.00 ?\nTRADE P2/X2 E07 OPEN 1.00 ?\n"
         "TRADE P3/X3 E07 OPEN 1.00 ?\nTRADE P4/X4 E07 OPEN 1.00 ?\nTRADE P5/X5 E07 OPEN 1.00 ?\n"
         "TRADE P6/X6 E07 OPEN 1.00 ?\n",
         "rows 6 matched 0 foreign 6\npayments 6/6.00 0/0.00\nrefunds 0/0.00 0/0.00\n"
         "items 0/0.00 0/0.00\n"},
        {"E07: with a record of both numbers",
         "bill pay P1 X1 12.00 app=wxC\nbooks pay P1 X1 12.00 PAID",
         "1 PAYMENT E07 P1\nTRADE P1 E07 OPEN 12.00 12.00\n", NULL},
        {"E07: with a record of the number only",
         "bill pay P1 X1 12.00 app=wxC\nbooks pay P1 X2 12.00 PAID",
         "1 PAYMENT E07 -\nTRADE P1 T03 PENDING/+1 ? 12.00\nTRADE P1/X1 E07 OPEN 12.00 ?\n", NULL},
        {"E07 beside our own row",
         "bill pay P1 X1 12.00 app=wxC\nbill pay P1 X1 12.00\nbooks pay P1 X1 12.00 PAID",
         "1 PAYMENT E07 -\n2 PAYMENT - P1\nTRADE P1/X1 E07 OPEN 12.00 ?\n", NULL},
        {"E07 beside our own row, looked up",
         "bill pay P1 X1 12.00 app=wxC\nbill pay P1 X1 12.00\n"
         "books pay P1 X1 12.00 PAID day=-1 at=12:00:00",
         "1 PAYMENT E07 -\n2 PAYMENT T09 P1\nTRADE P1 T09 RESOLVED/auto_timing 12.00 12.00\n"
         "TRADE P1/X1 E07 OPEN 12.00 ?\n",
         NULL},
        {"E07, T07: foreign and own, each twice",
         "bill pay P1 X1 12.00 app=wxC\nbill pay P1 X1 12.00\nbill pay P1 X1 12.00 app=wxC\n"
         "bill pay P1 X1 12.00\nbooks pay P1 X1 12.00 PAID",
         "1 PAYMENT E07 -\n2 PAYMENT - P1\n3 PAYMENT T07 -\n4 PAYMENT T07 -\n"
         "TRADE P1/X1 T07 OPEN 12.00 ?\nTRADE P1/X1/2 E07 OPEN 12.00 ?\n"
         "TRADE P1/X1/3 T07 OPEN 12.00 ?\n",
         NULL},
    };

    (void)state;
    SCENES(scenes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_what_agrees),
        cmocka_unit_test(tells_what_the_books_lack),
        cmocka_unit_test(tells_what_the_bill_lacks),
        cmocka_unit_test(tells_amounts_that_differ),
        cmocka_unit_test(tells_payments_made_twice),
        cmocka_unit_test(tells_rows_and_records_that_repeat),
        cmocka_unit_test(tells_other_days_and_other_parties),
        cmocka_unit_test(tells_rows_that_are_not_ours),
    };
    return cmocka_run_group_tests_name("recon/match", tests, NULL, NULL);
}
