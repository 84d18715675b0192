/* Days that know of each other: timing, late and re-issued bills, days out of order. */
#include "run/reconcile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reconcile_world.h"

#define DAY_AFTER "2026-06-02"

static void bill_noon(struct world *world, const char *day)
{
    char no[32], noon[32];

    (void)snprintf(no, sizeof(no), "N%s", day);
    (void)snprintf(noon, sizeof(noon), "%s 12:00:00", day);
    bill_payment(world, no, noon, 700);
}

/* A payment on both sides, so that no day is one-sided. */
static void make_day(struct world *world, const char *day)
{
    char no[32], noon[32];

    (void)snprintf(no, sizeof(no), "N%s", day);
    (void)snprintf(noon, sizeof(noon), "%s 12:00", day);
    books_payment(world, no, noon, 700);
    bill_noon(world, day);
}

static void finish_day(struct world *world, const char *day)
{
    bill_keep(world, day);
    (void)world_reconcile(world, day);
}

static void opens_what_the_next_bill_lacks_too(void **state)
{
    CLEANUP(world_release) struct world world;

    world_init(&world, state);
    make_day(&world, WORLD_DAY);
    books_payment(&world, "X1", WORLD_DAY " 23:59:58", 500);
    books_refund(&world, "B1", "X1", WORLD_DAY " 23:59:59", 200);
    finish_day(&world, WORLD_DAY);
    expect_says(&world, WORLD_DAY, "PENDING R02 PENDING B1; T03 PENDING X1;");
    make_day(&world, WORLD_NEXT);
    finish_day(&world, WORLD_NEXT);
    expect_says(&world, WORLD_DAY, "BROKEN R02 OPEN B1; T03 OPEN X1;");
    expect_says(&world, WORLD_NEXT, "BALANCED");
}

static void make_late_rows(struct world *world, const char *day, const char *bill_at)
{
    make_day(world, day);
    bill_payment(world, "X1", bill_at, 500);
    bill_refund(world, "B1", "X1", bill_at, 200);
}

static void make_late_records(struct world *world, const char *at)
{
    books_payment(world, "X1", at, 500);
    books_refund(world, "B1", "X1", at, 200);
}

static void finds_what_is_late_in_the_next_bill(void **state)
{
    CLEANUP(world_release) struct world world;

    world_init(&world, state);
    make_late_records(&world, WORLD_DAY " 23:59:58");
    make_day(&world, WORLD_DAY);
    finish_day(&world, WORLD_DAY);
    make_late_rows(&world, WORLD_NEXT, WORLD_NEXT " 00:00:01");
    finish_day(&world, WORLD_NEXT);
    expect_says(&world, WORLD_DAY,
                "BALANCED T09 RESOLVED auto_timing B1; T09 RESOLVED auto_timing X1;");
    expect_says(&world, WORLD_NEXT,
                "BALANCED T09 RESOLVED auto_timing B1; T09 RESOLVED auto_timing X1;");
}

/* The same, whichever day is reconciled first. */
static void knows_no_order_of_days(void **state)
{
    CLEANUP(world_release) struct world world;

    world_init(&world, state);
    make_late_records(&world, WORLD_DAY " 23:59:58");
    make_late_rows(&world, WORLD_NEXT, WORLD_NEXT " 00:00:01");
    finish_day(&world, WORLD_NEXT);
    make_day(&world, WORLD_DAY);
    finish_day(&world, WORLD_DAY);
    expect_says(&world, WORLD_DAY,
                "BALANCED T09 RESOLVED auto_timing B1; T09 RESOLVED auto_timing X1;");
    expect_says(&world, WORLD_NEXT,
                "BALANCED T09 RESOLVED auto_timing B1; T09 RESOLVED auto_timing X1;");
}

/* Nothing is known of a bill that is not here: the day after it opens nothing. When it comes at
 * last, what was late is found. */
