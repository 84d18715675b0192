/* What can be asked for, and how much: every obstacle and limit, two sessions at once, withdrawing.
 */
#include "people.h"

#include <pthread.h>

enum { TRIES = 100000 };

/* ---- what can be asked for ------------------------------------------------------------------- */

struct obstacle {
    const char *change; /* of the deposit D */
    const char *message;
};

static const struct obstacle obstacles[] = {
    {"UPDATE rental.deposit SET waived = true", "the deposit was waived: nothing was paid"},
    {"UPDATE rental.deposit SET status = 'HELD'", "the deposit is HELD"},
    {"UPDATE rental.deposit SET status = 'FORFEITED'", "the deposit is FORFEITED"},
    {"UPDATE rental.deposit SET status = 'REFUNDED'", "the deposit is REFUNDED"},
    {"UPDATE rental.payment SET status = 'CREATED'", "its payment is CREATED"},
    {"UPDATE rental.payment SET status = 'CLOSED'", "its payment is CLOSED"},
    {"UPDATE rental.payment SET status = 'UNKNOWN'", "its payment is UNKNOWN"},
    {"UPDATE rental.payment_item SET amount_fen = 9899 WHERE item_no = 1",
     "its payment item is of another amount"},
    {FINDING("P-D", "OPEN"), "its payment has an open finding T04"},
    {FINDING("T-D", "IN_REVIEW"), "its payment has an open finding T04"},
    {FINDING("P-D#2", "REOPENED"), "its payment has an open finding T04"},
    {DEDUCTION("9900", "'b', now()"), "nothing is due: 9900 fen less 9900 deducted and 0 refunded"},
    {DEDUCTION("10000", "'b', now()"),
     "nothing is due: 9900 fen less 10000 deducted and 0 refunded"},
    {REFUNDS("1", "1", "9900"), "nothing is due: 9900 fen less 0 deducted and 9900 refunded"},
    {REFUNDS("1", "NULL", "9900"), "nothing is due: 9900 fen less 0 deducted and 9900 refunded"},
    {REFUNDS("1", "2", "3001"), "refunds would exceed the payment (R07)"},
    {REFUNDS("50", "2", "1"), "its payment has 50 refunds already"},
    {"UPDATE rental.payment SET paid_at = '2025-06-10 10:00+08'",
     "its payment is older than 365 days"},
    {"UPDATE rental.payment SET paid_at = '2020-06-10 10:00+08'",
     "its payment is older than 365 days"},
    {"UPDATE rental.payment SET transaction_id = NULL",
     "its payment has no number that WeChat Pay takes"},
    {"INSERT INTO rental.deposit SELECT mchid, 'D2', out_trade_no, item_no, rental_no, store_id, "
     "amount_fen, waived, status, due_at FROM rental.deposit",
     "another deposit has the same payment item"},
    {"DELETE FROM rental.deposit", "no such deposit of this merchant"},
};

static void test_obstacles(void **state)
{
    struct test_database *database = *state;
    CLEANUP(pg_done) struct pg *pg = test_database_open(database, roles[MAKER]);
    const struct refund_line line = line_of("D");

    for (size_t i = 0; i < LENGTH(obstacles); i++) {
        struct refund_made made;
        struct err err = ERR_INIT;
        char wanted[200];

        test_sql(database, FORGET DEPOSIT("D"));
        test_sql(database, obstacles[i].change);
        (void)snprintf(wanted, sizeof(wanted), "query refund_ask: deposit D: %s (P0001)",
                       obstacles[i].message);
        expect_err(refund_ask(pg, &line, 1, now(), &made, &err), &err, ERR_DATA, wanted);
        assert_string_equal(test_sql_value(database, "SELECT count(*) FROM recon.refund_act"), "0");
    }
}

struct fine {
    const char *change;
    int64_t fen;
};

