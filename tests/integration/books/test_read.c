/* A day of the books: items come by the ranges of the payments' numbers, or by a join, and are the
 * same. */
#include "books/read.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "../../support/support.h"

#define MCHID VIEW("1900000109")

/* Three payments of the day, the second without an item; payments and items of other days whose
 * numbers lie below, between and above; refunds of a payment of the day, of another day, and
 * without an item. */
static const char *const books[] = {
    "INSERT INTO rental.payment VALUES "
    "('1900000109', 'Z100', NULL, 'wx1', 'T0', 700, 'PAID', '2026-05-30 10:00+08', now(), now()), "
    "('1900000109', 'Z200', NULL, 'wx1', 'T1', 3000, 'PAID', '2026-05-31 10:00+08', now(), now()), "
    "('1900000109', 'Z201', NULL, 'wx1', NULL, 500, 'CLOSED', '2026-05-31 11:00+08', now(), "
    "now()), "
    "('1900000109', 'Z202', NULL, 'wx2', 'T9', 900, 'PAID', '2026-06-02 10:00+08', now(), now()), "
    "('1900000109', 'Z203', NULL, 'wx2', 'T3', 800, 'PAID', '2026-05-31 12:00+08', now(), now())",
    "INSERT INTO rental.payment_item VALUES "
    "('1900000109', 'Z100', 1, 'RENT', 'L0', 'S0', 700), "
    "('1900000109', 'Z200', 2, 'RENT', 'L1', 'S2', 1000), "
    "('1900000109', 'Z200', 1, 'DEPOSIT', 'L1', 'S1', 2000), "
    "('1900000109', 'Z202', 1, 'RENT', 'L9', 'S9', 900), "
    "('1900000109', 'Z203', 1, 'SWAP', NULL, NULL, 800)",
    "INSERT INTO rental.refund VALUES "
    "('1900000109', 'F1', 'Z200', 1, 'OTHER', 500, 'SUCCESS', '2026-05-31 13:00+08'), "
    "('1900000109', 'F2', 'Z100', 1, 'OTHER', 700, 'SUCCESS', '2026-05-31 13:00+08'), "
    "('1900000109', 'F3', 'Z203', NULL, 'SWAP', 800, 'PROCESSING', '2026-05-31 13:00+08'), "
    "('1900000109', 'F4', 'Z203', 1, 'SWAP', 800, 'PROCESSING', '2026-06-01 13:00+08')",
};

static const char payments_wanted[] = "Z200 T1 3000 PAID: 1 DEPOSIT S1 L1 2000, 2 RENT S2 L1 1000\n"
                                      "Z201  500 CLOSED:\n"
                                      "Z203 T3 800 PAID: 1 SWAP   800\n";

static const char refunds_wanted[] = "F1 Z200 500 SUCCESS: 1 DEPOSIT S1 L1 500\n"
                                     "F2 Z100 700 SUCCESS: 1 RENT S0 L0 700\n"
                                     "F3 Z203 800 PROCESSING: 0 SWAP   800\n";

static const struct read_case {
    const char *name;
    const char *change;
    bool irregular;
} cases[] = {
    {"numbers that lie together", "SELECT 1", false},
    {"payments of other days between them",
     "INSERT INTO rental.payment SELECT '1900000109', 'Z201x' || i, NULL, 'wx1', NULL, 1, 'PAID', "
     "'2026-04-01 10:00+08', now(), now() FROM generate_series(1, 10100) i",
     false},
    {"too many items between them",
     "INSERT INTO rental.payment_item SELECT '1900000109', 'Z202', i, 'RENT', NULL, NULL, 1 "
     "FROM generate_series(2, 10100) i",
     true},
    {"a number of another form",
     "INSERT INTO rental.payment VALUES ('1900000109', 'a-b', NULL, 'wx1', NULL, 1, 'CLOSED', "
     "'2026-05-31 10:00+08', now(), now())",
     true},
};

static void add_items(const struct ledger *ledger, const struct ledger_place *place,
                      struct buf *text)
{
    const struct ledger_item *cursor = NULL;
    struct books_item item;
    const char *mark = " ";

    while (ledger_next_item(ledger, place, &cursor, &item)) {
        buf_add_format(text, "%s%" PRId64 " %s %.*s %.*s %" PRId64, mark, item.item_no,
                       books_kind_name(item.kind), VIEW_ARG(item.store_id),
                       VIEW_ARG(item.rental_no), item.amount.fen);
        mark = ", ";
    }
}

/* The records of these numbers, and how many there are. */
static void describe(const struct ledger *ledger, const char *const numbers[3], struct buf *text)
{
    for (size_t i = 0; i < 3; i++) {
        struct ledger_place *place = ledger_find(ledger, view_of(numbers[i]));
        struct books_record record;

        assert_non_null(place);
        ledger_get(ledger, place, &record);
        assert_false(record.contradicts);
        buf_add_format(text, "%.*s %.*s %" PRId64 " %s:", VIEW_ARG(record.number),
                       VIEW_ARG(record.second), record.amount.fen,
                       books_status_name(record.status));
        add_items(ledger, place, text);
        buf_add_byte(text, '\n');
    }
}

