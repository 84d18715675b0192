#include "pg/pg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "../../support/support.h"

/* Queries of this test only. Their columns are of every type, as themselves and as NULL. */
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct pg_query echo = {
    .name = "test_echo",
    .text = "-- every type\n"
            "SELECT $1 AS a, $2 AS b, $3 AS c, $4 AS d, $5 AS e, $6 AS f, $7 AS g, $8 AS h,\n"
            "       NULL::text AS i -- the end\n",
    .param_count = 8,
    .params = {PG_TEXT, PG_INT8, PG_INT4, PG_BOOL, PG_DATE, PG_INSTANT, PG_BYTES, PG_JSON},
    .column_count = 9,
    .columns =
        {
            {"a", PG_TEXT, false},
            {"b", PG_INT8, false},
            {"c", PG_INT4, false},
            {"d", PG_BOOL, false},
            {"e", PG_DATE, false},
            {"f", PG_INSTANT, false},
            {"g", PG_BYTES, false},
            {"h", PG_JSON, false},
            {"i", PG_TEXT, true},
        },
};

static const struct pg_query texts_each = {
    .name = "test_texts",
    .text = "SELECT t FROM unnest($1) WITH ORDINALITY AS u (t, n) ORDER BY n;",
    .param_count = 1,
    .params = {PG_TEXTS},
    .column_count = 1,
    .columns = {{"t", PG_TEXT, false}},
};

static const struct pg_query many = {
    .name = "test_many",
    .text = "SELECT n, 'row ' || n AS t FROM generate_series(1::bigint, $1) AS s (n)",
    .param_count = 1,
    .params = {PG_INT8},
    .column_count = 2,
    .columns = {{"n", PG_INT8, false}, {"t", PG_TEXT, false}},
};

static const struct pg_query division = {
    .name = "test_division",
    .text = "SELECT 10 / (5 - n) AS q FROM generate_series(1, $1) AS s (n)",
    .param_count = 1,
    .params = {PG_INT4},
    .column_count = 1,
    .columns = {{"q", PG_INT4, false}},
};

static const struct pg_query nulls = {
    .name = "test_nulls",
    .text = "SELECT NULL::bigint AS fen",
    .column_count = 1,
    .columns = {{"fen", PG_INT8, false}},
};

static const struct pg_query infinite = {
    .name = "test_infinite",
    .text = "SELECT 'infinity'::timestamptz AS at",
    .column_count = 1,
    .columns = {{"at", PG_INSTANT, false}},
};

static const struct pg_query add_item = {
    .name = "test_add_item",
    .text = "INSERT INTO public.item (n, name) VALUES ($1, $2)",
    .param_count = 2,
    .params = {PG_INT8, PG_TEXT},
};

static void make_items(struct test_database *database)
{
    test_sql(database, "CREATE TABLE public.item (n bigint PRIMARY KEY CHECK (n < 1000000000),"
                       " name text)");
}

#define ECHO_BYTES ((struct view){"\0\xff\\'", 4})
#define ECHO_US INT64_C(-1234567)

static void check_echo(const struct pg_value *values)
{
    expect_view(values[0].text, "it's \\ 电池 $1 \"x\"");
    assert_int_equal(values[1].int8, INT64_MIN);
    assert_int_equal(values[2].int8, INT32_MIN);
    assert_true(values[3].boolean);
    assert_string_equal(date_text(values[4].date).s, "2024-02-29");
    assert_int_equal(values[5].instant.us, ECHO_US);
    assert_true(view_equal(values[6].bytes, ECHO_BYTES));
    expect_view(values[7].text, "{\"a\" : 1}");
    assert_true(values[8].null);
}

static bool row_echo(void *context, const struct pg_value *values, struct err *err)
{
    (void)err;
    check_echo(values);
    ++*(int *)context;
    return true;
}

