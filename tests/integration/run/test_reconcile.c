#include "run/reconcile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reconcile_world.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Three payments and a refund on both sides. */
static void make_day(struct world *world, const char *day)
{
    char noon[32], late[32];

    (void)snprintf(noon, sizeof(noon), "%s 12:00:00", day);
    (void)snprintf(late, sizeof(late), "%s 23:59:59", day);
    for (int i = 0; i < 3; i++) {
        char no[32];

        (void)snprintf(no, sizeof(no), "P%.2s%d", day + 8, i);
        books_payment(world, no, i == 2 ? late : noon, 1000 + i);
        bill_payment(world, no, i == 2 ? late : noon, 1000 + i);
        if (i == 0) {
            books_refund(world, no, no, noon, 400);
            bill_refund(world, no, no, noon, 400);
        }
    }
}

static void balances_a_day(void **state)
{
    CLEANUP(world_release) struct world world;
    struct reconcile_result result;

    world_init(&world, state);
    make_day(&world, WORLD_DAY);
    bill_keep(&world, WORLD_DAY);
    result = world_reconcile(&world, WORLD_DAY);
    assert_int_equal(result.verdict, VERDICT_BALANCED);
    assert_int_equal(result.code, EXIT_CLEAN);
    assert_int_equal(result.rows, 4);
    assert_int_equal(result.matched, 4);
    expect_says(&world, WORLD_DAY, "BALANCED");
    assert_string_equal(
        test_sql_value(*state, "SELECT string_agg(concat_ws(' ', name, holds, left_count, left_fen,"
                               " right_count, right_fen), E'\\n' ORDER BY name)"
                               " FROM recon.identity"),
        "deposits t 0 0 0 0\n"
        "items t 3 3003 3 3003\n"
        "payments t 3 3003 3 3003\n"
        "refunds t 1 400 1 400\n"
        "trade rows t 4 3003 4 3003");
    assert_string_equal(test_sql_value(*state, "SELECT concat_ws(' ', stage, trade_version, rows,"
                                               " matched, tries) FROM recon.day"),
                        "RECONCILED 1 4 4 0");
}

/* ---- INCOMPLETE ---------------------------------------------------------------------------------
 */

static void without_bill(struct world *world)
{
    (void)world;
}

static void too_late_without_bill(struct world *world)
{
    world->job.clock.at = world_at("2026-06-03", 11);
}

static void empty_bill(struct world *world)
{
    buf_clear(&world->rows);
    world->count = world->settled = world->refunded = 0;
    bill_keep(world, WORLD_DAY);
}

static void no_statement(struct world *world)
{
    bill_keep_none(world, WORLD_DAY);
}

static void truncated_bill(struct world *world)
{
    world_keep(world, WORLD_DAY, EVIDENCE_TRADE_ALL, buf_view(&world->rows));
}

static void wrong_footer(struct world *world)
{
    world->settled++;
    bill_keep(world, WORLD_DAY);
}

static void long_number(struct world *world)
{
    static char number[3001];

    memset(number, '7', sizeof(number) - 1);
    bill_row(world,
             &(struct world_row){
                 .no = number, .transaction = "42007", .at = WORLD_DAY " 13:00:00", .fen = 500});
    bill_keep(world, WORLD_DAY);
}

static void long_refund(struct world *world)
{
    static char number[201];

    memset(number, '7', sizeof(number) - 1);
    bill_refund(world, number, "P310", WORLD_NEXT " 00:00:01", 500);
    bill_keep(world, WORLD_DAY);
}

static void damaged_evidence(struct world *world)
{
    bill_keep(world, WORLD_DAY);
    test_sql(world->database,
             "UPDATE recon.bill_chunk SET content = overlay(content PLACING 'X'::bytea"
             " FROM position('OTHERS'::bytea IN content))");
}

static void shortened_evidence(struct world *world)
{
    bill_keep(world, WORLD_DAY);
    test_sql(world->database,
             "UPDATE recon.bill_chunk SET content = substr(content, 1, length(content) - 1)");
}

