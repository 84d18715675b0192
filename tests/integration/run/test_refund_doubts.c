/* Payments with refunds that may be too much: which ones, how far back, and when they are looked
 * for again. */
#include "run/refund_doubts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "reconcile_world.h"
#include "run/refund_check.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define NOON WORLD_DAY " 12:00:00"
#define LATER WORLD_DAY " 13:00:00"

/* "P1 P2" in the order of their numbers; "-": none. */
static const char *doubted(const struct refund_doubts *doubts, char text[100])
{
    size_t length = 0;

    (void)snprintf(text, 100, "-");
    for (int wanted = '1'; wanted <= '3'; wanted++) {
        for (size_t i = 0; i < doubts->count; i++) {
            if (doubts->payments[i].at[1] == wanted)
                length += (size_t)snprintf(text + length, 100 - length, "%s%.*s",
                                           length > 0 ? " " : "", VIEW_ARG(doubts->payments[i]));
        }
    }
    return text;
}

static void look(struct world *world, const char *mchid, const char *day,
                 struct refund_doubts *doubts)
{
    struct err err = ERR_INIT;

    expect_good(refund_doubts_look(world->database->pg, view_of(mchid), world_day(day),
                                   world->job.clock.at, doubts, &err),
                &err);
}

/* A payment of 60.00 with a deposit of 50.00. */
static void add_payment(struct world *world, const char *payment)
{
    books_payment(world, payment, NOON, 6000);
    test_sql_format(world->database,
                    "UPDATE rental.payment_item SET kind = 'DEPOSIT', amount_fen = 5000 "
                    "WHERE out_trade_no = '%s'; "
                    "INSERT INTO rental.payment_item VALUES ('" WORLD_MCHID "', '%s', 2, 'RENT', "
                    "'R%s', 'S1', 1000); "
                    "INSERT INTO rental.deposit VALUES ('" WORLD_MCHID "', 'D%s', '%s', 1, 'R%s', "
                    "'S1', 5000, false, 'HELD', NULL)",
                    payment, payment, payment, payment, payment, payment);
}

static const struct {
    const char *what, *sql, *doubted;
} REFUNDS[] = {
    {"the deposit", "(1, 'DEPOSIT', 5000)", "-"},
    {"the deposit and a fen", "(1, 'DEPOSIT', 5001)", "P1"},
    {"the deposit, without its item", "(NULL::integer, 'DEPOSIT', 5001)", "P1"},
    {"of another item", "(2, 'RENT', 5500)", "-"},
    {"more than was paid, of another item", "(2, 'RENT', 6001)", "P1"},
    {"two that fit", "(1, 'DEPOSIT', 1000), (1, 'DEPOSIT', 1000)", "P1"},
};