static void test_types_travel(void **state)
{
    struct test_database *database = *state;
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct pg_value values[9];
    struct err err = ERR_INIT;
    struct date day;
    bool found = false;
    int rows = 0;

    assert_true(date_from_civil(2024, 2, 29, &day));
    const struct pg_value params[] = {
        pg_text(VIEW("it's \\ 电池 $1 \"x\"")),
        pg_int8(INT64_MIN),
        pg_int4(INT32_MIN),
        pg_bool(true),
        pg_date(day),
        pg_instant((struct instant){ECHO_US}),
        pg_bytes(ECHO_BYTES),
        pg_json(VIEW("{\"a\" : 1}")),
    };

    expect_good(pg_one(database->pg, &echo, params, 8, &arena, &found, values, &err), &err);
    assert_true(found);
    check_echo(values);
    expect_good(pg_each(database->pg, &echo, params, 8, row_echo, &rows, &err), &err);
    expect_good(pg_copy_out(database->pg, &echo, params, 8, row_echo, &rows, &err), &err);
    assert_int_equal(rows, 2);
}

static bool row_join(void *context, const struct pg_value *values, struct err *err)
{
    struct buf *joined = context;

    (void)err;
    buf_add_byte(joined, '[');
    buf_add_view(joined, values[0].text);
    buf_add_byte(joined, ']');
    return true;
}

static void test_texts_travel(void **state)
{
    struct test_database *database = *state;
    const struct view texts[] = {VIEW("a"), VIEW(""), VIEW("NULL"), VIEW("{b,\"c\"}")};
    CLEANUP(buf_release) struct buf joined = BUF_INIT(1000);
    struct err err = ERR_INIT;

    for (size_t count = 0; count <= 4; count += 4) {
        const struct pg_value param = pg_texts(texts, count);

        expect_good(pg_each(database->pg, &texts_each, &param, 1, row_join, &joined, &err), &err);
        buf_add_byte(&joined, '|');
        expect_good(pg_copy_out(database->pg, &texts_each, &param, 1, row_join, &joined, &err),
                    &err);
        buf_add_byte(&joined, '|');
    }
    assert_string_equal(buf_text(&joined), "||[a][][NULL][{b,\"c\"}]|[a][][NULL][{b,\"c\"}]|");
}

struct sum {
    int64_t rows;
    int64_t total;
    int64_t stop_at;
};

static bool row_sum(void *context, const struct pg_value *values, struct err *err)
{
    struct sum *sum = context;

    if (values[0].int8 == sum->stop_at)
        return err_set(err, ERR_LIMIT, "enough");
    sum->rows++;
    sum->total += values[0].int8;
    return true;
}

static void test_many_rows(void **state)
{
    struct test_database *database = *state;
    struct err err = ERR_INIT;
    struct sum each = {.stop_at = 0};
    struct sum copy = {.stop_at = 0};

    expect_good(pg_each(database->pg, &many, PG_PARAMS(pg_int8(20000)), row_sum, &each, &err),
                &err);
    expect_good(pg_copy_out(database->pg, &many, PG_PARAMS(pg_int8(20000)), row_sum, &copy, &err),
                &err);
    assert_int_equal(each.rows, 20000);
    assert_int_equal(each.total, 200010000);
    assert_int_equal(copy.rows, 20000);
    assert_int_equal(copy.total, 200010000);
}

/* The callback's error is the result, and the connection works on. */
static void test_callback_stops(void **state)
{
    struct test_database *database = *state;
    struct err err = ERR_INIT;
    struct sum sum = {.stop_at = 100};

    expect_err(pg_each(database->pg, &many, PG_PARAMS(pg_int8(20000)), row_sum, &sum, &err), &err,
               ERR_LIMIT, "enough");
    assert_int_equal(sum.rows, 99);
    expect_err(pg_copy_out(database->pg, &many, PG_PARAMS(pg_int8(20000)), row_sum, &sum, &err),
               &err, ERR_LIMIT, "enough");
    assert_int_equal(sum.rows, 198);
    sum = (struct sum){.stop_at = 0};
    expect_good(pg_each(database->pg, &many, PG_PARAMS(pg_int8(3)), row_sum, &sum, &err), &err);
    assert_int_equal(sum.total, 6);
}

