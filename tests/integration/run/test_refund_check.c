/* Our own deposit refunds in a day that is reconciled, and what the look at them makes of it. */
#include "run/refund_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../../tests/unit/recon/chance.h"
#include "reconcile_world.h"
#include "refund/balance.h"
#include "refund/desk.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { NUMBER_MAX = 33, SEEDS = 12, DEPOSITS = 10 };

#define NOON WORLD_DAY " 12:00:00"

static void begin_anew(struct test_database *database)
{
    test_sql(database, "DO $$ BEGIN EXECUTE (SELECT 'TRUNCATE ' || string_agg(oid::regclass::text, "
                       "', ') FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace IN "
                       "('recon'::regnamespace, 'rental'::regnamespace) AND NOT relispartition "
                       "AND relname <> 'schema_migration'); END $$");
}

/* Deposit D<i> of 50.00 in payment P<i> of 60.00, paid at noon. */
static void books_deposit(struct world *world, int i)
{
    char payment[16];

    (void)snprintf(payment, sizeof(payment), "P%d", i);
    books_payment(world, payment, NOON, 6000);
    test_sql_format(world->database,
                    "UPDATE rental.payment_item SET kind = 'DEPOSIT', amount_fen = 5000 "
                    "WHERE out_trade_no = 'P%d'; "
                    "INSERT INTO rental.payment_item VALUES ('" WORLD_MCHID "', 'P%d', 2, 'RENT', "
                    "'RP%d', 'S1', 1000); "
                    "INSERT INTO rental.deposit VALUES ('" WORLD_MCHID "', 'D%d', 'P%d', 1, "
                    "'RP%d', 'S1', 5000, false, 'HELD', NULL)",
                    i, i, i, i, i, i);
    bill_payment(world, payment, NOON, 6000);
}

/* A request of D<i> that was sent at one o'clock, and its number. */
static void own_refund(struct world *world, int i, const char *state, char number[NUMBER_MAX])
{
    bool accepted = strcmp(state, "SENDING") != 0 && strcmp(state, "UNKNOWN") != 0 &&
                    strcmp(state, "WAITING_FUNDS") != 0;

    test_sql_format(
        world->database,
        "INSERT INTO recon.refund_batch VALUES ('" WORLD_MCHID "', 1, 'a', '2026-05-31',"
        " '2026-06-30', 1, 5000, '', 'APPROVED', 'b', '2026-05-31') "
        "ON CONFLICT DO NOTHING; "
        "INSERT INTO recon.refund_request (mchid, refund_no, deposit_id, attempt, "
        "out_trade_no, item_no, rental_no, store_id, total_fen, deposit_fen, "
        "deduction_fen, refunded_fen, amount_fen, reason, maker, requested_at, "
        "batch_no, checker, approved_at, state, state_at, body, sends, first_sent_at, "
        "sent_at, queries, refund_id, accepted_at, calls, events) "
        "SELECT '" WORLD_MCHID "', n.no, 'D%d', 1, 'P%d', 1, 'RP%d', 'S1', 6000, 5000, "
        "0, 0, 5000, 'x', 'a', '2026-05-31', 1, 'b', '2026-05-31', '%s', '2026-05-31', "
        "'{}', 1, '2026-05-31 13:00+08', '2026-05-31 13:00+08', 0, %s, %s, 0, 1 "
        "FROM (SELECT 'DR' || left(encode(sha256('" WORLD_MCHID " D%d 1'), 'hex'), 30) AS no) AS n",
        i, i, i, state, accepted ? "'5030' || n.no" : "NULL",
        accepted ? "'2026-05-31 13:00+08'" : "NULL", i);
    (void)snprintf(number, NUMBER_MAX, "%s",
                   test_sql_value(world->database, "SELECT refund_no FROM recon.refund_request "
                                                   "ORDER BY length(deposit_id) DESC, deposit_id "
                                                   "DESC LIMIT 1"));
}

