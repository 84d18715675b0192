#include "settle/settle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "day.h"

static struct settle_result settle(struct test_database *database)
{
    struct settle_result result = {.settled = false};
    struct err err = ERR_INIT;

    expect_good(
        settle_day(database->pg, DAY_MCHID, settle_test_day(), settle_test_now(), &result, &err),
        &err);
    return result;
}

#define expect_sql(database, sql, wanted) assert_string_equal(test_sql_value(database, sql), wanted)

/* Everything that settling writes, as one text. */
static const char *const everything =
    "SELECT concat_ws('|', "
    "(SELECT string_agg(s::text, ',' ORDER BY store_id, version) FROM recon.statement s), "
    "(SELECT string_agg(l::text, ',' ORDER BY store_id, version, line) FROM recon.statement_line "
    "l), "
    "(SELECT string_agg(i::text, ',' ORDER BY store_id, version, seq) FROM recon.statement_item "
    "i), "
    "(SELECT string_agg(p::text, ',' ORDER BY part, key) FROM recon.settle_part p), "
    "(SELECT string_agg(d::text, ',') FROM recon.day d), "
    "(SELECT string_agg(f::text, ',' ORDER BY finding_id) FROM recon.finding f), "
    "(SELECT count(*) FROM recon.finding_event))";

static void settles_a_day(void **state)
{
    struct test_database *database = *state;
    struct settle_result result;

    day_make(database);
    result = settle(database);
    assert_true(result.settled);
    assert_int_equal(result.statements, 3);
    assert_int_equal(result.unchanged, 0);
    assert_int_equal(result.withheld, 0);
    assert_string_equal(verdict_name(result.verdict), "BALANCED");
    expect_sql(database, "SELECT stage FROM recon.day", "SETTLED");
    expect_sql(database,
               "SELECT string_agg(concat_ws(' ', part, key, payment_items, payment_fen, "
               "refund_items, refund_fen, fee_millifen), E'\\n' ORDER BY part, key) "
               "FROM recon.settle_part",
               "HELD T05 1 990 0 0 5940\n"
               "OPERATOR DEPOSIT 1 19900 0 0 119400\n"
               "OPERATOR INSURANCE 1 200 0 0 1200\n"
               "STORE S/4 0 0 0 0 0\n"
               "STORE S1 2 4300 1 500 22800\n"
               "STORE S2 1 1000 0 0 6000");
    expect_sql(database,
               "SELECT string_agg(concat_ws(' ', name, holds, left_count, left_fen, "
               "right_count, right_fen), E'\\n' ORDER BY name) FROM recon.identity "
               "WHERE name LIKE 'stores%'",
               "stores t 5 26390 5 26390\n"
               "stores fees t 5 155 5 155\n"
               "stores refunds t 1 500 1 500");
    expect_sql(database,
               "SELECT string_agg(concat_ws(' ', store_id, line, item_count, amount_fen), "
               "E'\\n' ORDER BY store_id, line) FROM recon.statement_line "
               "WHERE amount_fen <> 0 AND store_id <> 'S2'",
               "S1 BASE 0 3777\nS1 DEPOSIT_TAKEN 1 19900\nS1 FEE 0 -23\nS1 NET 0 2644\n"
               "S1 OPEN_PAYMENT 1 1000\nS1 OPERATOR_SHARE 0 1133\nS1 RENT 2 4300\n"
               "S1 RENT_REFUND 1 -500\nS1 SHARE 0 2644");
    /* the week ends: its fixed amount is due; the operator bears the fee */
    expect_sql(database,
               "SELECT string_agg(concat_ws(' ', line, amount_fen), ',' ORDER BY line) "
               "FROM recon.statement_line WHERE amount_fen <> 0 AND store_id = 'S2'",
               "BASE 1000,FIXED 1000,NET 1500,OPERATOR_SHARE -506,RENT 1000,SHARE 500");
    expect_sql(database,
               "SELECT string_agg(concat_ws(' ', seq, line_no, entry_kind, item_kind, rental_no, "
               "code, amount_fen, fee_millifen, borne_millifen, share_fen), E'\\n' ORDER BY seq) "
               "FROM recon.statement_item WHERE store_id = 'S1'",
               "1 2 PAYMENT DEPOSIT R1 19900 119400 0 0\n"
               "2 2 PAYMENT RENT R1 3500 21000 21000 2435\n"
               "3 4 REFUND RENT R1 -500 -3000 -3000 -348\n"
               "4 5 PAYMENT RENT T05 1000 0 0 0\n"
               "5 6 PAYMENT RENT R\"9 800 4800 4800 557");
}

