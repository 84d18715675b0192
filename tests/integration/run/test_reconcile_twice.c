/* What is in the bills of two days, or in the bill of the wrong one. */
#include "run/reconcile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reconcile_world.h"

static void make_day(struct world *world, const char *day)
{
    char no[32], noon[32];

    (void)snprintf(no, sizeof(no), "N%s", day);
    (void)snprintf(noon, sizeof(noon), "%s 12:00:00", day);
    books_payment(world, no, noon, 700);
    bill_payment(world, no, noon, 700);
}

static void finish_day(struct world *world, const char *day)
{
    bill_keep(world, day);
    (void)world_reconcile(world, day);
}

/* One record of the books, a row in each of two bills: counted twice unless somebody says so. In
 * either order of days, and again when they are reconciled again. */
static void sees_a_record_in_two_bills(void **state)
{
    static const char *const days[] = {WORLD_DAY, WORLD_NEXT};
    static const char *const booked[] = {WORLD_DAY " 23:59:58", WORLD_NEXT " 00:00:01"};

    for (size_t i = 0; i < 4; i++) {
        CLEANUP(world_release) struct world world;
        const char *first = days[i / 2], *last = days[1 - i / 2];

        if (i > 0) {
            assert_int_equal(test_database_teardown(state), 0);
            assert_int_equal(test_database_setup(state), 0);
        }
        world_init(&world, state);
        books_payment(&world, "X1", booked[i % 2], 500);
        books_refund(&world, "B1", "X1", booked[i % 2], 200);
        for (size_t day = 0; day < 2; day++) {
            const char *text = day == 0 ? first : last;

            make_day(&world, text);
            bill_payment(
                &world, "X1",
                strcmp(text, WORLD_DAY) == 0 ? WORLD_DAY " 23:59:57" : WORLD_NEXT " 00:00:02", 500);
            bill_refund(
                &world, "B1", "X1",
                strcmp(text, WORLD_DAY) == 0 ? WORLD_DAY " 23:59:57" : WORLD_NEXT " 00:00:02", 200);
            finish_day(&world, text);
        }
        assert_string_equal(world_says(&world, last), "BROKEN T07 OPEN B1; T07 OPEN X1;");
        (void)world_reconcile(&world, last);
        assert_string_equal(world_says(&world, last), "BROKEN T07 OPEN B1; T07 OPEN X1;");
        (void)world_reconcile(&world, first);
        assert_string_equal(world_says(&world, last), "BROKEN T07 OPEN B1; T07 OPEN X1;");
        assert_string_equal(
            test_sql_value(*state, "SELECT count(*) FROM recon.finding WHERE state <> 'RESOLVED'"),
            "2");
    }
}

/* Booked only after its day was reconciled: no finding there misses it, and no bill has it twice.
 */
static void believes_bills_and_not_silence(void **state)
{
    CLEANUP(world_release) struct world world;

    world_init(&world, state);
    make_day(&world, WORLD_DAY);
    finish_day(&world, WORLD_DAY);
    books_payment(&world, "X1", WORLD_DAY " 23:59:58", 500);
    books_refund(&world, "B1", "X1", WORLD_DAY " 23:59:59", 200);
    make_day(&world, WORLD_NEXT);
    bill_payment(&world, "X1", WORLD_NEXT " 00:00:02", 500);
    bill_refund(&world, "B1", "X1", WORLD_NEXT " 00:00:02", 200);
    finish_day(&world, WORLD_NEXT);
    expect_says(&world, WORLD_NEXT,
                "BALANCED T09 RESOLVED auto_timing B1; T09 RESOLVED auto_timing X1;");
}

/* A payment that the books date days before is open, in whichever order days come, and the days
 * beside it have nothing to do with it. */
static void knows_what_is_open_next_door(void **state)
{
    CLEANUP(world_release) struct world world;

    world_init(&world, state);
    books_payment(&world, "X1", "2026-05-28 12:00", 500);
    make_day(&world, WORLD_DAY);
    bill_payment(&world, "X1", WORLD_DAY " 12:00:00", 500);
    finish_day(&world, WORLD_DAY);
    expect_says(&world, WORLD_DAY, "BROKEN T09 OPEN X1;");
    make_day(&world, WORLD_NEXT);
    finish_day(&world, WORLD_NEXT);
    expect_says(&world, WORLD_NEXT, "BALANCED");
    (void)world_reconcile(&world, WORLD_DAY);
    expect_says(&world, WORLD_DAY, "BROKEN T09 OPEN X1;");
}

/* A bill that has refunds only, and all of another day: no refund is dated before it was accepted.
 */