static void bill_own_refund(struct world *world, int i, const char *number, long long fen,
                            const char *status)
{
    char payment[16], transaction[24];

    (void)snprintf(payment, sizeof(payment), "P%d", i);
    (void)snprintf(transaction, sizeof(transaction), "4200P%d", i);
    bill_row(world, &(struct world_row){.no = payment,
                                        .transaction = transaction,
                                        .at = WORLD_DAY " 13:00:05",
                                        .refund_no = number,
                                        .fen = fen,
                                        .status = status});
}

static enum exit_code look(struct world *world)
{
    CLEANUP(refund_doubts_release) struct refund_doubts doubts = REFUND_DOUBTS_INIT;
    enum exit_code code = EXIT_CLEAN;
    struct err err = ERR_INIT;

    world->job.settings.refund_sla_hours = 72;
    world->job.settings.refund_due_days = 2;
    world->job.log = (struct log){stderr, "test", LOG_ERROR, &world->job.clock};
    expect_good(
        refund_check(&world->job, world->database->pg, world->merchant.mchid, &doubts, &code, &err),
        &err);
    return code;
}

static const char *requests(struct world *world)
{
    return test_sql_value(world->database,
                          "SELECT coalesce(string_agg(concat_ws(' ', deposit_id, state, "
                          "confirmed_day, CASE WHEN next_at IS NOT NULL THEN 'ask' END), '; ' "
                          "ORDER BY length(deposit_id), deposit_id), '') "
                          "FROM recon.refund_request");
}

/* ---- a balanced day stays balanced -------------------------------------------------------------
 */

/* One refund of each deposit, by chance: of the platform, of ours in any state it can be in, or
 * none. What WeChat Pay has accepted is in the bill. */
static void add_refund(struct world *world, struct chance *chance, int i)
{
    static const char *const states[] = {"SENDING",    "UNKNOWN", "WAITING_FUNDS",
                                         "PROCESSING", "SUCCESS", "CONFIRMED"};
    static const char *const words[] = {"SUCCESS", "PROCESSING"};
    const char *state = chance_word(chance, states, LENGTH(states));
    bool accepted = strcmp(state, "PROCESSING") == 0 || strcmp(state, "SUCCESS") == 0 ||
                    strcmp(state, "CONFIRMED") == 0;
    char number[NUMBER_MAX], payment[16];

    (void)snprintf(payment, sizeof(payment), "P%d", i);
    switch (chance_below(chance, 4)) {
    case 0:
        return;
    case 1:
        (void)snprintf(number, sizeof(number), "XR%d", i);
        books_refund(world, number, payment, WORLD_DAY " 13:00:00", 5000);
        break;
    default:
        own_refund(world, i, state, number);
        /* The platform may copy it, and get the time wrong. */
        if (chance_once_in(chance, 2))
            books_refund(world, number, payment, WORLD_DAY " 14:00:00", 5000);
        /* Whether it has arrived is not known: it may have. */
        if (!accepted && chance_once_in(chance, 2))
            return;
    }
    bill_own_refund(world, i, number, 5000, chance_word(chance, words, LENGTH(words)));
}

static void keeps_a_day_balanced(void **state)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        CLEANUP(world_release) struct world world;
        struct chance chance = {seed};

        begin_anew(*state);
        world_init(&world, state);
        for (int i = 0; i < DEPOSITS; i++) {
            books_deposit(&world, i);
            add_refund(&world, &chance, i);
        }
        bill_keep(&world, WORLD_DAY);
        for (int again = 0; again < 2; again++) {
            struct reconcile_result result = world_reconcile(&world, WORLD_DAY);

            if (result.verdict != VERDICT_BALANCED)
                fail_msg("seed %d: %s, %s", (int)seed, verdict_name(result.verdict),
                         world_says(&world, WORLD_DAY));
            assert_int_equal(look(&world), EXIT_CLEAN);
            expect_says(&world, WORLD_DAY, "BALANCED");
        }
        /* What the bill shows is confirmed, and nothing else. */
        assert_string_equal(
            test_sql_value(*state,
                           "SELECT count(*) FROM recon.refund_request r WHERE r.state = 'SUCCESS' "
                           "OR r.state = 'CONFIRMED' AND NOT EXISTS (SELECT FROM "
                           "recon.refund_bill_row b WHERE b.refund_no = r.refund_no)"),
            "0");
    }
}

