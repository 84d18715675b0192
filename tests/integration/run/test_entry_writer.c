/* Entries as lines in blocks, and as the rows that recon.entry shows. */
#include "run/entry_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "../../support/support.h"

#define MCHID VIEW("1900000109")

static struct date day(void)
{
    struct date day = {0};

    assert_true(date_parse(VIEW("2026-05-31"), &day));
    return day;
}

static struct instant at(int64_t us)
{
    return (struct instant){beijing_start(day()).us + us};
}

static struct ledger_place *add_record(struct ledger *ledger, const char *number, int items)
{
    struct books_row row = {.number = view_of(number),
                            .second = VIEW("T"),
                            .amount = {990},
                            .status = BOOKS_PAID,
                            .has_time = true,
                            .time = at(1234567)};
    struct err err = ERR_INIT;

    expect_good(ledger_add(ledger, &row, &err), &err);
    for (int i = 1; i <= items; i++) {
        const struct books_item item = {.item_no = i,
                                        .kind = i % 2 == 0 ? BOOKS_DEPOSIT : BOOKS_RENT,
                                        .store_id = i % 3 == 0 ? VIEW("") : VIEW("东门\"店\\"),
                                        .rental_no = VIEW("L 1"),
                                        .amount = {-i}};

        expect_good(ledger_add_item(ledger, row.number, &item, &err), &err);
    }
    return ledger_find(ledger, row.number);
}

static void write(struct test_database *database, const struct entry *entries, size_t count)
{
    CLEANUP(entry_writer_release) struct entry_writer writer = {.copy = NULL};
    struct err err = ERR_INIT;

    test_sql(database, "SELECT recon.make_entry_partition('2026-05-31')");
    expect_good(entry_writer_init(&writer, database->pg, MCHID, day(), &err), &err);
    for (size_t i = 0; i < count; i++)
        expect_good(entry_writer_take(&writer, &entries[i], &err), &err);
    expect_good(entry_writer_finish(&writer, &err), &err);
}

static const struct bill_row payment = {.line = 7,
                                        .appid = VIEW_INIT("wx1"),
                                        .out_trade_no = VIEW_INIT("P1"),
                                        .transaction_id = VIEW_INIT("T1"),
                                        .order = {1000},
                                        .settlement = {900},
                                        .fee = {5400}};

static void shows_what_was_written(void **state)
{
    CLEANUP(ledger_done) struct ledger *ledger = ledger_new();
    struct bill_row paid = payment, refund = payment, early = payment;
    struct entry entries[] = {
        {.kind = ENTRY_PAYMENT, .row = &paid, .ledger = ledger},
        {.kind = ENTRY_REFUND, .class = CLASS_R01, .row = &refund},
        {.kind = ENTRY_OTHER, .class = CLASS_T13, .row = &early},
    };

    paid.time = at(0);
    entries[0].place = add_record(ledger, "P1", 3);
    refund.line = 9;
    refund.time = at(86399 * INSTANT_SECOND);
    refund.out_refund_no = VIEW("F1");
    refund.refund_id = VIEW("50");
    refund.refund_requested.fen = 500;
    refund.refund.fen = 450;
    refund.fee.millifen = -3000;
    early.line = 10;
    early.time = (struct instant){-1500000};
    write(*state, entries, 3);
    test_sql(*state, "SET TIME ZONE 'UTC'");
    assert_string_equal(
        test_sql_value(*state,
                       "SELECT string_agg(e::text, ' ' ORDER BY line_no) FROM recon.entry e"),
        "(1900000109,2026-05-31,7,PAYMENT,,\"2026-05-30 "
        "16:00:00+00\",wx1,P1,T1,,,1000,900,5400,990,"
        "\"2026-05-30 16:00:01.234567+00\",\"{1,RENT,\"\"东门\\\\\"\"店\\\\\\\\\"\",\"\"L 1\"\",-1,"
        "2,DEPOSIT,\"\"东门\\\\\"\"店\\\\\\\\\"\",\"\"L 1\"\",-2,3,RENT,\"\"\"\",\"\"L "
        "1\"\",-3}\") "
        "(1900000109,2026-05-31,9,REFUND,R01,\"2026-05-31 15:59:59+00\",wx1,P1,T1,F1,50,500,450,"
        "-3000,,,) "
        "(1900000109,2026-05-31,10,OTHER,T13,\"1969-12-31 23:59:58.5+00\",wx1,P1,T1,,,1000,900,"
        "5400,,,)");
}

/* A record of a payment with one item of every kind, the first of the record's amount. */
static struct ledger_place *add_kinds(struct ledger *ledger, const char *number, bool has_time)
{
    const struct books_row row = {.number = view_of(number),
                                  .amount = {1000},
                                  .status = BOOKS_PAID,
                                  .has_time = has_time,
                                  .time = at(INSTANT_DAY)};
    struct err err = ERR_INIT;

    expect_good(ledger_add(ledger, &row, &err), &err);
    for (int kind = BOOKS_RENT; kind <= BOOKS_OTHER_KIND; kind++) {
        const struct books_item item = {
            .item_no = kind, .kind = (enum books_kind)kind, .amount = {kind == 0 ? 1000 : 0}};

        expect_good(ledger_add_item(ledger, row.number, &item, &err), &err);
    }
    return ledger_find(ledger, row.number);
}

