/* Refunds: a small world for each class of DOMAIN §3.3, and what the match says of it. */
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
        {"one refund", "bill refund F1 R1 P1 5.00\nbooks refund F1 P1 5.00 SUCCESS",
         "1 REFUND - F1\n",
         "rows 1 matched 1 foreign 0\npayments 0/0.00 0/0.00\nrefunds 1/5.00 1/5.00\n"
         "items 0/0.00 0/0.00\n"},
        {"what we asked for counts, not what was settled",
         "bill refund F1 R1 P1 5.00 settle=4.00\nbooks refund F1 P1 5.00 SUCCESS",
         "1 REFUND - F1\n", NULL},
        {"still on its way, on either side",
         "bill refund F1 R1 P1 5.00 status=PROCESSING\nbill refund F2 R2 P1 5.00\n"
         "books refund F1 P1 5.00 SUCCESS\nbooks refund F2 P1 5.00 PROCESSING",
         "1 REFUND - F1\n2 REFUND - F2\n", NULL},
        {"several refunds of one payment",
         "bill refund F1 R1 P1 5.00\nbill refund F2 R2 P1 5.00\n"
         "books refund F1 P1 5.00 SUCCESS\nbooks refund F2 P1 5.00 SUCCESS",
         "1 REFUND - F1\n2 REFUND - F2\n", NULL},
        {"the books do not say of which payment",
         "bill refund F1 R1 P1 5.00\nbooks refund F1 - 5.00 SUCCESS", "1 REFUND - F1\n", NULL},
        {"of a pay-score deduction: WeChat Pay's number there, the platform's here",
         "bill refund F1 R1 W9 5.00 type=AUTH attach=wxzff|77|P1\nbooks refund F1 P1 5.00 SUCCESS",
         "1 REFUND - F1\n", NULL},
        {"a payment's and a refund's number may be the same",
         "bill pay N1 X1 5.00\nbill refund N1 R1 N1 5.00\nbooks pay N1 X1 5.00 PAID\n"
         "books refund N1 N1 5.00 SUCCESS",
         "1 PAYMENT - N1\n2 REFUND - N1\n",
         "rows 2 matched 2 foreign 0\npayments 1/5.00 1/5.00\nrefunds 1/5.00 1/5.00\n"
         "items 1/5.00 1/5.00\n"},
        {"a refund row prints another time than the bill's day",
         "bill refund F1 R1 P1 5.00 day=-7\nbooks refund F1 P1 5.00 SUCCESS", "1 REFUND - F1\n",
         NULL},
    };

    (void)state;
    SCENES(scenes);
}

static void tells_what_one_side_lacks(void **state)
{
    static const struct match_scene scenes[] = {
        {"R01: made in the merchant console", "bill refund F1 R1 P1 5.00",
         "1 REFUND R01 -\nREFUND F1 R01 OPEN 5.00 ?\n",
         "rows 1 matched 0 foreign 0\npayments 0/0.00 0/0.00\nrefunds 1/5.00 0/0.00\n"
         "items 0/0.00 0/0.00\n"},
        {"R01: made there without a number, twice",
         "bill refund - R2 P1 5.00\nbill refund - R1 P1 5.00",
         "1 REFUND R01 -\n2 REFUND R01 -\nREFUND /R1 R01 OPEN 5.00 ?\n"
         "REFUND /R2 R01 OPEN 5.00 ?\n",
         NULL},
        {"R01: the books say it never went out",
         "bill refund F1 R1 P1 5.00\nbill refund F2 R2 P1 5.00\nbooks refund F1 P1 5.00 CLOSED\n"
         "books refund F2 P1 5.00 UNKNOWN",
         "1 REFUND R01 F1\n2 REFUND R01 F2\nREFUND F1 R01 OPEN 5.00 ?\n"
         "REFUND F2 R01 OPEN 5.00 ?\n",
         "rows 2 matched 0 foreign 0\npayments 0/0.00 0/0.00\nrefunds 2/10.00 0/0.00\n"
         "items 0/0.00 0/0.00\n"},
        {"R02: in no bill yet",
         "books refund F1 P1 5.00 SUCCESS\nbooks refund F2 P1 5.00 PROCESSING",
         "REFUND F1 R02 PENDING/+1 ? 5.00\nREFUND F2 R02 PENDING/+1 ? 5.00\n",
         "rows 0 matched 0 foreign 0\npayments 0/0.00 0/0.00\nrefunds 0/0.00 2/10.00\n"
         "items 0/0.00 0/0.00\n"},
        {"refunds that did not go out are not missing",
         "books refund F1 P1 5.00 CLOSED\nbooks refund F2 P1 5.00 ABNORMAL\n"
         "books refund F3 P1 5.00 UNKNOWN",
         "", NULL},
        {"a neighbouring day's bill has it", "books refund F1 P1 5.00 SUCCESS\nelsewhere refund F1",
         "REFUND F1 T09 RESOLVED/auto_timing ? 5.00\n", NULL},
        {"a neighbouring day's payment of the number is something else",
         "books refund F1 P1 5.00 SUCCESS\nelsewhere pay F1", "REFUND F1 R02 PENDING/+1 ? 5.00\n",
         NULL},
    };

    (void)state;
    SCENES(scenes);
}

