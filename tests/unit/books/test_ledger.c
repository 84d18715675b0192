#include "books/ledger.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* A payment of 12.00 with one item; the tests change what they look at. */
static struct books_row plain_row(const char *number)
{
    return (struct books_row){
        .number = view_of(number),
        .second = VIEW("4200001"),
        .appid = VIEW("wx01"),
        .amount = {1200},
        .status = BOOKS_PAID,
        .has_time = true,
        .time = {INT64_C(1780243199000000)},
        .has_item = true,
        .item = {.item_no = 1,
                 .kind = BOOKS_RENT,
                 .store_id = VIEW("S1"),
                 .rental_no = VIEW("R1"),
                 .amount = {1200}},
    };
}

static void add(struct ledger *ledger, const struct books_row *row)
{
    struct err err = ERR_INIT;

    expect_good(ledger_add(ledger, row, &err), &err);
}

static struct books_record get(const struct ledger *ledger, const char *number)
{
    struct books_record record;
    const struct ledger_place *place = ledger_find(ledger, view_of(number));

    assert_non_null(place);
    ledger_get(ledger, place, &record);
    return record;
}

/* "1:RENT:S1:R1:1200 …" */
static void expect_items(const struct ledger *ledger, const char *number, const char *wanted)
{
    const struct ledger_place *place = ledger_find(ledger, view_of(number));
    const struct ledger_item *cursor = NULL;
    struct books_item item;
    char seen[1024] = "";
    size_t length = 0;

    assert_non_null(place);
    while (ledger_next_item(ledger, place, &cursor, &item))
        length += (size_t)snprintf(seen + length, sizeof(seen) - length, "%s%lld:%s:%.*s:%.*s:%lld",
                                   length > 0 ? " " : "", (long long)item.item_no,
                                   books_kind_name(item.kind), VIEW_ARG(item.store_id),
                                   VIEW_ARG(item.rental_no), (long long)item.amount.fen);
    assert_string_equal(seen, wanted);
}

static void starts_empty(void **state)
{
    CLEANUP(ledger_done) struct ledger *ledger = ledger_new();

    (void)state;
    assert_int_equal(ledger_count(ledger), 0);
    assert_null(ledger_find(ledger, VIEW("R1")));
    assert_null(ledger_find(ledger, (struct view){NULL, 0}));
    ledger_free(NULL);
}

static void hands_out_what_was_added(void **state)
{
    CLEANUP(ledger_done) struct ledger *ledger = ledger_new();
    struct books_row row = plain_row("P1");
    struct books_record record;

    (void)state;
    add(ledger, &row);
    record = get(ledger, "P1");
    expect_view(record.number, "P1");
    expect_view(record.second, "4200001");
    expect_view(record.appid, "wx01");
    assert_int_equal(record.amount.fen, 1200);
    assert_int_equal(record.items.fen, 1200);
    assert_int_equal(record.status, BOOKS_PAID);
    assert_true(record.has_time);
    assert_int_equal(record.time.us, INT64_C(1780243199000000));
    assert_false(record.contradicts);
    assert_false(record.looked_up);
    expect_items(ledger, "P1", "1:RENT:S1:R1:1200");
    assert_null(ledger_find(ledger, VIEW("P")));
    assert_null(ledger_find(ledger, VIEW("P12")));
    assert_null(ledger_find(ledger, VIEW("p1")));
    assert_null(ledger_find(ledger, VIEW("P1\0")));
}

static void keeps_copies(void **state)
{
    CLEANUP(ledger_done) struct ledger *ledger = ledger_new();
    char text[] = "P1";
    struct books_row row = plain_row(text);

    (void)state;
    row.second = row.appid = row.item.store_id = row.item.rental_no = view_of(text);
    add(ledger, &row);
    memset(text, '#', sizeof(text) - 1);
    expect_view(get(ledger, "P1").second, "P1");
    expect_view(get(ledger, "P1").appid, "P1");
    expect_items(ledger, "P1", "1:RENT:P1:P1:1200");
}