static void test_server_stops(void **state)
{
    struct test_database *database = *state;
    struct err err = ERR_INIT;
    struct sum sum = {.stop_at = 0};

    expect_err(pg_each(database->pg, &division, PG_PARAMS(pg_int4(9)), row_sum, &sum, &err), &err,
               ERR_DATA, "query test_division: division by zero (22012)");
    assert_string_equal(pg_sqlstate(database->pg), "22012");
    expect_err(pg_copy_out(database->pg, &division, PG_PARAMS(pg_int4(9)), row_sum, &sum, &err),
               &err, ERR_DATA, "query test_division: division by zero (22012)");
}

/* What happens in one row of a long COPY: within its first bytes, and long after. */
static void check_long_copy(struct test_database *database, const struct pg_query *query,
                            enum err_kind kind)
{
    static const int64_t places[] = {3, 90 * 1000};

    for (size_t i = 0; i < LENGTH(places); i++) {
        struct pg *pg = test_database_open(database, NULL);
        struct err err = ERR_INIT;
        struct sum sum = {.stop_at = 0};
        bool good = pg_copy_out(pg, query, PG_PARAMS(pg_int8(places[i])), row_sum, &sum, &err);

        assert_int_equal(good, kind == ERR_NONE);
        assert_string_equal(err_kind_name(err.kind), err_kind_name(kind));
        assert_int_equal(sum.rows == 100 * 1000, kind == ERR_NONE);
        pg_close(pg);
    }
}

static void test_long_copies_end(void **state)
{
    static const struct {
        const char *happens;
        enum err_kind kind;
    } cases[] = {
        {"length(pg_sleep(0.3)::text)", ERR_NONE},
        {"(n - $1) / (n - $1)", ERR_DATA},
        {"pg_terminate_backend(pg_backend_pid())::integer", ERR_UNAVAILABLE},
    };

    for (size_t i = 0; i < LENGTH(cases); i++) {
        char text[300];
        const struct pg_query query = {
            .name = "test_long",
            .text = text,
            .param_count = 1,
            .params = {PG_INT8},
            .column_count = 1,
            .columns = {{"n", PG_INT8, false}},
        };

        (void)snprintf(text, sizeof(text),
                       "SELECT n + CASE WHEN n = $1 THEN %s ELSE 0 END AS n "
                       "FROM generate_series(1::bigint, 100000) AS s (n)",
                       cases[i].happens);
        check_long_copy(*state, &query, cases[i].kind);
    }
}

static void test_null_and_range(void **state)
{
    struct test_database *database = *state;
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    struct sum sum = {.stop_at = 0};
    struct pg_value value;
    bool found;

    expect_err(pg_one(database->pg, &nulls, PG_NO_PARAMS, &arena, &found, &value, &err), &err,
               ERR_DATA, "query test_nulls: column fen: NULL where none is allowed");
    expect_err(pg_copy_out(database->pg, &nulls, PG_NO_PARAMS, row_sum, &sum, &err), &err, ERR_DATA,
               "query test_nulls: column fen: NULL where none is allowed");
    expect_err(pg_one(database->pg, &infinite, PG_NO_PARAMS, &arena, &found, &value, &err), &err,
               ERR_DATA,
               "query test_infinite: column at: not a value of type timestamp with time zone, or "
               "out of range");
    expect_err(pg_copy_out(database->pg, &infinite, PG_NO_PARAMS, row_sum, &sum, &err), &err,
               ERR_DATA,
               "query test_infinite: column at: not a value of type timestamp with time zone, or "
               "out of range");
}

