/* Deposit items against deposits: differences that cancel out in count or sum are seen all the
 * same. */
#include "books/read.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "../../support/support.h"

#define MCHID VIEW("1900000109")

/* Two payments of 199.00 and one of 2 × 50.00, with their deposits; another day's payment and a
 * deposit that was waived. */
static const char *const day[] = {
    "INSERT INTO rental.payment VALUES "
    "('1900000109', 'P1', NULL, 'wx1', 'T1', 19900, 'PAID', '2026-05-31 10:00+08', now(), now()), "
    "('1900000109', 'P2', NULL, 'wx1', 'T2', 19900, 'PAID', '2026-05-31 11:00+08', now(), now()), "
    "('1900000109', 'P3', NULL, 'wx1', 'T3', 10000, 'PAID', '2026-05-31 12:00+08', now(), now()), "
    "('1900000109', 'P4', NULL, 'wx1', 'T4', 30000, 'PAID', '2026-06-01 00:00+08', now(), now())",
    "INSERT INTO rental.payment_item VALUES "
    "('1900000109', 'P1', 1, 'DEPOSIT', 'R1', 'S1', 19900), "
    "('1900000109', 'P2', 1, 'DEPOSIT', 'R2', 'S1', 19900), "
    "('1900000109', 'P3', 1, 'DEPOSIT', 'R3', 'S1', 5000), "
    "('1900000109', 'P3', 2, 'DEPOSIT', 'R4', 'S1', 5000), "
    "('1900000109', 'P4', 1, 'DEPOSIT', 'R5', 'S1', 30000)",
    "INSERT INTO rental.deposit VALUES "
    "('1900000109', 'D1', 'P1', 1, 'R1', 'S1', 19900, false, 'HELD', NULL), "
    "('1900000109', 'D2', 'P2', 1, 'R2', 'S1', 19900, false, 'HELD', NULL), "
    "('1900000109', 'D3', 'P3', 1, 'R3', 'S1', 5000, false, 'HELD', NULL), "
    "('1900000109', 'D4', 'P3', 2, 'R4', 'S1', 5000, false, 'HELD', NULL), "
    "('1900000109', 'D6', 'P1', 1, 'R1', 'S1', 700, true, 'HELD', NULL)",
};

static const struct deposit_case {
    const char *name;
    const char *change;
    int64_t count;
    int64_t fen;
    const char *differing;
} cases[] = {
    {"as it should be", "SELECT 1", 4, 49800, ""},
    {"one is missing", "DELETE FROM rental.deposit WHERE deposit_id = 'D1'", 3, 29900,
     "P1 19900 0;"},
    {"one is less", "UPDATE rental.deposit SET amount_fen = 900 WHERE deposit_id = 'D1'", 4, 29900,
     "P1 19900 900;"},
    {"one more and one less by the same",
     "UPDATE rental.deposit SET amount_fen = amount_fen + CASE deposit_id WHEN 'D1' THEN 100 "
     "ELSE -100 END WHERE deposit_id IN ('D1', 'D2')",
     4, 10000, "P1 19900 20000;P2 19900 19800;"},
    {"one item has two, another of the same amount none",
     "UPDATE rental.deposit SET out_trade_no = 'P1' WHERE deposit_id = 'D2'", 4, 29900,
     "P1 19900 39800;P2 19900 0;"},
    {"the same within one payment", "UPDATE rental.deposit SET item_no = 1 WHERE deposit_id = 'D4'",
     4, 44800, "P3 10000 10000;"},
    {"a deposit for an item of another kind",
     "UPDATE rental.payment_item SET kind = 'RENT' WHERE out_trade_no = 'P2'", 4, 29900,
     "P2 0 19900;"},
    {"an order that was never paid",
     "UPDATE rental.payment SET status = 'CLOSED' WHERE out_trade_no = 'P1'", 3, 29900, ""},
};

static bool add_difference(void *context, struct view out_trade_no, struct money items,
                           struct money deposits, struct err *err)
{
    (void)err;
    buf_add_format(context, "%.*s %" PRId64 " %" PRId64 ";", VIEW_ARG(out_trade_no), items.fen,
                   deposits.fen);
    return true;
}

/* Numbers are one character apart, and the server gives them in any order. */
static void sort_differences(struct buf *found)
{
    char *half = found->length > 0 ? strchr(found->at, ';') + 1 : NULL;
    CLEANUP(buf_release) struct buf swapped = BUF_INIT(1024);

    if (half == NULL || *half == '\0' || strcmp(found->at, half) < 0)
        return;
    buf_add_text(&swapped, half);
    buf_add(&swapped, found->at, (size_t)(half - found->at));
    memcpy(found->at, swapped.at, swapped.length);
}

static void check_case(struct test_database *database, const struct deposit_case *row)
{
    struct date first;
    struct books_span span;
    CLEANUP(buf_release) struct buf found = BUF_INIT(1024);
    struct err err = ERR_INIT;
    CLEANUP(ledger_done) struct ledger *payments = ledger_new();
    CLEANUP(ledger_done) struct ledger *refunds = ledger_new();
    struct books_day read = {.payments = payments, .refunds = refunds};
    struct books_deposits joined, counted;

    print_message("# %s\n", row->name);
    assert_true(date_from_civil(2026, 5, 31, &first));
    span = (struct books_span){beijing_start(first), beijing_start(date_add(first, 1))};
    for (size_t i = 0; i < sizeof(day) / sizeof(day[0]); i++)
        test_sql(database, day[i]);
    test_sql(database, row->change);
    expect_good(books_count_deposits(database->pg, MCHID, span, &joined, &err), &err);
    expect_good(books_read_day(database->pg, MCHID, span, &read, &err), &err);
    expect_good(books_count_deposits_of(database->pg, MCHID, span, &read, &counted, &err), &err);
    expect_good(
        books_each_deposit_difference(database->pg, MCHID, span, add_difference, &found, &err),
        &err);
    sort_differences(&found);
    assert_int_equal(joined.count, row->count);
    assert_int_equal(joined.sum.fen, row->fen);
    assert_int_equal(counted.count, row->count);
    assert_int_equal(counted.sum.fen, row->fen);
    assert_false(read.ranges.irregular);
    assert_string_equal(buf_text(&found), row->differing);
    test_sql(database, "TRUNCATE rental.payment CASCADE");
}

static void test_cases(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(*state, &cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cases, test_database_setup, test_database_teardown),
    };

    return cmocka_run_group_tests_name("books/deposits", tests, NULL, NULL);
}