/* A payment of the day before, the day or the next is timing; farther off it waits for people. */
static void holds_a_payment_that_is_booked_days_away(void **state)
{
    static const struct {
        const char *books_at, *part;
    } cases[] = {
        {"2026-05-29 23:59:59.999999+08", "HELD T09"},
        {"2026-05-30 00:00+08", "STORE S1"},
        {"2026-06-01 23:59:59.999999+08", "STORE S1"},
        {"2026-06-02 00:00+08", "HELD T09"},
    };
    struct test_database *database = *state;

    day_make(database);
    edit_entries(database, "DELETE FROM entry WHERE code IS DISTINCT FROM 'T09'");
    day_prove(database);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_sql_format(database,
                        "SELECT public.edit_entries($$UPDATE entry SET books_at = '%s'$$);"
                        "UPDATE recon.day SET stage = 'RECONCILED'",
                        cases[i].books_at);
        assert_true(settle(database).settled);
        expect_sql(database,
                   "SELECT string_agg(concat_ws(' ', part, key), ',') FROM recon.settle_part "
                   "WHERE payment_items > 0",
                   cases[i].part);
    }
}

static void running_twice_changes_nothing(void **state)
{
    struct test_database *database = *state;
    CLEANUP(buf_release) struct buf first = BUF_INIT(1 << 20);
    struct settle_result result;

    day_make(database);
    (void)settle(database);
    buf_add_text(&first, test_sql_value(database, everything));
    result = settle(database);
    assert_int_equal(result.statements, 0);
    assert_int_equal(result.unchanged, 3);
    assert_string_equal(test_sql_value(database, everything), buf_text(&first));
}

static void other_numbers_are_another_version(void **state)
{
    struct test_database *database = *state;
    struct settle_result result;

    day_make(database);
    (void)settle(database);
    /* The finding was mended: the payment counts now. */
    edit_entries(database, "UPDATE entry SET code = NULL, order_fen = 1000 WHERE line_no = 5");
    test_sql(database, "UPDATE recon.day SET stage = 'RECONCILED'");
    day_prove(database);
    result = settle(database);
    assert_int_equal(result.statements, 1);
    assert_int_equal(result.unchanged, 2);
    expect_sql(database,
               "SELECT differs FROM recon.statement WHERE store_id = 'S1' AND version = 2",
               "租金收入 43.00 (2) → 53.00 (3); 支付手续费（净） -0.23 → -0.29; "
               "分成基数 37.77 → 47.71; 门店分成 26.44 → 33.40; 应结净额 26.44 → 33.40; "
               "平台／运营商分成 11.33 → 14.31; 差错未决·收款 10.00 (1) → 0.00 (0)");
    expect_sql(database, "SELECT count(*) FROM recon.statement WHERE version = 1", "3");
    expect_sql(database, "SELECT count(*) FROM recon.statement_item WHERE version = 1", "6");
}

static void statements_name_the_one_before(void **state)
{
    struct test_database *database = *state;

    day_make(database);
    test_sql(database,
             "INSERT INTO recon.statement VALUES "
             "('1900000109', 'S1', '2026-05-28', 1, '2026-05-28', 'm', 's', '[]', 't', '[]', 'x1', "
             "NULL, NULL, NULL, NULL, 0, '0', '2026-05-29'), "
             "('1900000109', 'S1', '2026-05-28', 2, '2026-05-28', 'm', 's', '[]', 't', '[]', 'x2', "
             "'d', NULL, NULL, NULL, 0, '0', '2026-05-29'), "
             "('1900000109', 'S1', '2026-06-02', 1, '2026-06-02', 'm', 's', '[]', 't', '[]', 'x3', "
             "NULL, NULL, NULL, NULL, 0, '0', '2026-05-29')");
    (void)settle(database);
    expect_sql(database,
               "SELECT concat_ws(' ', previous_from, previous_version, previous_sha256) "
               "FROM recon.statement WHERE period_from = '" DAY_TEXT "' AND store_id = 'S1'",
               "2026-05-28 2 x2");
    expect_sql(database, "SELECT previous_from FROM recon.statement WHERE store_id = 'S2'", "NULL");
}