static void waits_for_the_bill_between(void **state)
{
    CLEANUP(world_release) struct world world;

    world_init(&world, state);
    make_late_records(&world, WORLD_DAY " 23:59:58");
    make_day(&world, WORLD_DAY);
    finish_day(&world, WORLD_DAY);
    make_day(&world, DAY_AFTER);
    finish_day(&world, DAY_AFTER);
    expect_says(&world, WORLD_DAY, "PENDING R02 PENDING B1; T03 PENDING X1;");
    make_late_rows(&world, WORLD_NEXT, WORLD_NEXT " 00:00:01");
    finish_day(&world, WORLD_NEXT);
    expect_says(&world, WORLD_DAY,
                "BALANCED T09 RESOLVED auto_timing B1; T09 RESOLVED auto_timing X1;");
}

/* The next bill is here already: no reason to wait for it. */
static void opens_at_once_when_the_next_bill_is_known(void **state)
{
    CLEANUP(world_release) struct world world;

    world_init(&world, state);
    make_day(&world, WORLD_NEXT);
    finish_day(&world, WORLD_NEXT);
    make_day(&world, WORLD_DAY);
    books_payment(&world, "X1", WORLD_DAY " 23:59:58", 500);
    finish_day(&world, WORLD_DAY);
    expect_says(&world, WORLD_DAY, "BROKEN T03 OPEN X1;");
}

/* Booked after midnight, and the bill of the day before comes last of all. */
static void finds_what_was_early_even_late(void **state)
{
    CLEANUP(world_release) struct world world;

    world_init(&world, state);
    make_late_records(&world, WORLD_NEXT " 00:00:02");
    make_day(&world, WORLD_NEXT);
    finish_day(&world, WORLD_NEXT);
    make_day(&world, DAY_AFTER);
    finish_day(&world, DAY_AFTER);
    expect_says(&world, WORLD_NEXT, "BROKEN R02 OPEN B1; T03 OPEN X1;");
    make_late_rows(&world, WORLD_DAY, WORLD_DAY " 23:59:59");
    finish_day(&world, WORLD_DAY);
    expect_says(&world, WORLD_NEXT,
                "BALANCED T09 RESOLVED auto_timing B1; T09 RESOLVED auto_timing X1;");
}

/* One cause, one finding, over five days: an amount that differs is not missing as well. */
static void has_one_finding_for_one_cause(void **state)
{
    static const struct {
        const char *booked, *billed, *bill_day;
        const char *before, *day, *next;
    } cases[] = {
        {WORLD_DAY " 23:59:58", WORLD_NEXT " 00:00:01", WORLD_NEXT, "BALANCED",
         "BALANCED R03 RESOLVED auto_timing B1; T09 RESOLVED auto_timing X1;",
         "BROKEN R03 OPEN B1; T04 OPEN X1;"},
        {WORLD_NEXT " 00:00:02", WORLD_DAY " 23:59:59", WORLD_DAY, "BALANCED",
         "BROKEN R03 OPEN B1; T04 OPEN X1;",
         "BALANCED T09 RESOLVED auto_timing B1; T09 RESOLVED auto_timing X1;"},
    };
    static const char *const days[] = {WORLD_BEFORE, WORLD_DAY, WORLD_NEXT, DAY_AFTER,
                                       "2026-06-03"};

    for (size_t i = 0; i < 2; i++) {
        CLEANUP(world_release) struct world world;

        if (i > 0) {
            assert_int_equal(test_database_teardown(state), 0);
            assert_int_equal(test_database_setup(state), 0);
        }
        world_init(&world, state);
        make_late_records(&world, cases[i].booked);
        for (size_t day = 0; day < 5; day++) {
            make_day(&world, days[day]);
            if (strcmp(days[day], cases[i].bill_day) == 0) {
                bill_payment(&world, "X1", cases[i].billed, 600);
                bill_refund(&world, "B1", "X1", cases[i].billed, 300);
            }
            finish_day(&world, days[day]);
        }
        assert_string_equal(
            test_sql_value(*state, "SELECT count(*) FROM recon.finding WHERE state <> 'RESOLVED'"),
            "2");
        expect_says(&world, WORLD_BEFORE, cases[i].before);
        expect_says(&world, cases[i].bill_day, "BROKEN R03 OPEN B1; T04 OPEN X1;");
        expect_says(&world, DAY_AFTER, "BALANCED");
    }
}