static void tells_what_differs(void **state)
{
    static const struct match_scene scenes[] = {
        {"R03: another amount, both ways",
         "bill refund F1 R1 P1 5.00\nbill refund F2 R2 P1 5.00\nbooks refund F1 P1 4.00 SUCCESS\n"
         "books refund F2 P1 6.00 PROCESSING",
         "1 REFUND R03 F1\n2 REFUND R03 F2\nREFUND F1 R03 OPEN 5.00 4.00\n"
         "REFUND F2 R03 OPEN 5.00 6.00\n",
         NULL},
        {"R05: WeChat Pay could not pay it out",
         "bill refund F1 R1 P1 5.00 status=CHANGE\nbill refund F2 R2 P1 5.00 status=FAIL\n"
         "books refund F1 P1 5.00 SUCCESS\nbooks refund F2 P1 5.00 PROCESSING",
         "1 REFUND R05 F1\n2 REFUND R05 F2\nREFUND F1 R05 OPEN 5.00 5.00\n"
         "REFUND F2 R05 OPEN 5.00 5.00\n",
         NULL},
        {"R05: and the books know it: it is not somebody else's",
         "bill refund F1 R1 P1 5.00 status=CHANGE\nbooks refund F1 P1 5.00 ABNORMAL",
         "1 REFUND R05 F1\nREFUND F1 R05 OPEN 5.00 ?\n", NULL},
        {"R08: two refunds for one number",
         "bill refund F1 R1 P1 5.00\nbill refund F1 R2 P1 5.00\nbooks refund F1 P1 5.00 SUCCESS",
         "1 REFUND - F1\n2 REFUND R08 -\nREFUND F1/R2 R08 OPEN 5.00 ?\n",
         "rows 2 matched 1 foreign 0\npayments 0/0.00 0/0.00\nrefunds 2/10.00 1/5.00\n"
         "items 0/0.00 0/0.00\n"},
        {"R08: two for a number that nobody knows",
         "bill refund F1 R2 P1 5.00\nbill refund F1 R1 P1 5.00",
         "1 REFUND R08 -\n2 REFUND R01 -\nREFUND F1 R01 OPEN 5.00 ?\n"
         "REFUND F1/R2 R08 OPEN 5.00 ?\n",
         NULL},
        {"T07: one refund twice",
         "bill refund F1 R1 P1 5.00\nbill refund F1 R1 P1 5.00\nbooks refund F1 P1 5.00 SUCCESS",
         "1 REFUND - F1\n2 REFUND T07 -\nREFUND F1/R1 T07 OPEN 5.00 ?\n", NULL},
        {"T07: one refund without a number twice",
         "bill refund - R1 P1 5.00\nbill refund - R1 P1 5.00",
         "1 REFUND R01 -\n2 REFUND T07 -\nREFUND /R1 R01 OPEN 5.00 ?\n"
         "REFUND /R1/2 T07 OPEN 5.00 ?\n",
         NULL},
        {"T08: two records of one number",
         "bill refund F1 R1 P1 5.00\nbooks refund F1 P1 5.00 SUCCESS\n"
         "books refund F1 P1 6.00 SUCCESS",
         "1 REFUND T08 F1\nREFUND F1 T08 OPEN 5.00 5.00\n", NULL},
        {"T09: accepted at midnight",
         "bill refund F1 R1 P1 5.00\nbooks refund F1 P1 5.00 SUCCESS day=-1 at=23:59:59",
         "1 REFUND T09 F1\nREFUND F1 T09 RESOLVED/auto_timing 5.00 5.00\n", NULL},
        {"T10: of another payment than the books say",
         "bill refund F1 R1 P1 5.00\nbooks refund F1 P2 5.00 SUCCESS",
         "1 REFUND T10 F1\nREFUND F1 T10 OPEN 5.00 5.00\n", NULL},
        {"T13: a status nobody has classified",
         "bill refund F1 R1 P1 5.00 status=WAITING\nbooks refund F1 P1 5.00 SUCCESS",
         "1 REFUND T13 F1\nREFUND F1 T13 OPEN 5.00 5.00\n", NULL},
        {"E07: of another AppID, with and without a record",
         "bill refund F1 R1 P1 5.00 app=wxC\nbill refund F2 R2 P1 5.00 app=wxC\n"
         "books refund F1 P1 5.00 SUCCESS",
         "1 REFUND E07 F1\n2 REFUND E07 -\nREFUND F1 E07 OPEN 5.00 5.00\n"
         "REFUND F2/R2 E07 OPEN 5.00 ?\n",
         NULL},
    };

    (void)state;
    SCENES(scenes);
}