static void deleted_evidence(struct world *world)
{
    bill_keep(world, WORLD_DAY);
    test_sql(world->database, "DELETE FROM recon.bill_chunk");
}

static void other_day(struct world *world)
{
    buf_clear(&world->rows);
    world->count = world->settled = world->refunded = 0;
    make_day(world, WORLD_BEFORE);
    bill_keep(world, WORLD_DAY);
}

static void other_merchant(struct world *world)
{
    world->merchant.mchid = VIEW("1900000110");
    test_sql(world->database,
             "INSERT INTO recon.merchant SELECT '1900000110', name, mode, sp_mchid, rate_ppm,"
             " fund_account, first_day, suspended_at, created_at FROM recon.merchant;"
             "INSERT INTO rental.contract_meta VALUES ('1900000110', 1, '2026-12-31')");
    bill_keep(world, WORLD_DAY);
}

static void old_watermark(struct world *world)
{
    bill_keep(world, WORLD_DAY);
    test_sql(world->database,
             "UPDATE rental.contract_meta SET watermark_at = '2026-06-01 00:09:59+08'");
}

static void no_meta(struct world *world)
{
    bill_keep(world, WORLD_DAY);
    test_sql(world->database, "DELETE FROM rental.contract_meta");
}

static void other_version(struct world *world)
{
    bill_keep(world, WORLD_DAY);
    test_sql(world->database, "UPDATE rental.contract_meta SET contract_version = 2");
}

/* The contract's views are foreign: they may say anything. */
static void two_metas(struct world *world)
{
    bill_keep(world, WORLD_DAY);
    test_sql(world->database,
             "ALTER TABLE rental.contract_meta RENAME TO meta;"
             "CREATE VIEW rental.contract_meta AS SELECT mchid, contract_version, watermark_at FROM"
             " rental.meta UNION ALL SELECT mchid, contract_version, NULL FROM rental.meta");
}

static void meta_without_version(struct world *world)
{
    bill_keep(world, WORLD_DAY);
    test_sql(world->database,
             "ALTER TABLE rental.contract_meta RENAME TO meta;"
             "CREATE VIEW rental.contract_meta AS SELECT mchid, NULL::integer AS contract_version,"
             " watermark_at FROM rental.meta");
}

static void no_view(struct world *world)
{
    bill_keep(world, WORLD_DAY);
    test_sql(world->database, "ALTER TABLE rental.refund RENAME TO refunds");
}

static void failing_view(struct world *world)
{
    bill_keep(world, WORLD_DAY);
    test_sql(world->database,
             "ALTER TABLE rental.payment RENAME TO payments;"
             "CREATE VIEW rental.payment AS SELECT mchid, out_trade_no, sub_mchid, appid,"
             " transaction_id, CASE WHEN amount_fen = 1001 THEN amount_fen / (amount_fen - 1001)"
             " ELSE amount_fen END AS amount_fen, status, paid_at, created_at, updated_at"
             " FROM rental.payments");
}

static void null_amount(struct world *world)
{
    bill_keep(world, WORLD_DAY);
    test_sql(world->database,
             "ALTER TABLE rental.payment RENAME TO payments;"
             "CREATE VIEW rental.payment AS SELECT mchid, out_trade_no, sub_mchid, appid,"
             " transaction_id, NULLIF(amount_fen, 1001) AS amount_fen, status, paid_at, created_at,"
             " updated_at FROM rental.payments");
}

static void huge_amounts(struct world *world)
{
    bill_keep(world, WORLD_DAY);
    test_sql(world->database, "ALTER TABLE rental.payment DROP CONSTRAINT payment_amount;"
                              "UPDATE rental.payment SET amount_fen = -9223372036854775808;");
}