/* What one value says another does not say again, and what differs is never lost. */
static void says_things_once(void **state)
{
    CLEANUP(ledger_done) struct ledger *ledger = ledger_new();
    struct bill_row equal = payment, other = payment, empty = payment, refund = payment;
    struct entry entries[] = {
        {.kind = ENTRY_PAYMENT, .row = &equal, .ledger = ledger},
        {.kind = ENTRY_PAYMENT, .class = CLASS_T04, .row = &other, .ledger = ledger},
        {.kind = ENTRY_REVOKED, .class = CLASS_T13, .row = &empty, .ledger = ledger},
        {.kind = ENTRY_REFUND, .row = &refund, .ledger = ledger},
    };

    equal.time = at(INSTANT_DAY - INSTANT_SECOND / 2);
    equal.settlement.fen = 1000;
    entries[0].place = add_kinds(ledger, "P1", true);
    other.line = 8;
    other.time = at(0);
    other.appid = VIEW("=wx1");
    other.order.fen = -1;
    other.settlement.fen = 0;
    entries[1].place = add_kinds(ledger, "P2", false);
    empty.line = 9;
    empty.time = at(-1);
    empty.appid = VIEW("");
    refund.line = 10;
    refund.time = at(0);
    refund.refund_requested.fen = 990;
    refund.refund.fen = 990;
    entries[3].place = add_record(ledger, "P3", 0);
    write(*state, entries, 4);
    assert_string_equal(
        test_sql_value(*state, "SELECT concat(appid, '/', translate(lines, E'\t\n', ';/')) FROM "
                               "recon.entry_block"),
        "wx1/"
        "7;P;86399.500000;;P1;T1;;;1000;;5400;=;0.500000;"
        "0;R;;;;1;D;;;0;2;I;;;0;3;S;;;0;4;A;;;0;5;P;;;0;6;O;;;0/"
        "8;PT04;0;==wx1;P1;T1;;;-1;0;5400;1000;;"
        "0;R;;;;1;D;;;0;2;I;;;0;3;S;;;0;4;A;;;0;5;P;;;0;6;O;;;0/"
        "9;VT13;-0.000001;=;P1;T1;;;1000;900;5400;;/"
        "10;R;0;;P1;T1;;;990;;5400;=;1.234567");
    test_sql(*state, "SET TIME ZONE 'Asia/Shanghai'");
    assert_string_equal(
        test_sql_value(
            *state,
            "SELECT string_agg(concat_ws(' ', line_no, kind, COALESCE(code, '-'), trade_at, "
            "'\"' || appid || '\"', order_fen, settlement_fen, COALESCE(books_fen::text, '-'), "
            "COALESCE(books_at::text, '-'), COALESCE(array_to_string(items, ','), '-')), ' / ' "
            "ORDER BY line_no) FROM recon.entry"),
        "7 PAYMENT - 2026-05-31 23:59:59.5+08 \"wx1\" 1000 1000 1000 2026-06-01 00:00:00+08 "
        "0,RENT,,,1000,1,DEPOSIT,,,0,2,INSURANCE,,,0,3,SWAP,,,0,4,DAMAGE,,,0,5,PENALTY,,,0,6,OTHER,"
        ",,0 / "
        "8 PAYMENT T04 2026-05-31 00:00:00+08 \"=wx1\" -1 0 1000 - "
        "0,RENT,,,1000,1,DEPOSIT,,,0,2,INSURANCE,,,0,3,SWAP,,,0,4,DAMAGE,,,0,5,PENALTY,,,0,6,OTHER,"
        ",,0 / "
        "9 REVOKED T13 2026-05-30 23:59:59.999999+08 \"\" 1000 900 - - - / "
        "10 REFUND - 2026-05-31 00:00:00+08 \"wx1\" 990 990 990 2026-05-31 00:00:01.234567+08 -");
}

/* Blocks of a page, one that is larger for an entry that is, and nothing lost between them. */
static void fills_blocks(void **state)
{
    enum { COUNT = 500, LARGE_AT = 123, ITEMS = 900 };
    CLEANUP(ledger_done) struct ledger *ledger = ledger_new();
    struct bill_row rows[COUNT];
    struct entry entries[COUNT];

    for (int i = 0; i < COUNT; i++) {
        rows[i] = payment;
        rows[i].line = i + 1;
        rows[i].time = at(i);
        entries[i] = (struct entry){.kind = ENTRY_PAYMENT, .row = &rows[i], .ledger = ledger};
    }
    entries[LARGE_AT].place = add_record(ledger, "P1", ITEMS);
    write(*state, entries, COUNT);
    assert_string_equal(
        test_sql_value(*state,
                       "SELECT concat_ws(' ', count(*), sum(line_no), min(line_no), max(line_no), "
                       "max(cardinality(items))) FROM recon.entry"),
        "500 125250 1 500 4500");
    assert_string_equal(
        test_sql_value(*state, "SELECT concat_ws(' ', sum(rows), max(block_no) = count(*) - 1, "
                               "count(*) FILTER (WHERE octet_length(lines) > 8000), "
                               "min(rows) FILTER (WHERE octet_length(lines) > 8000)) "
                               "FROM recon.entry_block"),
        "500 t 1 1");
    assert_string_equal(test_sql_value(*state, "SELECT bool_and(rows = cardinality(string_to_array("
                                               "lines, E'\\n'))) FROM recon.entry_block"),
                        "t");
}

static void nothing_is_no_block(void **state)
{
    write(*state, NULL, 0);
    assert_string_equal(test_sql_value(*state, "SELECT count(*) FROM recon.entry_block"), "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shows_what_was_written, test_database_setup,
                                        test_database_teardown),
        cmocka_unit_test_setup_teardown(says_things_once, test_database_setup,
                                        test_database_teardown),
        cmocka_unit_test_setup_teardown(fills_blocks, test_database_setup, test_database_teardown),
        cmocka_unit_test_setup_teardown(nothing_is_no_block, test_database_setup,
                                        test_database_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