#define OWN "DR0123456789abcdef0123456789abcd"

static void tells_what_nobody_approved(void **state)
{
    static const struct match_scene scenes[] = {
        {"ours pair like all others",
         "bill refund " OWN " R1 P1 5.00\nbooks refund " OWN " P1 5.00 SUCCESS",
         "1 REFUND - " OWN "\n", NULL},
        {"R09: under a number of the form of ours, not in the books",
         "bill refund " OWN " R1 P1 5.00", "1 REFUND R09 -\nREFUND " OWN " R09 OPEN 5.00 ?\n",
         "rows 1 matched 0 foreign 0\npayments 0/0.00 0/0.00\nrefunds 1/5.00 0/0.00\n"
         "items 0/0.00 0/0.00\n"},
        {"R09: in the books with a status that nobody approved",
         "bill refund " OWN " R1 P1 5.00\nbooks refund " OWN " P1 5.00 UNAPPROVED",
         "1 REFUND R09 " OWN "\nREFUND " OWN " R09 OPEN 5.00 ?\n", NULL},
        {"T13: the same without a row", "books refund " OWN " P1 5.00 UNAPPROVED",
         "REFUND " OWN " T13 OPEN ? 5.00\n", NULL},
        {"R01: numbers that only look like ours",
         "bill refund DR0123456789abcdef0123456789abc R1 P1 1.00\n"
         "bill refund DR0123456789abcdef0123456789abcde R2 P1 1.00\n"
         "bill refund DR0123456789ABCDEF0123456789abcd R3 P1 1.00\n"
         "bill refund XR0123456789abcdef0123456789abcd R4 P1 1.00\n"
         "bill refund DR0123456789abcdef0123456789abcg R5 P1 1.00",
         "1 REFUND R01 -\n2 REFUND R01 -\n3 REFUND R01 -\n4 REFUND R01 -\n5 REFUND R01 -\n"
         "REFUND DR0123456789ABCDEF0123456789abcd R01 OPEN 1.00 ?\n"
         "REFUND DR0123456789abcdef0123456789abc R01 OPEN 1.00 ?\n"
         "REFUND DR0123456789abcdef0123456789abcde R01 OPEN 1.00 ?\n"
         "REFUND DR0123456789abcdef0123456789abcg R01 OPEN 1.00 ?\n"
         "REFUND XR0123456789abcdef0123456789abcd R01 OPEN 1.00 ?\n",
         NULL},
        {"R08: a second one beside ours",
         "bill refund " OWN " R1 P1 5.00\nbill refund " OWN " R2 P1 5.00\n"
         "books refund " OWN " P1 5.00 SUCCESS",
         "1 REFUND - " OWN "\n2 REFUND R08 -\nREFUND " OWN "/R2 R08 OPEN 5.00 ?\n", NULL},
        {"R03: another amount than ours",
         "bill refund " OWN " R1 P1 4.00\nbooks refund " OWN " P1 5.00 SUCCESS",
         "1 REFUND R03 " OWN "\nREFUND " OWN " R03 OPEN 4.00 5.00\n", NULL},
    };

    (void)state;
    SCENES(scenes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_what_agrees),
        cmocka_unit_test(tells_what_one_side_lacks),
        cmocka_unit_test(tells_what_differs),
        cmocka_unit_test(tells_what_nobody_approved),
    };
    return cmocka_run_group_tests_name("recon/match: refunds", tests, NULL, NULL);
}