static void huge_items(struct world *world)
{
    bill_keep(world, WORLD_DAY);
    test_sql(world->database,
             "UPDATE rental.payment_item SET amount_fen = 9223372036854775807;"
             "INSERT INTO rental.payment_item SELECT mchid, out_trade_no, 2, kind, rental_no,"
             " store_id, amount_fen FROM rental.payment_item;");
}

static void no_books(struct world *world)
{
    bill_keep(world, WORLD_DAY);
    test_sql(world->database, "DELETE FROM rental.refund; DELETE FROM rental.payment_item;"
                              "DELETE FROM rental.payment;");
}

/* `reason`: how it begins. */
static const struct {
    const char *name;
    void (*change)(struct world *world);
    enum exit_code code;
    const char *says;
    const char *reason;
} INCOMPLETE[] = {
    {"no bill", without_bill, EXIT_TRY_LATER, "E01 OPEN TRADE_ALL;",
     "E01 trade bill of 2026-05-31 is not here yet"},
    {"no bill after the deadline", too_late_without_bill, EXIT_BAD_DATA, "E01 OPEN TRADE_ALL;",
     "E01 trade bill of 2026-05-31 is not here yet"},
    {"empty bill", empty_bill, EXIT_TRY_LATER, "E02 OPEN TRADE_ALL;",
     "E02 the trade bill of 2026-05-31 is empty, "},
    {"no statement", no_statement, EXIT_TRY_LATER, "E02 OPEN TRADE_ALL;",
     "E02 the trade bill of 2026-05-31 is empty, "},
    {"truncated", truncated_bill, EXIT_BAD_DATA, "E04 OPEN TRADE_ALL;",
     "E04 trade bill of 2026-05-31: line 1: "},
    {"footer", wrong_footer, EXIT_BAD_DATA, "E05 OPEN TRADE_ALL;",
     "E05 trade bill of 2026-05-31: line 7: summary differs from the rows: "},
    {"a number of 3000 bytes", long_number, EXIT_BAD_DATA, "E04 OPEN TRADE_ALL;",
     "E04 trade bill of 2026-05-31: line 6: "},
    {"a refund's number of 204 bytes", long_refund, EXIT_BAD_DATA, "E04 OPEN TRADE_ALL;",
     "E04 trade bill of 2026-05-31: line 6: "},
    {"damaged", damaged_evidence, EXIT_BAD_DATA, "E03 OPEN TRADE_ALL;",
     "E03 trade bill of 2026-05-31: evidence changed: SHA-256 is "},
    {"shortened", shortened_evidence, EXIT_BAD_DATA, "E03 OPEN TRADE_ALL;",
     "E03 trade bill of 2026-05-31: evidence changed: "},
    {"deleted", deleted_evidence, EXIT_BAD_DATA, "E03 OPEN TRADE_ALL;",
     "E03 trade bill of 2026-05-31: evidence changed: 0 bytes where "},
    {"another day", other_day, EXIT_BAD_DATA, "E07 OPEN TRADE_ALL;", "E07 every "},
    {"another merchant", other_merchant, EXIT_BAD_DATA, "E07 OPEN TRADE_ALL;", "E07 every "},
    {"watermark", old_watermark, EXIT_TRY_LATER, "E09 OPEN contract;",
     "E09 books are complete up to 2026-06-01T00:09:59+08:00 only, "},
    {"no meta", no_meta, EXIT_TRY_LATER, "E09 OPEN contract;",
     "E09 rental.contract_meta has no row for merchant 1900000109"},
    {"version", other_version, EXIT_TRY_LATER, "E09 OPEN contract;",
     "E09 rental.contract_meta says version 2, not 1"},
    {"two metas", two_metas, EXIT_TRY_LATER, "E09 OPEN contract;",
     "E09 rental.contract_meta has 2 rows for merchant 1900000109"},
    {"no version", meta_without_version, EXIT_TRY_LATER, "E09 OPEN contract;", "E09 "},
    {"no view", no_view, EXIT_TRY_LATER, "E09 OPEN contract;", "E09 rental.refund is missing"},
    {"failing view", failing_view, EXIT_TRY_LATER, "E09 OPEN rows;",
     "E09 books of merchant 1900000109: payments: "},
    {"NULL amount", null_amount, EXIT_TRY_LATER, "E09 OPEN rows;",
     "E09 books of merchant 1900000109: payments: "},
    {"huge amounts", huge_amounts, EXIT_TRY_LATER, "E09 OPEN rows;",
     "E09 books of merchant 1900000109: payments: "},
    {"huge items", huge_items, EXIT_TRY_LATER, "E09 OPEN rows;",
     "E09 books of merchant 1900000109: items: "},
    {"no books", no_books, EXIT_TRY_LATER, "E09 OPEN payments;",
     "E09 the books have no payment of 2026-05-31, the trade bill has 3"},
};