static void refuses_another_days_refunds(void **state)
{
    CLEANUP(world_release) struct world world;
    struct reconcile_result result;

    world_init(&world, state);
    books_payment(&world, "X1", "2026-05-20 12:00", 500);
    books_refund(&world, "B1", "X1", WORLD_BEFORE " 12:00", 200);
    bill_refund(&world, "B1", "X1", WORLD_BEFORE " 12:00:00", 200);
    bill_keep(&world, WORLD_DAY);
    result = world_reconcile(&world, WORLD_DAY);
    expect_says(&world, WORLD_DAY, "INCOMPLETE E07 OPEN TRADE_ALL;");
    assert_string_equal(result.reason,
                        "E07 every refund of the trade bill of 2026-05-31 is of another day");

    buf_clear(&world.rows);
    bill_refund(&world, "B2", "X1", WORLD_NEXT " 12:00:00", 200);
    bill_keep(&world, WORLD_DAY);
    (void)world_reconcile(&world, WORLD_DAY);
    expect_says(&world, WORLD_DAY, "INCOMPLETE E07 OPEN TRADE_ALL;");
}

/* Accepted late in the evening, dated when it was through. */
static void takes_refunds_of_the_night(void **state)
{
    CLEANUP(world_release) struct world world;

    world_init(&world, state);
    books_payment(&world, "X1", "2026-05-20 12:00", 500);
    books_refund(&world, "B1", "X1", WORLD_DAY " 23:59:58", 200);
    bill_refund(&world, "B1", "X1", WORLD_NEXT " 00:00:04", 200);
    bill_keep(&world, WORLD_DAY);
    (void)world_reconcile(&world, WORLD_DAY);
    expect_says(&world, WORLD_DAY, "BALANCED");
}

/* Findings have keys of their own, whatever a bill holds. */
static void keeps_findings_of_one_number_apart(void **state)
{
    static const struct world_row rows[] = {
        {"P1", "T1", WORLD_DAY " 12:00:00", NULL, 500, "SUCCESS", "wx0000000000000000", NULL, 0,
         NULL},
        {"P1", "T1", WORLD_DAY " 12:00:00", NULL, 500, "REVOKED", "wx0000000000000000", NULL, 0,
         NULL},
        {"P1", "T1", WORLD_DAY " 12:00:00", NULL, 500, "REVOKED", NULL, NULL, 0, NULL},
        {"P1", "T1", WORLD_DAY " 12:00:00", NULL, 500, "HELD", NULL, NULL, 0, NULL},
        {"P1", "T1", WORLD_DAY " 12:00:00", NULL, 500, "HELD", NULL, NULL, 0, NULL},
        {"P1", "T2", WORLD_DAY " 12:00:00", NULL, 500, NULL, NULL, NULL, 0, NULL},
        {"P1/T2", "T3", WORLD_DAY " 12:00:00", NULL, 500, NULL, NULL, NULL, 0, NULL},
        {"P1", "T4", WORLD_DAY " 12:00:00", NULL, 500, NULL, NULL, NULL, 0, NULL},
        {"P1", "T2", WORLD_DAY " 12:00:00", NULL, 500, NULL, NULL, NULL, 0, NULL},
        {"P2", "T5", WORLD_DAY " 12:00:00", "", 500, NULL, NULL, NULL, 0, NULL},
        {"P2", "T5", WORLD_DAY " 12:00:00", "", 500, NULL, NULL, NULL, 0, NULL},
    };
    CLEANUP(world_release) struct world world;
    struct reconcile_result result;

    world_init(&world, state);
    make_day(&world, WORLD_DAY);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        bill_row(&world, &rows[i]);
    bill_keep(&world, WORLD_DAY);
    result = world_reconcile(&world, WORLD_DAY);
    assert_int_equal(result.verdict, VERDICT_BROKEN);
    assert_string_equal(test_sql_value(*state, "SELECT count(*) FROM recon.finding"), "11");
    assert_string_equal(test_sql_value(*state, "SELECT count(*) FROM recon.entry"), "12");
    (void)world_reconcile(&world, WORLD_DAY);
    assert_string_equal(test_sql_value(*state, "SELECT count(*) FROM recon.finding_event"), "11");
}

int main(void)
{
#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, test_database_setup, test_database_teardown)
    const struct CMUnitTest tests[] = {
        TEST(sees_a_record_in_two_bills),   TEST(believes_bills_and_not_silence),
        TEST(knows_what_is_open_next_door), TEST(refuses_another_days_refunds),
        TEST(takes_refunds_of_the_night),   TEST(keeps_findings_of_one_number_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
