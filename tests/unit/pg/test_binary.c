#include "pg/binary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"

enum { ROW_MAX = 1000 };

#define BYTES(literal) ((struct view){(literal), sizeof(literal) - 1})

static struct date day_of(const char *text)
{
    struct date day = {0};

    assert_true(date_parse(view_of(text), &day));
    return day;
}

static struct instant instant_of(const char *text)
{
    struct instant instant = {0};

    assert_true(instant_parse_rfc3339(view_of(text), &instant));
    return instant;
}

/* Bytes as PostgreSQL's send functions print them: SELECT int8send(1), timestamptz_send(…),
 * array_send(…). */
static void test_values(void **state)
{
    const struct view texts[] = {VIEW("ab"), VIEW("")};
    const struct {
        struct pg_value value;
        struct view bytes;
    } cases[] = {
        {pg_text(VIEW("电池")), BYTES("\xe7\x94\xb5\xe6\xb1\xa0")},
        {pg_text(VIEW("")), BYTES("")},
        {pg_int8(1), BYTES("\0\0\0\0\0\0\0\1")},
        {pg_int8(INT64_MIN), BYTES("\x80\0\0\0\0\0\0\0")},
        {pg_int4(-2), BYTES("\xff\xff\xff\xfe")},
        {pg_bool(true), BYTES("\1")},
        {pg_bool(false), BYTES("\0")},
        {pg_date(day_of("2000-01-01")), BYTES("\0\0\0\0")},
        {pg_date(day_of("1999-12-31")), BYTES("\xff\xff\xff\xff")},
        {pg_date(day_of("2026-05-31")), BYTES("\0\0\x25\xaf")},
        {pg_date(day_of("9999-12-31")), BYTES("\0\x2c\x95\xd3")},
        {pg_instant(instant_of("2000-01-01T00:00:01Z")), BYTES("\0\0\0\0\0\x0f\x42\x40")},
        {pg_instant(instant_of("2000-01-01T07:59:59.999999+08:00")),
         BYTES("\xff\xff\xff\xff\xff\xff\xff\xff")},
        {pg_bytes(BYTES("\0\xff")), BYTES("\0\xff")},
        {pg_json(VIEW("[1]")), BYTES("[1]")},
        {pg_texts(texts, 2), BYTES("\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\2\0\0\0\1\0\0\0\2ab\0\0\0\0")},
        {pg_texts(NULL, 0), BYTES("\0\0\0\0\0\0\0\0\0\0\0\x19")},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char bytes[100];
        struct pg_value again;

        assert_int_equal(binary_size(&cases[i].value), cases[i].bytes.length);
        assert_ptr_equal(binary_put(bytes, &cases[i].value), bytes + cases[i].bytes.length);
        assert_memory_equal(bytes, cases[i].bytes.at, cases[i].bytes.length);
        if (cases[i].value.type == PG_TEXTS)
            continue;
        assert_true(binary_read(cases[i].value.type, cases[i].bytes, &again));
        assert_int_equal(again.type, cases[i].value.type);
        assert_false(again.null);
        assert_ptr_equal(binary_put(bytes, &again), bytes + cases[i].bytes.length);
        assert_memory_equal(bytes, cases[i].bytes.at, cases[i].bytes.length);
    }
}

/* The wrong number of bytes, and values that base/date.h has no room for. */
static void test_refused(void **state)
{
    static const struct {
        enum pg_type type;
        struct view bytes;
    } cases[] = {
        {PG_INT8, {"\0\0\0\1", 4}},
        {PG_INT8, {"", 0}},
        {PG_INT4, {"\0\0\0\0\0\0\0\1", 8}},
        {PG_BOOL, {"", 0}},
        {PG_BOOL, {"\0\0", 2}},
        {PG_DATE, {"\0\0\0\0\0\0\0\0", 8}},
        {PG_DATE, {"\x7f\xff\xff\xff", 4}}, /* infinity */
        {PG_DATE, {"\x80\0\0\0", 4}},       /* -infinity */
        {PG_DATE, {"\0\x2c\x95\xd4", 4}},   /* 10000-01-01 */
        {PG_INSTANT, {"\x7f\xff\xff\xff\xff\xff\xff\xff", 8}},
        {PG_INSTANT, {"\x80\0\0\0\0\0\0\0", 8}},
        {PG_INSTANT, {"\0\0\0\0", 4}},
        {PG_TEXTS, {"\0\0\0\0\0\0\0\0\0\0\0\x19", 12}}, /* parameters only */
    };
    struct pg_value value;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_false(binary_read(cases[i].type, cases[i].bytes, &value));
}