/* ---- what bills say ---------------------------------------------------------------------------
 */

static const struct {
    const char *what, *state, *status;
    long long fen;
    const char *request; /* as the look leaves it */
    const char *says;    /* of the day */
} SHOWN[] = {
    {"confirmed", "SUCCESS", "SUCCESS", 5000, "D0 CONFIRMED 2026-05-31", "BALANCED"},
    {"confirmed, still under way when the bill was made", "SUCCESS", "PROCESSING", 5000,
     "D0 CONFIRMED 2026-05-31", "BALANCED"},
    {"another amount is none of ours", "SUCCESS", "SUCCESS", 4000, "D0 SUCCESS",
     "BROKEN R03 OPEN DRe;"},
    {"the bill was ahead of us", "PROCESSING", "SUCCESS", 5000, "D0 PROCESSING ask", "BALANCED"},
    {"so it did arrive", "UNKNOWN", "SUCCESS", 5000, "D0 UNKNOWN ask", "BALANCED"},
    {"under way on both sides", "PROCESSING", "PROCESSING", 5000, "D0 PROCESSING", "BALANCED"},
    {"could not be paid out, says the bill", "SUCCESS", "CHANGE", 5000, "D0 SUCCESS ask",
     "BROKEN R05 OPEN DRe;"},
    {"closed since: the bill stays right", "CLOSED", "PROCESSING", 5000, "D0 CLOSED", "BALANCED"},
    {"closed, says our query, but not the bill", "CLOSED", "SUCCESS", 5000, "D0 CLOSED ask",
     "BALANCED"},
    {"could not be paid out since", "ABNORMAL", "PROCESSING", 5000, "D0 ABNORMAL",
     "BROKEN R05 OPEN DRe;"},
    {"sent, and dropped since: nobody's approval stands", "DROPPED", "SUCCESS", 5000, "D0 DROPPED",
     "BROKEN R09 OPEN DRe;"},
};

