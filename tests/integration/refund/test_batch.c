/* Two people and one list: what has changed, expired, or is decided by the wrong one; the breaker.
 */
#include "people.h"

static bool approve(struct people *people, struct err *err)
{
    *err = ERR_INIT;
    return refund_batch_approve(people->checker, VIEW("m"), people->batch_no, &people->seen, now(),
                                err);
}

/* What a superuser may have changed since the checker saw it. */
static const char *const changes[] = {
    "UPDATE recon.refund_request SET deduction_fen = 100, amount_fen = 9800",
    "UPDATE recon.refund_request SET total_fen = 13000",
    "UPDATE recon.refund_request SET out_trade_no = 'P-E'",
    "UPDATE recon.refund_request SET item_no = 2",
    "UPDATE recon.refund_request SET reason = 'x'",
    "UPDATE recon.refund_request SET batch_no = NULL",
    "UPDATE recon.refund_batch SET expires_at = expires_at + interval '1 day'",
    "UPDATE recon.refund_batch SET list_hash = repeat('0', 64)",
    "UPDATE recon.refund_batch SET requests = 2",
    "UPDATE recon.refund_batch SET total_fen = 9901",
    "UPDATE recon.refund_request SET state = 'EXPIRED'",
};

static void test_changed_before_approval(void **state)
{
    struct test_database *database = *state;

    for (size_t i = 0; i < LENGTH(changes); i++) {
        CLEANUP(people_release) struct people people = {.maker = NULL};
        struct err err;

        make_batch(database, &people);
        test_sql(database, changes[i]);
        expect_err(approve(&people, &err), &err, ERR_DATA,
                   "query refund_batch_decide: batch 1 is not the list that was seen (P0001)");
        assert_string_equal(test_sql_value(database, "SELECT state FROM recon.refund_batch"),
                            "OPEN");
    }
}

static const char *begin(struct test_database *database, const struct people *people,
                         const char *instant)
{
    static const char *const sql =
        "SELECT concat_ws(': ', b.decision, b.said) FROM recon.refund_request r, "
        "recon.begin_refund('m', r.refund_no, json_build_object('transaction_id', r.transaction_id,"
        " 'out_refund_no', r.refund_no, 'amount', json_build_object('refund', r.amount_fen,"
        " 'total', r.total_fen))::text, NULL, false, 1000000, '%s+08') b"
        " WHERE r.mchid = 'm' AND r.refund_no = '%s'";
    char text[600];

    (void)snprintf(text, sizeof(text), sql, instant, people->made.refund_no);
    return test_sql_value(database, text);
}

struct later {
    const char *change;
    const char *decision; /* of the job; NULL: the chain of acts tells */
};

static const struct later laters[] = {
    {DEDUCTION("100", "'b', now()"), "DROPPED: deductions are 100 fen now, not 0"},
    {REFUNDS("1", "1", "1"), "DROPPED: 1 fen are refunded now, not 0"},
    {"UPDATE rental.deposit SET status = 'HELD'", "DROPPED: the deposit is HELD"},
    {"UPDATE rental.deposit SET status = 'REFUNDED'", "DROPPED: the deposit is REFUNDED"},
    {FINDING("P-D", "OPEN"), "DROPPED: its payment has an open finding T04"},
    {"UPDATE rental.payment SET amount_fen = 13000 WHERE out_trade_no = 'P-D'",
     "DROPPED: the payment is of 13000 fen now, not 12900"},
    {"UPDATE rental.payment SET transaction_id = 'T-X' WHERE out_trade_no = 'P-D'",
     "DROPPED: the deposit belongs to another payment now"},
    {"UPDATE recon.refund_request SET deduction_fen = 100, amount_fen = 9800",
     "DROPPED: deductions are 0 fen now, not 100"},
    {"UPDATE recon.refund_request SET reason = 'x'", NULL},
    {"UPDATE recon.refund_batch SET checker = 'payrecon_auditor'", NULL},
    {"UPDATE recon.refund_batch SET total_fen = 1", NULL},
};

static void test_changed_after_approval(void **state)
{
    struct test_database *database = *state;

    for (size_t i = 0; i < LENGTH(laters); i++) {
        CLEANUP(people_release) struct people people = {.maker = NULL};
        struct err err;

        make_batch(database, &people);
        expect_good(approve(&people, &err), &err);
        expect_good(refund_acts_verify(people.job, VIEW("m"), NULL, NULL, &err), &err);
        test_sql(database, laters[i].change);
        if (laters[i].decision == NULL) {
            expect_err(refund_acts_verify(people.job, VIEW("m"), NULL, NULL, &err), &err, ERR_DATA,
                       "refunds of merchant m: batch 1 is not the list that was approved");
            continue;
        }
        assert_string_equal(begin(database, &people, "2026-06-10 10:01"), laters[i].decision);
        assert_string_equal(
            test_sql_value(database,
                           "SELECT concat_ws(' ', state, sends) FROM recon.refund_request"),
            "DROPPED 0");
    }
}