/* A bill is issued again without the row that two days agreed on: neither stays green. */
static void is_not_green_when_the_other_day_lost_its_row(void **state)
{
    static const struct {
        const char *booked, *billed, *bill_day, *books_day;
    } cases[] = {
        {WORLD_DAY " 23:59:58", WORLD_NEXT " 00:00:01", WORLD_NEXT, WORLD_DAY},
        {WORLD_NEXT " 00:00:02", WORLD_DAY " 23:59:59", WORLD_DAY, WORLD_NEXT},
    };

    for (size_t i = 0; i < 4; i++) {
        struct reconcile_result result;
        CLEANUP(world_release) struct world world;
        const char *bill_day = cases[i % 2].bill_day, *books_day = cases[i % 2].books_day;
        bool bill_first = i >= 2;

        if (i > 0) {
            assert_int_equal(test_database_teardown(state), 0);
            assert_int_equal(test_database_setup(state), 0);
        }
        world_init(&world, state);
        make_late_records(&world, cases[i % 2].booked);
        if (!bill_first) {
            make_day(&world, books_day);
            finish_day(&world, books_day);
        }
        make_late_rows(&world, bill_day, cases[i % 2].billed);
        finish_day(&world, bill_day);
        if (bill_first) {
            make_day(&world, books_day);
            finish_day(&world, books_day);
        }
        assert_memory_equal(world_says(&world, books_day), "BALANCED", 8);

        bill_noon(&world, bill_day);
        bill_keep(&world, bill_day);
        result = world_reconcile(&world, bill_day);
        /* due again, and then it says what is missing */
        assert_int_equal(result.code, EXIT_TRY_LATER);
        assert_string_equal(result.reason,
                            "other days that rested on this bill and are due again: 1");
        assert_memory_equal(world_says(&world, books_day), "none", 4);
        (void)world_reconcile(&world, books_day);
        assert_string_equal(
            test_sql_value(*state, "SELECT string_agg(DISTINCT verdict, ' ') FROM recon.day d "
                                   "WHERE EXISTS (SELECT FROM recon.finding f WHERE "
                                   "f.bill_day = d.bill_day AND f.state <> 'RESOLVED')"),
            "BROKEN");
        assert_string_equal(
            test_sql_value(*state,
                           "SELECT string_agg(concat_ws(' ', bill_day, code, state, key), ', ' "
                           "ORDER BY key) FROM recon.finding WHERE state <> 'RESOLVED'"),
            i % 2 == 0 ? "2026-05-31 R02 REOPENED B1, 2026-06-01 E06 OPEN TRADE_ALL, "
                         "2026-05-31 T03 REOPENED X1"
                       : "2026-06-01 R02 REOPENED B1, 2026-05-31 E06 OPEN TRADE_ALL, "
                         "2026-06-01 T03 REOPENED X1");
    }
}

/* A day whose only record belongs to the bill of the day before has nothing to wait for. */
static void does_not_wait_for_a_bill_that_has_nothing_to_say(void **state)
{
    CLEANUP(world_release) struct world world;

    world_init(&world, state);
    make_late_records(&world, WORLD_NEXT " 00:00:02");
    make_late_rows(&world, WORLD_DAY, WORLD_DAY " 23:59:59");
    finish_day(&world, WORLD_DAY);
    bill_keep_none(&world, WORLD_NEXT);
    (void)world_reconcile(&world, WORLD_NEXT);
    assert_memory_equal(world_says(&world, WORLD_NEXT), "BALANCED", 8);
}

/* ---- verdicts of other days ---------------------------------------------------------------------
 */