static const struct fine fines[] = {
    {"SELECT", 9900},
    {"DELETE FROM rental.payment_item WHERE item_no = 2", 9900},
    {DEDUCTION("9899", "'b', now()"), 1},
    {DEDUCTION("9900", "NULL, NULL"), 9900},
    {"INSERT INTO rental.deposit_deduction VALUES ('m', 'X', 'D', 1, 'LOSS', 'a', 'b', now(), "
     "now())",
     9900},
    {REFUNDS("1", "1", "900"), 9000},
    {REFUNDS("49", "1", "1"), 9851},
    {REFUNDS("1", "2", "3000"), 9900},
    {REFUNDS("50", "2", "1") "; UPDATE rental.refund SET status = 'CLOSED'", 9900},
    {FINDING("P-D", "PENDING"), 9900},
    {FINDING("P-E", "OPEN"), 9900},
    {"UPDATE rental.payment SET paid_at = '2025-06-10 10:00:00.000001+08'", 9900},
};

static void test_amounts(void **state)
{
    struct test_database *database = *state;
    CLEANUP(pg_done) struct pg *pg = test_database_open(database, roles[MAKER]);
    const struct refund_line line = line_of("D");

    for (size_t i = 0; i < LENGTH(fines); i++) {
        struct refund_made made;
        struct err err = ERR_INIT;

        test_sql(database, FORGET DEPOSIT("D"));
        test_sql(database, fines[i].change);
        expect_good(refund_ask(pg, &line, 1, now(), &made, &err), &err);
        assert_int_equal(made.amount.fen, fines[i].fen);
        assert_string_equal(
            test_sql_value(database, "SELECT concat_ws(' ', amount_fen, total_fen, refund_no, "
                                     "maker, state) FROM recon.refund_request"),
            test_sql_value(database, "SELECT concat_ws(' ', amount_fen, 12900, 'DR' || left(encode("
                                     "sha256('m D 1'), 'hex'), 30), 'payrecon_ops_maker', "
                                     "'REQUESTED') FROM recon.refund_request"));
    }
}

/* A deposit of another company; and all or nothing. */
static void test_foreign(void **state)
{
    struct test_database *database = *state;
    CLEANUP(pg_done) struct pg *pg = test_database_open(database, roles[MAKER]);
    struct refund_line lines[] = {line_of("D"), line_of("none")};
    struct refund_made made[2];
    struct err err = ERR_INIT;

    expect_err(refund_ask(pg, lines, 2, now(), made, &err), &err, ERR_DATA,
               "query refund_ask: deposit none: no such deposit of this merchant (P0001)");
    lines[0].mchid = VIEW("other");
    err = ERR_INIT;
    expect_err(refund_ask(pg, lines, 1, now(), made, &err), &err, ERR_DATA,
               "query refund_ask: deposit D: no such deposit of this merchant (P0001)");
    lines[0].mchid = VIEW("nobody");
    err = ERR_INIT;
    expect_err(refund_ask(pg, lines, 1, now(), made, &err), &err, ERR_DATA,
               "query refund_ask: merchant nobody is not known (P0001)");
    assert_string_equal(test_sql_value(database, "SELECT count(*) FROM recon.refund_request"), "0");
    lines[0] = line_of("D");
    lines[0].reason = VIEW("");
    err = ERR_INIT;
    assert_false(refund_ask(pg, lines, 1, now(), made, &err));
    assert_string_equal(pg_sqlstate(pg), "23514");
}

/* ---- two at once ----------------------------------------------------------------------------- */

struct asking {
    struct pg *pg;
    bool done;
    struct err err;
};

static void *ask_too(void *context)
{
    struct asking *asking = context;
    const struct refund_line line = line_of("D");
    struct refund_made made;

    asking->done = refund_ask(asking->pg, &line, 1, now(), &made, &asking->err);
    return NULL;
}

/* Until the other session waits for a lock. */
static void wait_for_waiting(struct test_database *database)
{
    for (int i = 0; i < TRIES; i++) {
        if (strcmp(test_sql_value(database, "SELECT count(*) FROM pg_stat_activity WHERE datname = "
                                            "current_database() AND wait_event_type = 'Lock'"),
                   "1") == 0)
            return;
    }
    fail_msg("the other session does not wait");
}

