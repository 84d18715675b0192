/* Two hundred thousand records against an array that is told everything directly. With so many,
 * some share the hash that the table keeps: the texts must decide. */
#include "base/memory.h"
#include "books/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"

enum { RECORDS = 200000, ITEMS_MAX = 4, STORES = 3000 };

/* What record `i` is, as a function of i: the oracle. */
struct texts {
    char number[LEDGER_TEXT_MAX + 1], second[64], store[32], rental[32];
};

static uint32_t mix(uint32_t i, uint32_t salt)
{
    uint64_t value = (i + UINT64_C(0x9E3779B97F4A7C15) * (salt + 1)) * UINT64_C(0xBF58476D1CE4E5B9);

    return (uint32_t)(value >> 31);
}

static void texts_of(uint32_t i, uint32_t item, struct texts *texts)
{
    /* every 97th number is as long as may be, the others are like order numbers */
    int width = i % 97 == 0 ? LEDGER_TEXT_MAX - 1 : 10;

    (void)snprintf(texts->number, sizeof(texts->number), "R%0*u", width, i);
    (void)snprintf(texts->second, sizeof(texts->second), "42%026u", i);
    (void)snprintf(texts->store, sizeof(texts->store), "S%u", mix(i, item) % STORES);
    if (i % 5 == 0)
        texts->second[0] = '\0';
    if (item == 3)
        texts->store[0] = '\0';
    (void)snprintf(texts->rental, sizeof(texts->rental), "%.*u", (int)(mix(i, 9) % 20), i);
}

static uint32_t items_of(uint32_t i)
{
    return mix(i, 7) % (ITEMS_MAX + 1);
}

static struct books_row row_of(uint32_t i, uint32_t item, const struct texts *texts)
{
    struct books_row row = {
        .number = view_of(texts->number),
        .second = view_of(texts->second),
        .appid = i % 3 == 0 ? VIEW("wx01") : VIEW("wx02"),
        .amount = {mix(i, 1)},
        .status = (enum books_status)(i % (BOOKS_OTHER + 1)),
        .has_time = i % 11 != 0,
        .time = {i % 11 != 0 ? (int64_t)mix(i, 2) * 1000 : 0},
        .has_item = items_of(i) > 0,
    };

    if (row.has_item)
        row.item = (struct books_item){
            .item_no = (int64_t)item * 7 - 3,
            .kind = (enum books_kind)(mix(i, item + 3) % (BOOKS_OTHER_KIND + 1)),
            .store_id = view_of(texts->store),
            .rental_no = view_of(texts->rental),
            .amount = {(int64_t)mix(i, item + 20) - 1000},
        };
    return row;
}

/* Rows of all records, in an order of chance but always the same. */
struct order {
    uint32_t record, item;
};

static struct order *rows_in_some_order(size_t *ret_count)
{
    struct order *order = memory_alloc((size_t)RECORDS * ITEMS_MAX * sizeof(*order));
    size_t count = 0;

    for (uint32_t i = 0; i < RECORDS; i++) {
        for (uint32_t item = 0; item < items_of(i) || item == 0; item++)
            order[count++] = (struct order){i, item};
    }
    for (size_t left = count; left > 1; left--) {
        size_t other = mix((uint32_t)left, 99) % left;
        struct order kept = order[left - 1];

        order[left - 1] = order[other];
        order[other] = kept;
    }
    *ret_count = count;
    return order;
}

static void expect_record(const struct ledger *ledger, uint32_t i)
{
    struct texts texts;
    const struct ledger_place *place;
    const struct ledger_item *cursor = NULL;
    struct books_record record;
    struct books_item item;
    struct books_row row;
    int64_t sum = 0;

    texts_of(i, 0, &texts);
    place = ledger_find(ledger, view_of(texts.number));
    assert_non_null(place);
    ledger_get(ledger, place, &record);
    for (uint32_t n = 0; n < items_of(i); n++) {
        texts_of(i, n, &texts);
        row = row_of(i, n, &texts);
        assert_true(ledger_next_item(ledger, place, &cursor, &item));
        assert_true(view_equal(item.store_id, row.item.store_id));
        assert_true(view_equal(item.rental_no, row.item.rental_no));
        assert_int_equal(item.item_no, row.item.item_no);
        assert_int_equal(item.kind, row.item.kind);
        assert_int_equal(item.amount.fen, row.item.amount.fen);
        sum += item.amount.fen;
    }
    assert_false(ledger_next_item(ledger, place, &cursor, &item));
    assert_int_equal(record.items.fen, sum);
    row = row_of(i, 0, &texts);
    assert_true(view_equal(record.number, row.number));
    assert_true(view_equal(record.second, row.second));
    assert_true(view_equal(record.appid, row.appid));
    assert_int_equal(record.amount.fen, row.amount.fen);
    assert_int_equal(record.status, row.status);
    assert_int_equal(record.has_time, row.has_time);
    assert_int_equal(record.time.us, row.time.us);
    assert_false(record.contradicts);
}

/* Which records came in which order, for ledger_each. */
struct visit {
    const struct ledger *ledger;
    const uint32_t *arrivals;
    size_t count;
};

static bool visit_one(void *context, struct ledger_place *place, struct err *err)
{
    struct visit *visit = context;
    struct books_record record;
    struct texts texts;

    (void)err;
    assert_true(visit->count < RECORDS);
    texts_of(visit->arrivals[visit->count++], 0, &texts);
    ledger_get(visit->ledger, place, &record);
    assert_true(view_equal_text(record.number, texts.number));
    return true;
}

static void holds_what_the_array_holds(void **state)
{
    CLEANUP(ledger_done) struct ledger *ledger = ledger_new();
    size_t count, arrived = 0;
    struct order *order = rows_in_some_order(&count);
    uint32_t *arrivals = memory_alloc(RECORDS * sizeof(*arrivals));
    struct err err = ERR_INIT;
    struct visit visit = {ledger, arrivals, 0};

    (void)state;
    for (size_t at = 0; at < count; at++) {
        struct texts texts;
        struct books_row row;

        texts_of(order[at].record, order[at].item, &texts);
        row = row_of(order[at].record, order[at].item, &texts);
        if (ledger_find(ledger, row.number) == NULL)
            arrivals[arrived++] = order[at].record;
        expect_good(ledger_add(ledger, &row, &err), &err);
    }
    assert_int_equal(arrived, RECORDS);
    assert_int_equal(ledger_count(ledger), RECORDS);
    for (uint32_t i = 0; i < RECORDS; i++)
        expect_record(ledger, i);
    for (uint32_t i = RECORDS; i < 2 * RECORDS; i++) {
        struct texts texts;

        texts_of(i, 0, &texts);
        assert_null(ledger_find(ledger, view_of(texts.number)));
    }
    expect_good(ledger_each(ledger, visit_one, &visit, &err), &err);
    assert_int_equal(visit.count, RECORDS);
    free(order);
    free(arrivals);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_what_the_array_holds),
    };
    return cmocka_run_group_tests_name("books/ledger with many records", tests, NULL, NULL);
}