static void accepts_records_with_nothing_but_a_number(void **state)
{
    CLEANUP(ledger_done) struct ledger *ledger = ledger_new();
    const struct books_row row = {.number = VIEW("F1"), .status = BOOKS_PROCESSING};
    struct books_record record;

    (void)state;
    add(ledger, &row);
    record = get(ledger, "F1");
    assert_int_equal(record.second.length, 0);
    assert_int_equal(record.appid.length, 0);
    assert_int_equal(record.items.fen, 0);
    assert_false(record.has_time);
    expect_items(ledger, "F1", "");
}

static void orders_items_however_they_come(void **state)
{
    static const int orders[][3] = {{1, 2, 3}, {1, 3, 2}, {2, 1, 3},
                                    {2, 3, 1}, {3, 1, 2}, {3, 2, 1}};

    (void)state;
    for (size_t i = 0; i < LENGTH(orders); i++) {
        CLEANUP(ledger_done) struct ledger *ledger = ledger_new();

        for (size_t n = 0; n < 3; n++) {
            struct books_row row = plain_row("P1");

            row.amount.fen = 600;
            row.item.item_no = orders[i][n];
            row.item.kind = (enum books_kind)orders[i][n];
            row.item.amount.fen = 100 * orders[i][n];
            add(ledger, &row);
        }
        assert_int_equal(ledger_count(ledger), 1);
        assert_int_equal(get(ledger, "P1").items.fen, 600);
        assert_false(get(ledger, "P1").contradicts);
        expect_items(ledger, "P1", "1:DEPOSIT:S1:R1:100 2:INSURANCE:S1:R1:200 3:SWAP:S1:R1:300");
    }
}

static void accepts_items_of_any_small_number_and_sign(void **state)
{
    static const int64_t numbers[] = {32767, 0, -32768};
    CLEANUP(ledger_done) struct ledger *ledger = ledger_new();

    (void)state;
    for (size_t i = 0; i < LENGTH(numbers); i++) {
        struct books_row row = plain_row("P1");

        row.item.item_no = numbers[i];
        row.item.amount.fen = numbers[i];
        add(ledger, &row);
    }
    expect_items(ledger, "P1", "-32768:RENT:S1:R1:-32768 0:RENT:S1:R1:0 32767:RENT:S1:R1:32767");
    assert_int_equal(get(ledger, "P1").items.fen, -1);
}

/* What a second row of the number says differently. */
static void change_second(struct books_row *row)
{
    row->second = VIEW("4200002");
}

static void change_appid(struct books_row *row)
{
    row->appid = VIEW("wx02");
}

static void change_amount(struct books_row *row)
{
    row->amount.fen++;
}

static void change_status(struct books_row *row)
{
    row->status = BOOKS_CLOSED;
}

static void change_time(struct books_row *row)
{
    row->time.us++;
}

static void drop_time(struct books_row *row)
{
    row->has_time = false;
}

static void repeat_item(struct books_row *row)
{
    row->item.item_no = 1;
}

static void change_nothing(struct books_row *row)
{
    (void)row;
}

static void drop_item(struct books_row *row)
{
    row->has_item = false;
}