static struct books_span day_span(void)
{
    struct date day;

    assert_true(date_from_civil(2026, 5, 31, &day));
    return (struct books_span){beijing_start(day), beijing_start(date_add(day, 1))};
}

static void check_case(struct test_database *database, const struct read_case *row)
{
    static const char *const payment_numbers[] = {"Z200", "Z201", "Z203"};
    static const char *const refund_numbers[] = {"F1", "F2", "F3"};
    CLEANUP(ledger_done) struct ledger *payments = ledger_new();
    CLEANUP(ledger_done) struct ledger *refunds = ledger_new();
    CLEANUP(buf_release) struct buf text = BUF_INIT(4096);
    struct books_day day = {.payments = payments, .refunds = refunds};
    struct err err = ERR_INIT;

    print_message("# %s\n", row->name);
    for (size_t i = 0; i < sizeof(books) / sizeof(books[0]); i++)
        test_sql(database, books[i]);
    test_sql(database, row->change);
    expect_good(books_read_day(database->pg, MCHID, day_span(), &day, &err), &err);
    describe(payments, payment_numbers, &text);
    assert_string_equal(buf_text(&text), payments_wanted);
    buf_clear(&text);
    describe(refunds, refund_numbers, &text);
    assert_string_equal(buf_text(&text), refunds_wanted);
    assert_int_equal(ledger_count(refunds), 3);
    assert_int_equal(day.ranges.irregular, row->irregular);
    test_sql(database, "TRUNCATE rental.payment CASCADE");
}

static void test_cases(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(*state, &cases[i]);
}

/* A server that orders numbers in a way of its own would leave items out of their range. These
 * stand outside of it in every order; the payment gets them all the same. */
static void test_missed_by_range(void **state)
{
    CLEANUP(ledger_done) struct ledger *payments = ledger_new();
    CLEANUP(ledger_done) struct ledger *refunds = ledger_new();
    CLEANUP(buf_release) struct buf text = BUF_INIT(4096);
    struct books_day day = {.payments = payments, .refunds = refunds};
    struct err err = ERR_INIT;

    for (size_t i = 0; i < sizeof(books) / sizeof(books[0]); i++)
        test_sql(*state, books[i]);
    test_sql(*state,
             "ALTER TABLE rental.payment_item RENAME TO all_items;"
             "CREATE VIEW rental.payment_item AS SELECT mchid, "
             "CASE WHEN current_query() LIKE '%LIMIT%' THEN 'none' ELSE out_trade_no END AS "
             "out_trade_no, item_no, kind, rental_no, store_id, amount_fen "
             "FROM rental.all_items");
    expect_good(books_read_day(((struct test_database *)*state)->pg, MCHID, day_span(), &day, &err),
                &err);
    describe(payments, (const char *const[]){"Z200", "Z201", "Z203"}, &text);
    assert_string_equal(buf_text(&text), payments_wanted);
    assert_false(day.ranges.irregular);
}

static void read_refund(struct test_database *database, const char *number, struct buf *text,
                        bool *ret_contradicts)
{
    CLEANUP(ledger_done) struct ledger *payments = ledger_new();
    CLEANUP(ledger_done) struct ledger *refunds = ledger_new();
    struct books_day day = {.payments = payments, .refunds = refunds};
    struct ledger_place *place;
    struct books_record record;
    struct err err = ERR_INIT;

    expect_good(books_read_day(database->pg, MCHID, day_span(), &day, &err), &err);
    place = ledger_find(refunds, view_of(number));
    assert_non_null(place);
    ledger_get(refunds, place, &record);
    *ret_contradicts = record.contradicts;
    buf_clear(text);
    add_items(refunds, place, text);
}

/* What a refund gives back is known from the day's payments, or joined, or looked up by number, in
 * more than one query if need be; it is the same each time. */