static void test_expiry_and_replay(void **state)
{
    struct test_database *database = *state;
    CLEANUP(people_release) struct people people = {.maker = NULL};
    struct err err = ERR_INIT;

    make_batch(database, &people);
    expect_err(refund_batch_approve(people.checker, VIEW("m"), 1, &people.seen,
                                    at("2026-06-10 11:00:00"), &err),
               &err, ERR_DATA, "query refund_batch_decide: batch 1 has expired (P0001)");
    err = ERR_INIT;
    expect_err(refund_batch_approve(people.checker, VIEW("m"), 2, &people.seen, now(), &err), &err,
               ERR_DATA, "query refund_batch_decide: batch 2 of merchant m is not known (P0001)");
    expect_good(approve(&people, &err), &err);
    expect_err(approve(&people, &err), &err, ERR_DATA,
               "query refund_batch_decide: batch 1 is APPROVED already (P0001)");
    err = ERR_INIT;
    expect_err(refund_batch_reject(people.checker, VIEW("m"), 1, VIEW("x"), now(), &err), &err,
               ERR_DATA, "query refund_batch_decide: batch 1 is APPROVED already (P0001)");
    assert_string_equal(begin(database, &people, "2026-06-10 11:00"),
                        "EXPIRED: its approval has expired");
    assert_string_equal(begin(database, &people, "2026-06-10 10:30"), "GONE: it is EXPIRED");
}

/* A login that may do both decides on nothing of its own. */
static void test_both_hats(void **state)
{
    struct test_database *database = *state;
    CLEANUP(people_release) struct people people = {.maker = NULL};
    struct pg *both;
    struct err err = ERR_INIT;

    test_sql(database, "DROP ROLE IF EXISTS payrecon_test_both;"
                       "CREATE ROLE payrecon_test_both LOGIN;"
                       "GRANT payrecon_ops_maker, payrecon_ops_checker TO payrecon_test_both");
    both = test_database_open(database, "payrecon_test_both");
    make_batch(database, &people);
    test_sql(database, "UPDATE recon.refund_batch SET maker = 'payrecon_test_both'");
    expect_err(refund_batch_approve(both, VIEW("m"), 1, &people.seen, now(), &err), &err, ERR_DATA,
               "query refund_batch_decide: batch 1 was made by payrecon_test_both: another person "
               "decides (P0001)");
    err = ERR_INIT;
    expect_err(refund_batch_reject(both, VIEW("m"), 1, VIEW("x"), now(), &err), &err, ERR_DATA,
               "query refund_batch_decide: batch 1 was made by payrecon_test_both: another person "
               "decides (P0001)");
    test_sql(database, "UPDATE recon.refund_batch SET maker = 'payrecon_ops_maker';"
                       "UPDATE recon.refund_request SET maker = 'payrecon_test_both'");
    err = ERR_INIT;
    assert_false(refund_batch_approve(both, VIEW("m"), 1, &people.seen, now(), &err));
    assert_non_null(
        strstr(err.text, "was requested by payrecon_test_both: another person decides"));
    /* SET ROLE changes current_user; who acts is session_user. */
    pg_close(both);
    assert_string_equal(
        test_sql_failure(database, "payrecon_test_both",
                         "SET ROLE payrecon_ops_checker; SELECT recon.decide_refund_batch('m', 1, "
                         "false, NULL, NULL, NULL, 'x', '2026-06-10 10:00+08')"),
        "P0001");
    test_sql(database, "DROP ROLE payrecon_test_both");
}

static void test_breaker(void **state)
{
    struct test_database *database = *state;
    CLEANUP(people_release) struct people people = {.maker = NULL};
    struct err err = ERR_INIT;
    bool reset = true;

    make_batch(database, &people);
    expect_good(approve(&people, &err), &err);
    expect_good(refund_breaker_reset(people.checker, VIEW("m"), VIEW("x"), now(), &reset, &err),
                &err);
    assert_false(reset);
    test_sql(database, "SELECT recon.hold_refunds('m', 'TRIPPED', 'R08', NULL, NULL, now());"
                       "SELECT recon.hold_refunds('m', 'OPEN', NULL, NULL, NULL, now());"
                       "SELECT recon.hold_refunds('m', 'TRIPPED', 'R09', NULL, NULL, now())");
    assert_string_equal(test_sql_value(database, "SELECT reason FROM recon.refund_queue"), "R08");
    assert_string_equal(begin(database, &people, "2026-06-10 10:01"),
                        "WAIT: the breaker has tripped");
    expect_err(refund_breaker_reset(people.checker, VIEW("m"), VIEW(" "), now(), &reset, &err),
               &err, ERR_DATA,
               "query refund_breaker_reset: the breaker is reset with a reason (P0001)");
    err = ERR_INIT;
    expect_good(refund_breaker_reset(people.checker, VIEW("m"), VIEW("x"), now(), &reset, &err),
                &err);
    assert_true(reset);
    assert_string_equal(begin(database, &people, "2026-06-10 10:01"), "SEND");
    expect_good(refund_acts_verify(people.job, VIEW("m"), NULL, NULL, &err), &err);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, test_database_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_changed_before_approval),
        CASE(test_changed_after_approval),
        CASE(test_expiry_and_replay),
        CASE(test_both_hats),
        CASE(test_breaker),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