static void notices_rows_that_disagree(void **state)
{
    static const struct {
        void (*change)(struct books_row *row);
        bool contradicts;
    } cases[] = {
        {change_second, true}, {change_appid, true},    {change_amount, true},
        {change_status, true}, {change_time, true},     {drop_time, true},
        {repeat_item, true},   {change_nothing, false}, {drop_item, false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        CLEANUP(ledger_done) struct ledger *ledger = ledger_new();
        struct books_row row = plain_row("P1");

        add(ledger, &row);
        row.item.item_no = 2;
        cases[i].change(&row);
        add(ledger, &row);
        assert_int_equal(ledger_count(ledger), 1);
        assert_int_equal(get(ledger, "P1").contradicts, cases[i].contradicts);
        assert_int_equal(get(ledger, "P1").amount.fen, 1200);
        expect_view(get(ledger, "P1").second, "4200001");
    }
}

static void keeps_what_came_with_the_day(void **state)
{
    CLEANUP(ledger_done) struct ledger *ledger = ledger_new();
    struct books_row row = plain_row("P1");

    (void)state;
    add(ledger, &row);
    ledger_mark_looked_up(ledger);
    add(ledger, &row);
    row.amount.fen = 5;
    row.item.item_no = 2;
    add(ledger, &row);
    assert_false(get(ledger, "P1").contradicts);
    assert_false(get(ledger, "P1").looked_up);
    assert_int_equal(get(ledger, "P1").items.fen, 1200);
}

/* Rows of one look-up belong together; a later look-up that finds the record again adds nothing. */
static void keeps_what_an_earlier_look_up_found(void **state)
{
    CLEANUP(ledger_done) struct ledger *ledger = ledger_new();
    struct books_row row = plain_row("P2");

    (void)state;
    ledger_mark_looked_up(ledger);
    add(ledger, &row);
    row.item.item_no = 2;
    add(ledger, &row);
    assert_true(get(ledger, "P2").looked_up);
    assert_int_equal(get(ledger, "P2").items.fen, 2400);
    ledger_mark_looked_up(ledger);
    add(ledger, &row);
    row.item.item_no = 1;
    add(ledger, &row);
    assert_false(get(ledger, "P2").contradicts);
    assert_int_equal(get(ledger, "P2").items.fen, 2400);
    row = plain_row("P3");
    add(ledger, &row);
    add(ledger, &row);
    assert_true(get(ledger, "P3").contradicts);
    assert_int_equal(ledger_count(ledger), 2);
}

static void remembers_pairs(void **state)
{
    CLEANUP(ledger_done) struct ledger *ledger = ledger_new();
    struct books_row row = plain_row("P1");
    struct ledger_place *place;

    (void)state;
    add(ledger, &row);
    place = ledger_find(ledger, VIEW("P1"));
    assert_int_equal(ledger_line(place), 0);
    assert_true(ledger_second_is(place, VIEW("4200001")));
    assert_false(ledger_second_is(place, VIEW("420000")));
    assert_false(ledger_second_is(place, (struct view){NULL, 0}));
    ledger_pair(place, UINT32_MAX, ledger_tag_of(VIEW("4200001")));
    assert_int_equal(ledger_line(place), UINT32_MAX);
    assert_int_equal(ledger_tag(place), ledger_tag_of(VIEW("4200001")));
    assert_int_not_equal(ledger_tag_of(VIEW("4200001")), ledger_tag_of(VIEW("4200002")));
    expect_items(ledger, "P1", "1:RENT:S1:R1:1200");
}

static char long_text[LEDGER_TEXT_MAX + 2];

enum field { NUMBER, SECOND, APPID, STORE, RENTAL };

static void set_field(struct books_row *row, enum field field, struct view text)
{
    struct view *const fields[] = {&row->number, &row->second, &row->appid, &row->item.store_id,
                                   &row->item.rental_no};

    *fields[field] = text;
}

static void limits_the_length_of_texts(void **state)
{
    static const char *const errors[] = {
        "books: number \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\": number has 129 bytes, more than 128",
        "books: number \"P1\": second number has 129 bytes, more than 128",
        "books: number \"P1\": appid has 129 bytes, more than 128",
        "books: number \"P1\": store_id has 129 bytes, more than 128",
        "books: number \"P1\": rental_no has 129 bytes, more than 128",
    };

    (void)state;
    memset(long_text, 'x', LEDGER_TEXT_MAX + 1);
    for (size_t i = 0; i < LENGTH(errors); i++) {
        CLEANUP(ledger_done) struct ledger *ledger = ledger_new();
        struct books_row row = plain_row("P1");
        struct err err = ERR_INIT;

        set_field(&row, (enum field)i, view_from(long_text, LEDGER_TEXT_MAX + 1));
        expect_err(ledger_add(ledger, &row, &err), &err, ERR_DATA, errors[i]);
        assert_int_equal(ledger_count(ledger), 0);
        set_field(&row, (enum field)i, view_from(long_text, LEDGER_TEXT_MAX));
        add(ledger, &row);
        assert_non_null(ledger_find(ledger, row.number));
    }
}

static void refuses_what_makes_no_sense(void **state)
{
    static const char *const errors[] = {
        "books: a record has an empty number",
        "books: number \"P1\": item_no is out of range",
        "books: number \"P1\": item_no is out of range",
        "books: number \"P1\": amount 11258999068426.25 is beyond any sense",
        "books: number \"P1\": amount -92233720368547758.08 is beyond any sense",
    };
    struct books_row rows[LENGTH(errors)];

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++)
        rows[i] = plain_row("P1");
    rows[0].number.length = 0;
    rows[1].item.item_no = 32768;
    rows[2].item.item_no = -32769;
    rows[3].amount.fen = LEDGER_FEN_MAX + 1;
    rows[4].item.amount.fen = INT64_MIN;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        CLEANUP(ledger_done) struct ledger *ledger = ledger_new();
        struct err err = ERR_INIT;

        expect_err(ledger_add(ledger, &rows[i], &err), &err, ERR_DATA, errors[i]);
        assert_int_equal(ledger_count(ledger), 0);
    }
}