static const struct pg_column_type columns[] = {
    {"no", PG_TEXT, false},
    {"fen", PG_INT8, false},
    {"note", PG_TEXT, true},
};

static size_t put_row(char *bytes)
{
    const struct pg_value values[] = {pg_text(VIEW("R1")), pg_int8(77), pg_null(PG_TEXT)};
    size_t size = binary_row_size(values, 3);

    assert_ptr_equal(binary_put_row(bytes, values, 3), bytes + size);
    return size;
}

static void test_row(void **state)
{
    struct err err = ERR_INIT;
    struct pg_value values[3];
    char bytes[ROW_MAX];
    size_t size = put_row(bytes);
    struct view rest;
    bool end = true;

    (void)state;
    assert_int_equal(size, 2 + 4 + 2 + 4 + 8 + 4);
    assert_memory_equal(bytes, "\0\3\0\0\0\2R1\0\0\0\x8\0\0\0\0\0\0\0M\xff\xff\xff\xff", size);
    memcpy(bytes + size, "\xff\xff", 2);
    rest = view_from(bytes, size + 2);
    expect_good(binary_take_row(&rest, columns, 3, values, &end, &err), &err);
    assert_false(end);
    expect_view(values[0].text, "R1");
    assert_int_equal(values[1].int8, 77);
    assert_true(values[2].null);
    expect_good(binary_take_row(&rest, columns, 3, values, &end, &err), &err);
    assert_true(end);
    assert_int_equal(rest.length, 0);
}

/* Cut at any byte, a row is refused, and nothing behind the cut is read (sanitizers would tell). */
static void test_row_cut(void **state)
{
    char whole[ROW_MAX];
    size_t size = put_row(whole);

    (void)state;
    for (size_t length = 0; length < size; length++) {
        struct err err = ERR_INIT;
        struct pg_value values[3];
        char *part = memory_alloc(length + 1);
        struct view rest = view_from(part, length);
        bool end = false;

        memcpy(part, whole, length);
        assert_false(binary_take_row(&rest, columns, 3, values, &end, &err));
        assert_int_equal(err.kind, ERR_DATA);
        free(part);
    }
}

static void test_row_refused(void **state)
{
    static const struct {
        struct view bytes;
        const char *message;
    } cases[] = {
        {{"", 0}, "a row without a count of columns"},
        {{"\0\2", 2}, "a row of 2 columns, expected 3"},
        {{"\0\3\xff\xff\xff\xff", 6}, "column no: NULL where none is allowed"},
        {{"\0\3\0\0\0\5ab", 8}, "column no: the row ends too early"},
        {{"\0\3\0\0\0\1a\0\0\0\1b", 12}, "column fen: not a value of type bigint, or out of range"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct err err = ERR_INIT;
        struct pg_value values[3];
        struct view rest = cases[i].bytes;
        bool end = false;

        expect_err(binary_take_row(&rest, columns, 3, values, &end, &err), &err, ERR_DATA,
                   cases[i].message);
    }
}

static void test_types(void **state)
{
    (void)state;
    assert_true(binary_readable(PG_TEXT, binary_oid(PG_TEXT)));
    assert_true(binary_readable(PG_TEXT, 1043));     /* varchar */
    assert_false(binary_readable(PG_TEXT, 1042));    /* char(n) is padded with blanks */
    assert_false(binary_readable(PG_INSTANT, 1114)); /* timestamp without time zone */
    assert_false(binary_readable(PG_INT8, binary_oid(PG_INT4)));
    assert_false(binary_readable(PG_JSON, 3802)); /* jsonb re-orders what it stores */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),      cmocka_unit_test(test_refused),
        cmocka_unit_test(test_row),         cmocka_unit_test(test_row_cut),
        cmocka_unit_test(test_row_refused), cmocka_unit_test(test_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