static void follows_the_bill(void **state)
{
    for (size_t i = 0; i < LENGTH(SHOWN); i++) {
        CLEANUP(world_release) struct world world;
        char number[NUMBER_MAX], says[200];
        const char *seen;

        begin_anew(*state);
        world_init(&world, state);
        books_deposit(&world, 0);
        own_refund(&world, 0, SHOWN[i].state, number);
        bill_own_refund(&world, 0, number, SHOWN[i].fen, SHOWN[i].status);
        bill_keep(&world, WORLD_DAY);
        (void)world_reconcile(&world, WORLD_DAY);
        (void)look(&world);
        seen = requests(&world);
        if (strcmp(seen, SHOWN[i].request) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", SHOWN[i].what, seen, SHOWN[i].request);
        /* The number is long, and always the same. */
        (void)snprintf(says, sizeof(says), "%s", world_says(&world, WORLD_DAY));
        if (strstr(says, number) != NULL)
            (void)snprintf(strstr(says, number), 6, "DRe;");
        if (strcmp(says, SHOWN[i].says) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", SHOWN[i].what, says, SHOWN[i].says);
    }
}

/* What a bill said is replaced with it, and only of its day. */
static void replaces_what_a_bill_said(void **state)
{
    CLEANUP(world_release) struct world world;
    char number[NUMBER_MAX];

    world_init(&world, state);
    books_deposit(&world, 0);
    own_refund(&world, 0, "PROCESSING", number);
    bill_own_refund(&world, 0, number, 5000, "PROCESSING");
    bill_keep(&world, WORLD_DAY);
    (void)world_reconcile(&world, WORLD_DAY);
    test_sql_format(world.database,
                    "INSERT INTO recon.refund_bill_row VALUES ('" WORLD_MCHID "', '2026-05-30', 7, "
                    "'%s', 'x', 1, 'FAIL')",
                    number);
    bill_payment(&world, "P0", NOON, 6000);
    bill_own_refund(&world, 0, number, 5000, "SUCCESS");
    bill_keep(&world, WORLD_DAY);
    (void)world_reconcile(&world, WORLD_DAY);
    assert_string_equal(
        test_sql_value(*state, "SELECT string_agg(concat_ws(' ', bill_day, line_no, amount_fen, "
                               "status), '; ' ORDER BY bill_day) FROM recon.refund_bill_row"),
        "2026-05-30 7 1 FAIL; 2026-05-31 3 5000 SUCCESS");
}

/* ---- the breaker ------------------------------------------------------------------------------
 */

/* A finding trips it once; what a person has reset stays reset, until something new opens. */
static void trips_once_a_finding(void **state)
{
    CLEANUP(world_release) struct world world;
    static const char number[] = "DR0123456789abcdef0123456789abcd";
    static const char reset[] =
        "SELECT recon.reset_refund_breaker('" WORLD_MCHID "', 'looked at', now())";
    static const char queue[] = "SELECT concat_ws(' ', state, reason) FROM recon.refund_queue";

    world_init(&world, state);
    books_deposit(&world, 0);
    bill_own_refund(&world, 0, number, 5000, "SUCCESS");
    bill_keep(&world, WORLD_DAY);
    (void)world_reconcile(&world, WORLD_DAY);
    expect_says(&world, WORLD_DAY, "BROKEN R09 OPEN DR0123456789abcdef0123456789abcd;");
    assert_int_equal(look(&world), EXIT_FINDINGS);
    assert_string_equal(test_sql_value(*state, queue),
                        "TRIPPED R09 DR0123456789abcdef0123456789abcd");
    assert_string_equal(test_sql_value(*state, reset), "t");
    assert_int_equal(look(&world), EXIT_CLEAN);
    (void)world_reconcile(&world, WORLD_DAY);
    assert_int_equal(look(&world), EXIT_CLEAN);
    assert_string_equal(test_sql_value(*state, queue), "OPEN");

    /* Written into the books afterwards it stays what it is. */
    books_refund(&world, number, "P0", WORLD_DAY " 13:00:00", 5000);
    (void)world_reconcile(&world, WORLD_DAY);
    expect_says(&world, WORLD_DAY, "BROKEN R09 OPEN DR0123456789abcdef0123456789abcd;");
}

/* ---- deposits that are due --------------------------------------------------------------------
 */

static const char *deposit_findings(struct world *world)
{
    return test_sql_value(world->database,
                          "SELECT coalesce(string_agg(concat_ws(' ', code, state, resolution, "
                          "bill_day, key, books_fen), '; ' ORDER BY key), '') FROM recon.finding "
                          "WHERE leg = 'DEPOSIT'");
}

/* Somebody has the queue: what was found stays found, and trips the breaker in the next look. */
static void trips_later(void **state)
{
    CLEANUP(world_release) struct world world;
    static const char number[] = "DR0123456789abcdef0123456789abcd";
    static const char queue[] = "SELECT concat_ws(' ', state, reason) FROM recon.refund_queue";
    CLEANUP(refund_doubts_release) struct refund_doubts doubts = REFUND_DOUBTS_INIT;
    enum exit_code code = EXIT_CLEAN;
    struct err err = ERR_INIT;
    struct pg *other;
    bool reset;

    world_init(&world, state);
    books_deposit(&world, 0);
    bill_own_refund(&world, 0, number, 5000, "SUCCESS");
    bill_keep(&world, WORLD_DAY);
    (void)world_reconcile(&world, WORLD_DAY);
    world.job.settings.refund_sla_hours = 72;
    world.job.settings.refund_due_days = 2;
    world.job.log = (struct log){stderr, "test", LOG_ERROR, &world.job.clock};
    test_sql(*state,
             "UPDATE rental.deposit SET status = 'REFUND_DUE', due_at = '2026-05-30 10:00+08';"
             "INSERT INTO recon.refund_queue VALUES ('" WORLD_MCHID "', 'TRIPPED', now(), 'x', "
             "NULL, NULL, 0, 0, '');"
             "ALTER FUNCTION recon.hold_refunds SET lock_timeout = '100ms'");
    other = test_database_open(*state, NULL);
    expect_good(pg_begin(other, PG_READ_WRITE, &err), &err);
    expect_good(refund_breaker_reset(other, VIEW(WORLD_MCHID), VIEW("x"), world_at(WORLD_NEXT, 11),
                                     &reset, &err),
                &err);
    assert_false(
        refund_check(&world.job, world.database->pg, world.merchant.mchid, &doubts, &code, &err));
    assert_int_equal(err.kind, ERR_LATER);
    assert_string_equal(deposit_findings(&world), "R10 OPEN 2026-05-30 deposit/D0 5000");
    expect_good(pg_commit(other, &err), &err);
    pg_close(other);
    assert_string_equal(test_sql_value(*state, queue), "OPEN");
    (void)look(&world);
    assert_string_equal(test_sql_value(*state, queue),
                        "TRIPPED R09 DR0123456789abcdef0123456789abcd");
}

static const struct {
    const char *what, *sql, *findings;
} DUE[] = {
    {"not due", "", ""},
    {"due, on time",
     "UPDATE rental.deposit SET status = 'REFUND_DUE', due_at = '2026-05-30 12:00+08'", ""},
    {"overdue", "UPDATE rental.deposit SET status = 'REFUND_DUE', due_at = '2026-05-30 10:00+08'",
     "R10 OPEN 2026-05-30 deposit/D0 5000"},
    {"overdue, less a deduction",
     "UPDATE rental.deposit SET status = 'REFUND_DUE', due_at = '2026-05-30 10:00+08';"
     "INSERT INTO rental.deposit_deduction VALUES ('" WORLD_MCHID
     "', 'x', 'D0', 500, 'DAMAGE', 'a', 'b', now(), NULL), ('" WORLD_MCHID
     "', 'y', 'D0', 500, 'DAMAGE', 'a', NULL, NULL, NULL), ('" WORLD_MCHID
     "', 'z', 'D0', 500, 'DAMAGE', 'a', 'b', now(), now())",
     "R10 OPEN 2026-05-30 deposit/D0 4500"},
    {"overdue, deducted as a whole",
     "UPDATE rental.deposit SET status = 'REFUND_DUE', due_at = '2026-05-30 10:00+08';"
     "INSERT INTO rental.deposit_deduction VALUES ('" WORLD_MCHID
     "', 'x', 'D0', 5000, 'DAMAGE', 'a', 'b', now(), NULL)",
     ""},
    {"waived",
     "UPDATE rental.deposit SET waived = true, status = 'REFUND_DUE', due_at = '2026-05-30 "
     "10:00+08'",
     ""},
    {"refunded by the platform",
     "UPDATE rental.deposit SET status = 'REFUND_DUE', due_at = '2026-05-30 10:00+08';"
     "INSERT INTO rental.refund VALUES ('" WORLD_MCHID
     "', 'X', 'P0', 1, 'DEPOSIT', 5000, 'SUCCESS', '2026-05-31')",
     ""},
    {"refunded in part, without the item's number",
     "UPDATE rental.deposit SET status = 'REFUND_DUE', due_at = '2026-05-30 10:00+08';"
     "INSERT INTO rental.refund VALUES ('" WORLD_MCHID
     "', 'X', 'P0', NULL, 'DEPOSIT', 2000, 'SUCCESS', '2026-05-31')",
     "R10 OPEN 2026-05-30 deposit/D0 3000"},
    {"the rent was refunded, not the deposit",
     "UPDATE rental.deposit SET status = 'REFUND_DUE', due_at = '2026-05-30 10:00+08';"
     "INSERT INTO rental.refund VALUES ('" WORLD_MCHID
     "', 'X', 'P0', 2, 'RENT', 1000, 'SUCCESS', '2026-05-31')",
     "R10 OPEN 2026-05-30 deposit/D0 5000"},
};

static void lists_deposits_that_are_overdue(void **state)
{
    for (size_t i = 0; i < LENGTH(DUE); i++) {
        CLEANUP(world_release) struct world world;
        const char *seen;

        begin_anew(*state);
        world_init(&world, state);
        books_deposit(&world, 0);
        if (DUE[i].sql[0] != '\0')
            test_sql(*state, DUE[i].sql);
        assert_int_equal(look(&world), DUE[i].findings[0] != '\0' ? EXIT_FINDINGS : EXIT_CLEAN);
        assert_int_equal(look(&world), EXIT_CLEAN);
        seen = deposit_findings(&world);
        if (strcmp(seen, DUE[i].findings) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", DUE[i].what, seen, DUE[i].findings);
    }
}

/* Books that cannot be read are the day's trouble: here nothing is done, and nothing is changed. */
static void leaves_books_alone_that_cannot_be_read(void **state)
{
    CLEANUP(world_release) struct world world;

    world_init(&world, state);
    books_deposit(&world, 0);
    test_sql(*state,
             "UPDATE rental.deposit SET status = 'REFUND_DUE', due_at = '2026-05-30 10:00+08'");
    assert_int_equal(look(&world), EXIT_FINDINGS);
    test_sql(*state, "ALTER TABLE rental.deposit RENAME TO gone");
    assert_int_equal(look(&world), EXIT_TRY_LATER);
    assert_string_equal(deposit_findings(&world), "R10 OPEN 2026-05-30 deposit/D0 5000");
}

/* ---- the account's balance --------------------------------------------------------------------
 */

static void knows_the_newest_balance(void **state)
{
    struct test_database *database = *state;
    struct date day = {0};
    struct money balance = {-1};
    struct refund_balance at;
    struct err err = ERR_INIT;
    bool known = true;
    CLEANUP(world_release) struct world world;

    world_init(&world, state);
    expect_good(refund_balance_last(database->pg, VIEW(WORLD_MCHID), &known, &day, &balance, &err),
                &err);
    assert_false(known);
    assert_int_equal(balance.fen, -1);
    test_sql(database,
             "INSERT INTO recon.fund_balance VALUES ('" WORLD_MCHID
             "', '2026-05-29', 3, 100, 700), ('" WORLD_MCHID "', '2026-05-31', 1, 700, 650)");
    expect_good(refund_balance_last(database->pg, VIEW(WORLD_MCHID), &known, &day, &balance, &err),
                &err);
    assert_true(known);
    assert_int_equal(day.days, world_day("2026-05-31").days);
    assert_int_equal(balance.fen, 650);
    expect_good(
        refund_balance_at(database->pg, VIEW(WORLD_MCHID), world_day("2026-05-30"), &at, &err),
        &err);
    assert_true(at.known);
    assert_int_equal(at.day.days, world_day("2026-05-29").days);
    assert_int_equal(at.money.fen, 700);
    expect_good(
        refund_balance_at(database->pg, VIEW(WORLD_MCHID), world_day("2026-05-28"), &at, &err),
        &err);
    assert_false(at.known);
    expect_good(refund_balance_last(database->pg, VIEW("1900000110"), &known, &day, &balance, &err),
                &err);
    assert_false(known);
}

#define CASE(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, test_database_setup, test_database_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(keeps_a_day_balanced),
        CASE(follows_the_bill),
        CASE(replaces_what_a_bill_said),
        CASE(trips_once_a_finding),
        CASE(trips_later),
        CASE(lists_deposits_that_are_overdue),
        CASE(leaves_books_alone_that_cannot_be_read),
        CASE(knows_the_newest_balance),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