/* Evidence of a settled day is lost; the next day's run must not make anything better of it. */
static void stays_incomplete_whatever_the_next_day_brings(void **state)
{
    CLEANUP(world_release) struct world world;

    world_init(&world, state);
    make_late_records(&world, WORLD_DAY " 23:59:58");
    make_day(&world, WORLD_DAY);
    finish_day(&world, WORLD_DAY);
    test_sql(*state, "UPDATE recon.day SET stage = 'SETTLED';"
                     "DELETE FROM recon.bill_chunk; DELETE FROM recon.bill_file;");
    (void)world_reconcile(&world, WORLD_DAY);
    assert_memory_equal(world_says(&world, WORLD_DAY), "INCOMPLETE", 10);
    make_late_rows(&world, WORLD_NEXT, WORLD_NEXT " 00:00:01");
    finish_day(&world, WORLD_NEXT);
    assert_memory_equal(world_says(&world, WORLD_DAY), "INCOMPLETE", 10);
    /* and it is tried again */
    assert_string_equal(
        test_sql_value(*state, "SELECT stage FROM recon.day WHERE bill_day = '" WORLD_DAY "'"),
        "FETCHED");
}

static enum verdict refresh(struct world *world)
{
    enum verdict verdict = VERDICT_WARN;
    struct err err = ERR_INIT;

    expect_good(recon_verdict_refresh(world->database->pg, world->merchant.mchid,
                                      world_day(WORLD_DAY), world->job.clock.at, &verdict, &err),
                &err);
    return verdict;
}

/* What may be timing explains what it is about, and nothing else. */
static void does_not_hide_a_contradiction_behind_timing(void **state)
{
    static const char *const changes[] = {
        "UPDATE recon.identity SET right_fen = right_fen + 1, holds = false "
        "WHERE name = 'trade rows'",
        "UPDATE recon.identity SET right_fen = right_fen + 1, holds = false "
        "WHERE name = 'payments'",
        "UPDATE recon.identity SET right_count = right_count + 1, holds = false "
        "WHERE name = 'refunds'",
        "UPDATE recon.identity SET left_count = left_count + 1, holds = false "
        "WHERE name = 'items'",
    };

    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        CLEANUP(world_release) struct world world;

        if (i > 0) {
            assert_int_equal(test_database_teardown(state), 0);
            assert_int_equal(test_database_setup(state), 0);
        }
        world_init(&world, state);
        make_late_records(&world, WORLD_DAY " 23:59:58");
        make_day(&world, WORLD_DAY);
        finish_day(&world, WORLD_DAY);
        assert_int_equal(refresh(&world), VERDICT_PENDING);
        test_sql(*state, changes[i]);
        assert_int_equal(refresh(&world), VERDICT_INCOMPLETE);
    }
}

/* The list of identities is closed: one that is not there proves nothing. */
static void is_not_balanced_without_every_identity(void **state)
{
    static const char *const names[] = {"trade rows", "payments", "refunds", "items", "deposits"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        CLEANUP(world_release) struct world world;

        if (i > 0) {
            assert_int_equal(test_database_teardown(state), 0);
            assert_int_equal(test_database_setup(state), 0);
        }
        world_init(&world, state);
        make_day(&world, WORLD_DAY);
        finish_day(&world, WORLD_DAY);
        assert_int_equal(refresh(&world), VERDICT_BALANCED);
        test_sql_format(*state, "DELETE FROM recon.identity WHERE name = '%s'", names[i]);
        assert_int_equal(refresh(&world), VERDICT_INCOMPLETE);
    }
}

int main(void)
{
#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, test_database_setup, test_database_teardown)
    const struct CMUnitTest tests[] = {
        TEST(opens_what_the_next_bill_lacks_too),
        TEST(finds_what_is_late_in_the_next_bill),
        TEST(knows_no_order_of_days),
        TEST(waits_for_the_bill_between),
        TEST(opens_at_once_when_the_next_bill_is_known),
        TEST(finds_what_was_early_even_late),
        TEST(has_one_finding_for_one_cause),
        TEST(is_not_green_when_the_other_day_lost_its_row),
        TEST(does_not_wait_for_a_bill_that_has_nothing_to_say),
        TEST(stays_incomplete_whatever_the_next_day_brings),
        TEST(does_not_hide_a_contradiction_behind_timing),
        TEST(is_not_balanced_without_every_identity),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