/* Money of no store, of a closed one; a store whose terms are missing and come later. */
static void findings_come_and_go(void **state)
{
    struct test_database *database = *state;
    struct settle_result result;

    day_make(database);
    test_sql(database, "DELETE FROM rental.store_terms WHERE store_id = 'S2'");
    day_add_entry(database, 7, "PAYMENT", "", 100, "{1,RENT,NULL,NULL,100}");
    day_add_entry(database, 8, "PAYMENT", "", 200, "{1,RENT,S3,NULL,200}");
    day_add_entry(database, 9, "PAYMENT", "", 300, "{}");
    day_prove(database);
    result = settle(database);
    assert_int_equal(result.statements, 2);
    assert_int_equal(result.withheld, 1);
    assert_string_equal(verdict_name(result.verdict), "BROKEN");
    expect_sql(database,
               "SELECT string_agg(concat_ws(' ', leg, key, code, state, channel_fen, diff_fen, "
               "owner), E'\\n' ORDER BY key) FROM recon.finding",
               "SETTLE - S01 OPEN 400 400 finance\n"
               "SETTLE S2 S02 OPEN 1000 1000 finance\n"
               "SETTLE S3 S01 OPEN 200 200 finance");
    expect_sql(database,
               "SELECT string_agg(holds::text, ',') FROM recon.identity "
               "WHERE name LIKE 'stores%'",
               "true,true,true");

    test_sql(database, "INSERT INTO rental.store_terms VALUES ('1900000109', 'S2', 'RENT', "
                       "'2026-05-31', NULL, 500000, 0, 'STORE', 'DAY', 0, 0)");
    result = settle(database);
    assert_int_equal(result.statements, 1);
    assert_int_equal(result.unchanged, 2);
    expect_sql(database, "SELECT state FROM recon.finding WHERE key = 'S2'", "RESOLVED");
    expect_sql(database, "SELECT verdict FROM recon.day", "BROKEN");
}

static void a_lost_entry_withholds_everything(void **state)
{
    struct test_database *database = *state;
    struct settle_result result;

    day_make(database);
    edit_entries(database, "DELETE FROM entry WHERE line_no = 3");
    result = settle(database);
    assert_int_equal(result.statements, 0);
    assert_int_equal(result.withheld, 3);
    assert_string_equal(verdict_name(result.verdict), "BROKEN");
    expect_sql(database, "SELECT count(*) FROM recon.statement", "0");
    expect_sql(database,
               "SELECT concat_ws(' ', key, code, channel_fen, books_fen, diff_fen, evidence) "
               "FROM recon.finding",
               "* S05 26390 25390 1000 {\"parts_rows\":4,\"parts_payment_fen\":25390,"
               "\"parts_refund_fen\":500,\"parts_fee_millifen\":149340,\"bill_rows\":5,"
               "\"bill_payment_fen\":26390,\"bill_refund_fen\":500,"
               "\"bill_fee_millifen\":155340}");
    expect_sql(database, "SELECT holds FROM recon.identity WHERE name = 'stores'", "f");
}

static void a_lost_refund_is_seen_too(void **state)
{
    struct test_database *database = *state;

    day_make(database);
    edit_entries(database, "DELETE FROM entry WHERE line_no = 4");
    (void)settle(database);
    expect_sql(database, "SELECT concat_ws(' ', code, channel_fen, books_fen) FROM recon.finding",
               "S05 -500 0");
}

static void days_that_are_not_ready(void **state)
{
    static const struct {
        const char *change, *reason;
    } cases[] = {
        {"UPDATE recon.day SET stage = 'FETCHED', verdict = NULL", "not reconciled yet"},
        {"UPDATE recon.day SET stage = 'RECONCILED', verdict = 'INCOMPLETE', reason = 'E01'",
         "INCOMPLETE days are not settled"},
        {"UPDATE recon.day SET stage = 'SETTLED'", "INCOMPLETE days are not settled"},
        {"DELETE FROM recon.day", "no such day"},
    };
    struct test_database *database = *state;

    day_make(database);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct settle_result result;

        test_sql(database, cases[i].change);
        result = settle(database);
        assert_false(result.settled);
        assert_string_equal(result.reason, cases[i].reason);
    }
    expect_sql(database, "SELECT count(*) FROM recon.statement", "0");
    expect_sql(database, "SELECT count(*) FROM recon.settle_part", "0");
}