/* The largest amounts and the most items at once: their sum is right. */
static void limits_the_items_of_a_record(void **state)
{
    CLEANUP(ledger_done) struct ledger *ledger = ledger_new();
    struct books_row row = plain_row("P1");
    struct err err = ERR_INIT;

    (void)state;
    row.amount.fen = -LEDGER_FEN_MAX;
    row.item.amount.fen = LEDGER_FEN_MAX;
    for (int i = 0; i < LEDGER_ITEMS_MAX; i++) {
        row.item.item_no = LEDGER_ITEMS_MAX - i;
        add(ledger, &row);
    }
    row.item.item_no = 0;
    expect_err(ledger_add(ledger, &row, &err), &err, ERR_LIMIT,
               "books: number \"P1\" has more than 1000 items");
    assert_int_equal(get(ledger, "P1").items.fen, LEDGER_FEN_MAX * LEDGER_ITEMS_MAX);
}

static void limits_how_many_stores_there_are(void **state)
{
    CLEANUP(ledger_done) struct ledger *ledger = ledger_new();
    struct err err = ERR_INIT;
    char number[16], store[16];
    struct books_row row;

    (void)state;
    for (int i = 0; i < LEDGER_NAMES_MAX; i++) {
        (void)snprintf(number, sizeof(number), "P%d", i);
        (void)snprintf(store, sizeof(store), "S%d", i);
        row = plain_row(number);
        row.item.store_id = view_of(store);
        add(ledger, &row);
    }
    expect_items(ledger, "P65534", "1:RENT:S65534:R1:1200");
    expect_items(ledger, "P0", "1:RENT:S0:R1:1200");
    row.number = VIEW("again");
    add(ledger, &row);
    row.item.store_id = (struct view){NULL, 0};
    row.item.item_no = 2;
    add(ledger, &row);
    row.item.store_id = VIEW("one more");
    row.item.item_no = 3;
    expect_err(ledger_add(ledger, &row, &err), &err, ERR_LIMIT,
               "books name more than 65535 different stores or AppIDs in one day");
}

static bool stop_at_third(void *context, struct ledger_place *place, struct err *err)
{
    int *count = context;

    (void)place;
    if (++*count == 3)
        return err_set(err, ERR_LATER, "enough");
    return true;
}

static void stops_when_the_function_says_so(void **state)
{
    CLEANUP(ledger_done) struct ledger *ledger = ledger_new();
    struct err err = ERR_INIT;
    int count = 0;

    (void)state;
    expect_good(ledger_each(ledger, stop_at_third, &count, &err), &err);
    for (size_t i = 0; i < 6; i++) {
        struct books_row row = plain_row(&"abcdef"[i]);

        add(ledger, &row);
    }
    expect_err(ledger_each(ledger, stop_at_third, &count, &err), &err, ERR_LATER, "enough");
    assert_int_equal(count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_empty),
        cmocka_unit_test(hands_out_what_was_added),
        cmocka_unit_test(keeps_copies),
        cmocka_unit_test(accepts_records_with_nothing_but_a_number),
        cmocka_unit_test(orders_items_however_they_come),
        cmocka_unit_test(accepts_items_of_any_small_number_and_sign),
        cmocka_unit_test(notices_rows_that_disagree),
        cmocka_unit_test(keeps_what_came_with_the_day),
        cmocka_unit_test(keeps_what_an_earlier_look_up_found),
        cmocka_unit_test(remembers_pairs),
        cmocka_unit_test(limits_the_length_of_texts),
        cmocka_unit_test(refuses_what_makes_no_sense),
        cmocka_unit_test(limits_the_items_of_a_record),
        cmocka_unit_test(limits_how_many_stores_there_are),
        cmocka_unit_test(stops_when_the_function_says_so),
    };
    return cmocka_run_group_tests_name("books/ledger", tests, NULL, NULL);
}