static void says_why_a_day_is_incomplete(void **state)
{

    for (size_t i = 0; i < LENGTH(INCOMPLETE); i++) {
        CLEANUP(world_release) struct world world;
        struct reconcile_result result;
        char says[128];

        if (i > 0) {
            assert_int_equal(test_database_teardown(state), 0);
            assert_int_equal(test_database_setup(state), 0);
        }
        world_init(&world, state);
        make_day(&world, WORLD_DAY);
        INCOMPLETE[i].change(&world);
        result = world_reconcile(&world, WORLD_DAY);
        assert_int_equal(result.verdict, VERDICT_INCOMPLETE);
        assert_int_equal(result.code, INCOMPLETE[i].code);
        if (!view_starts_with(view_of(result.reason), view_of(INCOMPLETE[i].reason)))
            fail_msg("%s: \"%s\"", INCOMPLETE[i].name, result.reason);
        (void)snprintf(says, sizeof(says), "INCOMPLETE %s", INCOMPLETE[i].says);
        expect_says(&world, WORLD_DAY, says);
        assert_string_equal(test_sql_value(*state, "SELECT (SELECT count(*) FROM recon.entry) +"
                                                   " (SELECT count(*) FROM recon.identity)"),
                            "0");
        assert_string_equal(test_sql_value(*state, "SELECT next_try_at = '2026-06-01 11:30+08'"
                                                   " FROM recon.day"),
                            INCOMPLETE[i].code == EXIT_TRY_LATER ? "t" : "NULL");
    }
}

/* ---- again and again ----------------------------------------------------------------------------
 */

static void changes_nothing_when_run_again(void **state)
{
    CLEANUP(world_release) struct world world;
    char *first, *second;

    world_init(&world, state);
    make_day(&world, WORLD_DAY);
    bill_payment(&world, "P999", WORLD_DAY " 13:00:00", 500);
    books_payment(&world, "P998", WORLD_DAY " 13:00", 600);
    bill_keep(&world, WORLD_DAY);
    (void)world_reconcile(&world, WORLD_DAY);
    expect_says(&world, WORLD_DAY, "BROKEN T03 PENDING P998; T01 OPEN P999;");
    first = world_everything(&world);
    world.job.clock.at.us += INSTANT_HOUR;
    (void)world_reconcile(&world, WORLD_DAY);
    second = world_everything(&world);
    assert_string_equal(first, second);
    free(first);
    free(second);
}

static void heals_when_the_evidence_comes(void **state)
{
    CLEANUP(world_release) struct world world;

    world_init(&world, state);
    make_day(&world, WORLD_DAY);
    (void)world_reconcile(&world, WORLD_DAY);
    expect_says(&world, WORLD_DAY, "INCOMPLETE E01 OPEN TRADE_ALL;");
    bill_keep(&world, WORLD_DAY);
    (void)world_reconcile(&world, WORLD_DAY);
    expect_says(&world, WORLD_DAY, "BALANCED E01 RESOLVED auto_timing TRADE_ALL;");
}