/* One session has asked and not committed when another asks. */
static void two_at_once(struct test_database *database, bool first_commits)
{
    CLEANUP(pg_done) struct pg *first = test_database_open(database, roles[MAKER]);
    CLEANUP(pg_done) struct pg *second = test_database_open(database, roles[MAKER]);
    struct asking asking = {.pg = second, .err = ERR_INIT};
    const struct refund_line line = line_of("D");
    struct refund_made made;
    struct err err = ERR_INIT;
    pthread_t thread;

    test_sql(database, FORGET DEPOSIT("D"));
    expect_good(pg_begin(first, PG_READ_WRITE, &err), &err);
    expect_good(refund_ask(first, &line, 1, now(), &made, &err), &err);
    assert_int_equal(pthread_create(&thread, NULL, ask_too, &asking), 0);
    wait_for_waiting(database);
    if (first_commits)
        expect_good(pg_commit(first, &err), &err);
    else
        pg_rollback(first);
    assert_int_equal(pthread_join(thread, NULL), 0);

    assert_int_equal(asking.done, !first_commits);
    if (first_commits)
        assert_string_equal(asking.err.text,
                            "query refund_ask: deposit D has a request already (P0001)");
    assert_string_equal(test_sql_value(database, "SELECT count(*) FROM recon.refund_request"), "1");
    expect_good(refund_acts_verify(first, VIEW("m"), NULL, NULL, &err), &err);
}

static void test_two_at_once(void **state)
{
    two_at_once(*state, true);
    two_at_once(*state, false);
}

static void test_withdraw(void **state)
{
    struct test_database *database = *state;
    CLEANUP(people_release) struct people people = {.maker = NULL};
    const struct refund_line line = line_of("E");
    struct refund_made made, again;
    struct err err = ERR_INIT;

    make_batch(database, &people);
    expect_good(refund_ask(people.maker, &line, 1, now(), &made, &err), &err);
    expect_err(
        refund_withdraw(people.maker, VIEW("m"), view_of(made.refund_no), VIEW(" "), now(), &err),
        &err, ERR_DATA, "query refund_withdraw: a request is withdrawn with a reason (P0001)");
    err = ERR_INIT;
    expect_good(
        refund_withdraw(people.maker, VIEW("m"), view_of(made.refund_no), VIEW("x"), now(), &err),
        &err);
    assert_false(
        refund_withdraw(people.maker, VIEW("m"), view_of(made.refund_no), VIEW("x"), now(), &err));
    assert_non_null(strstr(err.text, "REJECTED cannot become REJECTED"));
    err = ERR_INIT;
    assert_false(refund_withdraw(people.maker, VIEW("m"), view_of(people.made.refund_no), VIEW("x"),
                                 now(), &err));
    assert_non_null(strstr(err.text, "is in batch 1: decide on the batch"));
    err = ERR_INIT;
    expect_err(refund_withdraw(people.maker, VIEW("m"), VIEW("DR1"), VIEW("x"), now(), &err), &err,
               ERR_DATA, "query refund_withdraw: refund DR1 of merchant m is not known (P0001)");
    err = ERR_INIT;
    expect_good(refund_ask(people.maker, &line, 1, now(), &again, &err), &err);
    assert_string_not_equal(again.refund_no, made.refund_no);
}

/* The order of what was asked for by a list is the list's. */
static void test_check_list(void **state)
{
    struct test_database *database = *state;
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    CLEANUP(people_release) struct people people = {.maker = NULL};
    struct refund_line lines[] = {line_of("E"), line_of("none"), line_of("D")};
    struct refund_list list = {.lines = lines, .count = 3};
    struct err err = ERR_INIT;

    make_batch(database, &people);
    for (int64_t i = 0; i < 3; i++)
        lines[i].line = i + 2;
    expect_good(refund_check_list(people.maker, &list, now(), &arena, &err), &err);
    assert_int_equal(list.problem_count, 2);
    assert_int_equal(list.problems[0].line, 3);
    expect_view(list.problems[0].text, "deposit none: no such deposit of this merchant");
    assert_int_equal(list.problems[1].line, 4);
    expect_view(list.problems[1].text, "deposit D: it has a request already");
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, test_database_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_obstacles),   CASE(test_amounts),  CASE(test_foreign),
        CASE(test_two_at_once), CASE(test_withdraw), CASE(test_check_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