/* A time without zone has the same eight bytes as one with: only the type tells. */
static void test_other_types(void **state)
{
    struct test_database *database = *state;
    static const struct pg_query zoneless = {
        .name = "test_zoneless",
        .text = "SELECT now()::timestamp AS at",
        .column_count = 1,
        .columns = {{"at", PG_INSTANT, false}},
    };
    static const struct pg_query wider = {
        .name = "test_wider",
        .text = "SELECT 1 AS a, 2 AS b",
        .column_count = 1,
        .columns = {{"a", PG_INT4, false}},
    };
    static const struct pg_query varchar = {
        .name = "test_varchar",
        .text = "SELECT 'x'::varchar(9) AS t",
        .column_count = 1,
        .columns = {{"t", PG_TEXT, false}},
    };
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    struct sum sum = {.stop_at = 0};
    struct pg_value value;
    bool found;

    for (int round = 0; round < 2; round++) { /* and again, when the query is already prepared */
        expect_err(pg_copy_out(database->pg, &zoneless, PG_NO_PARAMS, row_sum, &sum, &err), &err,
                   ERR_CONFIG,
                   "query test_zoneless: column at is not of type timestamp with time zone");
    }
    expect_err(pg_one(database->pg, &wider, PG_NO_PARAMS, &arena, &found, &value, &err), &err,
               ERR_CONFIG, "query test_wider: 2 columns, expected 1");
    expect_good(pg_one(database->pg, &varchar, PG_NO_PARAMS, &arena, &found, &value, &err), &err);
    expect_view(value.text, "x");
}

static void test_run_counts(void **state)
{
    struct test_database *database = *state;
    static const struct pg_query delete_items = {
        .name = "test_delete_items",
        .text = "DELETE FROM public.item WHERE n = ANY ($1::bigint[])",
        .param_count = 1,
        .params = {PG_TEXTS},
    };
    static const struct pg_query nothing = {
        .name = "test_nothing",
        .text = "SELECT pg_catalog.pg_sleep(0)",
    };
    const struct view numbers[] = {VIEW("1"), VIEW("2"), VIEW("9")};
    struct err err = ERR_INIT;
    int64_t count = -1;

    make_items(database);
    expect_good(
        pg_run(database->pg, &add_item, PG_PARAMS(pg_int8(1), pg_text(VIEW("one"))), &count, &err),
        &err);
    assert_int_equal(count, 1);
    expect_good(pg_run(database->pg, &add_item, PG_PARAMS(pg_int8(2), pg_text_or_null(VIEW(""))),
                       NULL, &err),
                &err);
    assert_string_equal(test_sql_value(database, "SELECT name FROM public.item WHERE n = 2"),
                        "NULL");
    expect_good(pg_run(database->pg, &delete_items, PG_PARAMS(pg_texts(numbers, 3)), &count, &err),
                &err);
    assert_int_equal(count, 2);
    expect_good(pg_run(database->pg, &nothing, PG_NO_PARAMS, NULL, &err), &err);
}

static void test_zero_byte(void **state)
{
    struct test_database *database = *state;
    struct err err = ERR_INIT;
    CLEANUP(buf_release) struct buf joined = BUF_INIT(100);
    const struct view text = {"a\0b", 3};
    const struct pg_value param = pg_texts(&text, 1);

    expect_err(pg_copy_out(database->pg, &texts_each, &param, 1, row_join, &joined, &err), &err,
               ERR_DATA, "query test_texts: parameter 1: a text holds a zero byte");
    expect_err(pg_each(database->pg, &texts_each, &param, 1, row_join, &joined, &err), &err,
               ERR_DATA,
               "query test_texts: invalid byte sequence for encoding \"UTF8\": 0x00 (22021)");
}

#define CASE(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, test_database_empty_setup, test_database_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_types_travel),   CASE(test_texts_travel), CASE(test_many_rows),
        CASE(test_callback_stops), CASE(test_server_stops), CASE(test_long_copies_end),
        CASE(test_null_and_range), CASE(test_other_types),  CASE(test_run_counts),
        CASE(test_zero_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