static void test_refund_items(void **state)
{
    static const struct {
        const char *change, *number, *items;
        bool contradicts;
    } steps[] = {
        {"SELECT 1", "F1", " 1 DEPOSIT S1 L1 500", false},
        {"UPDATE rental.refund SET item_no = 7 WHERE out_refund_no IN ('F1', 'F2')", "F1",
         " 7 OTHER   500", false},
        {"SELECT 1", "F2", " 7 OTHER   700", false},
        {"UPDATE rental.refund SET item_no = NULL WHERE out_refund_no = 'F2'", "F2",
         " 0 OTHER   700", false},
        {"UPDATE rental.refund SET item_no = 1 WHERE out_refund_no IN ('F1', 'F2');"
         "INSERT INTO rental.refund SELECT '1900000109', 'G' || i, 'Z100', 1, 'OTHER', 1, "
         "'SUCCESS', '2026-05-31 13:00+08' FROM generate_series(1, 100001) i",
         "F1", " 1 DEPOSIT S1 L1 500", false},
        {"SELECT 1", "G100000", " 1 RENT S0 L0 1", false},
        {"UPDATE rental.refund SET out_trade_no = 'Z202' WHERE out_refund_no LIKE 'G%'", "G100000",
         " 1 RENT S9 L9 1", false},
        {"INSERT INTO rental.payment VALUES ('1900000109', 'a-b', NULL, 'wx1', NULL, 1, 'CLOSED', "
         "'2026-05-31 10:00+08', now(), now())",
         "G99999", " 1 RENT S9 L9 1", false},
        {"SELECT 1", "F1", " 1 DEPOSIT S1 L1 500", false},
        {"DELETE FROM rental.payment WHERE out_trade_no = 'a-b';"
         "DELETE FROM rental.refund WHERE length(out_refund_no) > 5;"
         "ALTER TABLE rental.refund RENAME TO one_refund;"
         "CREATE VIEW rental.refund AS SELECT * FROM rental.one_refund UNION ALL "
         "SELECT * FROM rental.one_refund",
         "F1", " 1 DEPOSIT S1 L1 500, 1 DEPOSIT S1 L1 500", true},
        {"SELECT 1", "G9999", " 1 RENT S9 L9 1, 1 RENT S9 L9 1", true},
        {"SELECT 1", "F2", " 1 RENT S0 L0 700, 1 RENT S0 L0 700", true},
        {"DELETE FROM rental.one_refund WHERE out_refund_no LIKE 'G%'", "F2",
         " 1 RENT S0 L0 700, 1 RENT S0 L0 700", true},
        {"SELECT 1", "F3", " 0 SWAP   800, 0 SWAP   800", true},
    };
    CLEANUP(buf_release) struct buf text = BUF_INIT(4096);
    bool contradicts;

    for (size_t i = 0; i < sizeof(books) / sizeof(books[0]); i++)
        test_sql(*state, books[i]);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        print_message("# %zu\n", i);
        test_sql(*state, steps[i].change);
        read_refund(*state, steps[i].number, &text, &contradicts);
        assert_string_equal(buf_text(&text), steps[i].items);
        assert_int_equal(contradicts, steps[i].contradicts);
    }
}

/* An item that stands twice in the books does so in the refund of it, too. */
static void test_refund_of_item_twice(void **state)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(4096);
    bool contradicts;

    for (size_t i = 0; i < sizeof(books) / sizeof(books[0]); i++)
        test_sql(*state, books[i]);
    test_sql(*state, "ALTER TABLE rental.payment_item RENAME TO one_item;"
                     "CREATE VIEW rental.payment_item AS SELECT * FROM rental.one_item UNION ALL "
                     "SELECT * FROM rental.one_item WHERE out_trade_no = 'Z200' AND item_no = 1");
    read_refund(*state, "F1", &text, &contradicts);
    assert_string_equal(buf_text(&text), " 1 DEPOSIT S1 L1 500, 1 DEPOSIT S1 L1 500");
    assert_true(contradicts);
}

/* Two rows of one number are two payments (T08), be they equal. */
static void test_row_twice(void **state)
{
    CLEANUP(ledger_done) struct ledger *payments = ledger_new();
    CLEANUP(ledger_done) struct ledger *refunds = ledger_new();
    struct books_day day = {.payments = payments, .refunds = refunds};
    struct books_record record;
    struct err err = ERR_INIT;

    for (size_t i = 0; i < sizeof(books) / sizeof(books[0]); i++)
        test_sql(*state, books[i]);
    test_sql(*state, "ALTER TABLE rental.payment RENAME TO one_row;"
                     "CREATE VIEW rental.payment AS SELECT * FROM rental.one_row UNION ALL "
                     "SELECT * FROM rental.one_row WHERE out_trade_no = 'Z203'");
    expect_good(books_read_day(((struct test_database *)*state)->pg, MCHID, day_span(), &day, &err),
                &err);
    ledger_get(payments, ledger_find(payments, VIEW("Z203")), &record);
    assert_true(record.contradicts);
    ledger_get(payments, ledger_find(payments, VIEW("Z200")), &record);
    assert_false(record.contradicts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cases, test_database_setup, test_database_teardown),
        cmocka_unit_test_setup_teardown(test_missed_by_range, test_database_setup,
                                        test_database_teardown),
        cmocka_unit_test_setup_teardown(test_refund_items, test_database_setup,
                                        test_database_teardown),
        cmocka_unit_test_setup_teardown(test_refund_of_item_twice, test_database_setup,
                                        test_database_teardown),
        cmocka_unit_test_setup_teardown(test_row_twice, test_database_setup,
                                        test_database_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