static void what_contradicts_itself_is_refused(void **state)
{
    static const struct {
        const char *change, *message;
    } cases[] = {
        {"SELECT public.edit_entries('UPDATE entry SET order_fen = 999 WHERE line_no = 3')",
         "settling 2026-05-31: entries: entry of line 3: has no finding, but 9.99 is not the sum "
         "of its items: differs by -0.01"},
        {"SELECT public.edit_entries('UPDATE entry SET order_fen = 1000 WHERE line_no = 3');"
         "UPDATE rental.store_terms SET fixed_fen = 1099511627777 WHERE store_id = 'S2'",
         "settling 2026-05-31: stores and terms: terms of store \"S2\" for RENT from 2026-01-01: "
         "share_ppm, fixed_fen, fee_bearer or cycle is not as the contract says"},
        {"UPDATE rental.store_terms SET fixed_fen = 0;"
         "DELETE FROM recon.identity WHERE name = 'refunds'",
         "settling 2026-05-31: the identity \"refunds\" is not stored: reconcile the day again"},
        {"DELETE FROM recon.identity",
         "settling 2026-05-31: the identity \"trade rows\" is not stored: reconcile the day again"},
    };
    struct test_database *database = *state;

    day_make(database);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct settle_result result;
        struct err err = ERR_INIT;

        test_sql(database, cases[i].change);
        expect_err(settle_day(database->pg, DAY_MCHID, settle_test_day(), settle_test_now(),
                              &result, &err),
                   &err, ERR_DATA, cases[i].message);
    }
    expect_sql(database, "SELECT concat_ws(' ', stage, verdict) FROM recon.day",
               "RECONCILED BALANCED");
    expect_sql(database, "SELECT count(*) FROM recon.statement", "0");
}

/* Storing fails in the middle: nothing of it stays, and the connection can go on. */
static void a_failure_leaves_nothing(void **state)
{
    struct test_database *database = *state;
    struct settle_result result;
    struct err err = ERR_INIT;

    day_make(database);
    test_sql(database, "ALTER TABLE recon.statement_item ADD CONSTRAINT t CHECK (seq < 5)");
    assert_false(
        settle_day(database->pg, DAY_MCHID, settle_test_day(), settle_test_now(), &result, &err));
    assert_int_equal(err.kind, ERR_DATA);
    expect_sql(database, "SELECT count(*) FROM recon.statement", "0");
    expect_sql(database, "SELECT count(*) FROM recon.settle_part", "0");
    expect_sql(database, "SELECT stage FROM recon.day", "RECONCILED");
    test_sql(database, "ALTER TABLE recon.statement_item DROP CONSTRAINT t");
    result = settle(database);
    assert_int_equal(result.statements, 3);
}

static void a_day_without_trades(void **state)
{
    struct test_database *database = *state;
    struct settle_result result;

    day_make(database);
    edit_entries(database, "DELETE FROM entry");
    day_prove(database);
    result = settle(database);
    assert_int_equal(result.statements, 3);
    expect_sql(database, "SELECT sum(item_count) FROM recon.statement", "0");
    assert_string_equal(verdict_name(result.verdict), "BALANCED");
}

static void the_job_role_may_settle(void **state)
{
    struct test_database *database = *state;
    CLEANUP(pg_done) struct pg *pg = NULL;
    struct settle_result result;
    struct err err = ERR_INIT;

    day_make(database);
    pg = test_database_open(database, "payrecon_job");
    expect_good(settle_day(pg, DAY_MCHID, settle_test_day(), settle_test_now(), &result, &err),
                &err);
    assert_int_equal(result.statements, 3);
}

#define DATABASE_TEST(function)                                                                    \
    cmocka_unit_test_setup_teardown(function, test_database_setup, test_database_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TEST(settles_a_day),
        DATABASE_TEST(holds_a_payment_that_is_booked_days_away),
        DATABASE_TEST(running_twice_changes_nothing),
        DATABASE_TEST(other_numbers_are_another_version),
        DATABASE_TEST(statements_name_the_one_before),
        DATABASE_TEST(findings_come_and_go),
        DATABASE_TEST(a_lost_entry_withholds_everything),
        DATABASE_TEST(a_lost_refund_is_seen_too),
        DATABASE_TEST(days_that_are_not_ready),
        DATABASE_TEST(what_contradicts_itself_is_refused),
        DATABASE_TEST(a_failure_leaves_nothing),
        DATABASE_TEST(a_day_without_trades),
        DATABASE_TEST(the_job_role_may_settle),
    };

    return cmocka_run_group_tests_name("settle", tests, NULL, NULL);
}