static void doubts_what_may_be_too_much(void **state)
{
    CLEANUP(refund_doubts_release) struct refund_doubts doubts = REFUND_DOUBTS_INIT;
    CLEANUP(world_release) struct world world;
    char text[100];

    world_init(&world, state);
    add_payment(&world, "P1");
    for (size_t i = 0; i < LENGTH(REFUNDS); i++) {
        test_sql_format(*state,
                        "DELETE FROM rental.refund; INSERT INTO rental.refund SELECT '" WORLD_MCHID
                        "', 'X' || row_number() OVER (), 'P1', v.item_no, v.kind, v.fen, "
                        "'SUCCESS', '" LATER "+08' FROM (VALUES %s) AS v (item_no, kind, fen)",
                        REFUNDS[i].sql);
        refund_doubts_release(&doubts);
        doubts = REFUND_DOUBTS_INIT;
        look(&world, WORLD_MCHID, WORLD_DAY, &doubts);
        if (strcmp(doubted(&doubts, text), REFUNDS[i].doubted) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", REFUNDS[i].what, text, REFUNDS[i].doubted);
    }
    /* What was deducted is not left. */
    test_sql(*state, "DELETE FROM rental.refund; INSERT INTO rental.refund VALUES ('" WORLD_MCHID
                     "', 'X1', 'P1', 1, 'DEPOSIT', 5000, 'SUCCESS', '" LATER "+08');"
                     "INSERT INTO rental.deposit_deduction VALUES ('" WORLD_MCHID
                     "', 'DD1', 'DP1', 1, 'DAMAGE', 'a', 'b', '" LATER "+08', NULL)");
    refund_doubts_release(&doubts);
    doubts = REFUND_DOUBTS_INIT;
    look(&world, WORLD_MCHID, WORLD_DAY, &doubts);
    assert_string_equal(doubted(&doubts, text), "P1");
}

static void add_excess(struct world *world, const char *payment, const char *at)
{
    add_payment(world, payment);
    books_refund(world, payment, payment, at, 6001);
}

/* What was found stays until somebody needs more: another merchant's, or refunds of earlier days.
 */
static void looks_once(void **state)
{
    CLEANUP(refund_doubts_release) struct refund_doubts doubts = REFUND_DOUBTS_INIT;
    CLEANUP(world_release) struct world world;
    char text[100];

    world_init(&world, state);
    add_excess(&world, "P1", LATER);
    look(&world, WORLD_MCHID, WORLD_DAY, &doubts);
    assert_string_equal(doubted(&doubts, text), "P1");
    add_excess(&world, "P2", LATER);
    add_excess(&world, "P3", "2026-05-29 10:00:00");
    look(&world, WORLD_MCHID, WORLD_DAY, &doubts);
    look(&world, WORLD_MCHID, WORLD_NEXT, &doubts);
    assert_string_equal(doubted(&doubts, text), "P1");
    look(&world, WORLD_MCHID, "2026-05-30", &doubts);
    assert_string_equal(doubted(&doubts, text), "P1 P2");
    look(&world, "1900000110", WORLD_DAY, &doubts);
    assert_string_equal(doubted(&doubts, text), "-");

    /* A day that was reconciled lately is looked at again, one that was longer ago is not. */
    test_sql(*state,
             "INSERT INTO recon.day (mchid, bill_day, stage, tries, rows, matched, updated_at) "
             "VALUES ('" WORLD_MCHID "', '2026-05-29', 'DUE', 0, 0, 0, '2026-05-29 10:59+08')");
    look(&world, WORLD_MCHID, WORLD_DAY, &doubts);
    assert_string_equal(doubted(&doubts, text), "P1 P2");
    test_sql(*state, "UPDATE recon.day SET updated_at = '2026-05-29 11:00+08'");
    look(&world, WORLD_MCHID, WORLD_DAY, &doubts);
    assert_string_equal(doubted(&doubts, text), "P1 P2 P3");
}

/* Books that cannot be read: none are known, and the connection is as it was. */
static void has_none_after_an_error(void **state)
{
    CLEANUP(refund_doubts_release) struct refund_doubts doubts = REFUND_DOUBTS_INIT;
    CLEANUP(world_release) struct world world;
    struct err err = ERR_INIT;
    char text[100];

    world_init(&world, state);
    add_excess(&world, "P1", LATER);
    look(&world, WORLD_MCHID, WORLD_DAY, &doubts);
    test_sql(*state, "ALTER TABLE rental.deposit RENAME TO away");
    look(&world, WORLD_MCHID, WORLD_DAY, &doubts);
    assert_string_equal(doubted(&doubts, text), "P1");
    assert_false(refund_doubts_look(world.database->pg, VIEW(WORLD_MCHID), world_day("2026-05-30"),
                                    world.job.clock.at, &doubts, &err));
    assert_string_equal(doubted(&doubts, text), "-");
    test_sql(*state, "ALTER TABLE rental.away RENAME TO deposit");
    look(&world, WORLD_MCHID, WORLD_DAY, &doubts);
    assert_string_equal(doubted(&doubts, text), "P1");
}

/* What reconciling has looked for serves refund_check: the same findings, without another look. */
static void serves_the_check(void **state)
{
    CLEANUP(refund_doubts_release) struct refund_doubts doubts = REFUND_DOUBTS_INIT;
    CLEANUP(world_release) struct world world;
    const struct reconcile_task task = {&world.merchant, world_day(WORLD_DAY), &doubts};
    struct reconcile_result result;
    enum exit_code code = EXIT_CLEAN;
    struct err err = ERR_INIT;
    char text[100];

    world_init(&world, state);
    world.job.log = (struct log){stderr, "test", LOG_ERROR, &world.job.clock};
    add_excess(&world, "P1", LATER);
    bill_payment(&world, "P1", NOON, 6000);
    bill_keep(&world, WORLD_DAY);
    expect_good(
        unit_make(world.database->pg, world.merchant.mchid, task.day, world.job.clock.at, &err),
        &err);
    expect_good(reconcile_day(&world.job, world.database->pg, &task, &result, &err), &err);
    assert_string_equal(doubted(&doubts, text), "P1");

    add_excess(&world, "P2", LATER);
    expect_good(
        refund_check(&world.job, world.database->pg, world.merchant.mchid, &doubts, &code, &err),
        &err);
    assert_int_equal(code, EXIT_FINDINGS);
    assert_string_equal(test_sql_value(*state, "SELECT string_agg(concat_ws(' ', code, key, "
                                               "channel_fen, books_fen), '; ' ORDER BY key) FROM "
                                               "recon.finding WHERE leg = 'DEPOSIT'"),
                        "R07 refunds/DP1 6001 5000");

    /* The next run finds what has come meanwhile. */
    refund_doubts_release(&doubts);
    doubts = REFUND_DOUBTS_INIT;
    expect_good(
        refund_check(&world.job, world.database->pg, world.merchant.mchid, &doubts, &code, &err),
        &err);
    assert_string_equal(test_sql_value(*state, "SELECT string_agg(key, ' ' ORDER BY key) FROM "
                                               "recon.finding WHERE leg = 'DEPOSIT'"),
                        "refunds/DP1 refunds/DP2");
}

#define CASE(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, test_database_setup, test_database_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(doubts_what_may_be_too_much),
        CASE(looks_once),
        CASE(has_none_after_an_error),
        CASE(serves_the_check),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