/* What an earlier run found stays as it was: nobody looked at it again. */
static void leaves_findings_alone_that_it_did_not_look_for(void **state)
{
    CLEANUP(world_release) struct world world;

    world_init(&world, state);
    make_day(&world, WORLD_DAY);
    bill_payment(&world, "P999", WORLD_DAY " 13:00:00", 500);
    bill_keep(&world, WORLD_DAY);
    test_sql(*state, "UPDATE rental.payment_item SET kind = 'DEPOSIT' WHERE out_trade_no = 'P311'");
    (void)world_reconcile(&world, WORLD_DAY);
    expect_says(&world, WORLD_DAY, "BROKEN T12 OPEN deposit/P311; T01 OPEN P999;");
    test_sql(*state, "UPDATE rental.contract_meta SET watermark_at = '2026-05-31'");
    (void)world_reconcile(&world, WORLD_DAY);
    expect_says(&world, WORLD_DAY,
                "INCOMPLETE E09 OPEN contract; T12 OPEN deposit/P311; T01 OPEN P999;");
}

/* The books' connection dies while they are read: an error of the machine, nothing is stored. */
static void stores_nothing_when_the_books_go_away(void **state)
{
    CLEANUP(world_release) struct world world;
    CLEANUP(refund_doubts_release) struct refund_doubts doubts = REFUND_DOUBTS_INIT;
    const struct reconcile_task task = {&world.merchant, world_day(WORLD_DAY), &doubts};
    struct reconcile_result result = {.rows = -1};
    struct err err = ERR_INIT;
    char *before, *after;

    world_init(&world, state);
    make_day(&world, WORLD_DAY);
    bill_keep(&world, WORLD_DAY);
    (void)world_reconcile(&world, WORLD_DAY);
    before = world_everything(&world);
    test_sql(*state,
             "CREATE FUNCTION rental.die(fen bigint) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN"
             " PERFORM pg_terminate_backend(pg_backend_pid()); RETURN fen; END $$;"
             "ALTER TABLE rental.refund RENAME TO refunds;"
             "CREATE VIEW rental.refund AS SELECT mchid, out_refund_no, out_trade_no, item_no,"
             " kind, rental.die(amount_fen) AS amount_fen, status, created_at FROM rental.refunds");
    assert_false(reconcile_day(&world.job, world.database->pg, &task, &result, &err));
    assert_string_equal(err_kind_name(err.kind), err_kind_name(ERR_UNAVAILABLE));
    assert_int_equal(result.rows, -1);
    after = world_everything(&world);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

/* What must never be is refused by the tables, whoever writes. */
static void cannot_store_what_is_not_proved(void **state)
{
    static const char *const refused[] = {
        "UPDATE recon.day SET stage = 'FETCHED'",
        "UPDATE recon.day SET verdict = 'PENDING', stage = 'DUE'",
        "UPDATE recon.bill_file SET announced_sha1 = repeat('0', 40)",
        "UPDATE recon.bill_file SET plain_sha1 = NULL",
        "UPDATE recon.identity SET right_fen = right_fen + 1 WHERE name = 'payments'",
        "UPDATE recon.identity SET holds = false",
    };
    CLEANUP(world_release) struct world world;

    world_init(&world, state);
    make_day(&world, WORLD_DAY);
    bill_keep(&world, WORLD_DAY);
    (void)world_reconcile(&world, WORLD_DAY);
    for (size_t i = 0; i < LENGTH(refused); i++)
        assert_string_equal(test_sql_failure(*state, "postgres", refused[i]), "23514");
}

int main(void)
{
#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, test_database_setup, test_database_teardown)
    const struct CMUnitTest tests[] = {
        TEST(balances_a_day),
        TEST(says_why_a_day_is_incomplete),
        TEST(changes_nothing_when_run_again),
        TEST(heals_when_the_evidence_comes),
        TEST(leaves_findings_alone_that_it_did_not_look_for),
        TEST(stores_nothing_when_the_books_go_away),
        TEST(cannot_store_what_is_not_proved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
