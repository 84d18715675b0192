#include "pg/pg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "../../support/support.h"

static const struct pg_query copy_items = {
    .name = "test_copy_items",
    .text = "COPY public.item (n, name) FROM STDIN (FORMAT binary)",
    .param_count = 2,
    .params = {PG_INT8, PG_TEXT},
};

static const struct pg_query items = {
    .name = "test_items",
    .text = "SELECT n, name FROM public.item ORDER BY n",
    .column_count = 2,
    .columns = {{"n", PG_INT8, false}, {"name", PG_TEXT, true}},
};

static void make_items(struct test_database *database)
{
    test_sql(database, "CREATE TABLE public.item (n bigint PRIMARY KEY CHECK (n < 1000000000),"
                       " name text)");
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

static void copy_rows(struct test_database *database, int64_t count, struct pg_copy **ret_copy)
{
    struct err err = ERR_INIT;

    expect_good(pg_begin(database->pg, PG_READ_WRITE, &err), &err);
    expect_good(pg_copy_in(database->pg, &copy_items, ret_copy, &err), &err);
    for (int64_t i = 1; i <= count; i++) {
        const struct pg_value values[] = {
            pg_int8(i),
            i % 3 == 0 ? pg_null(PG_TEXT) : pg_text(VIEW("电池 with some more bytes")),
        };

        expect_good(pg_copy_in_row(*ret_copy, values, &err), &err);
    }
}

static void test_copy_in(void **state)
{
    struct test_database *database = *state;
    struct err err = ERR_INIT;
    struct pg_copy *copy = NULL;
    int64_t rows = -1;

    make_items(database);
    copy_rows(database, 50000, &copy); /* several pieces */
    expect_good(pg_copy_in_finish(copy, &rows, &err), &err);
    expect_good(pg_commit(database->pg, &err), &err);
    assert_int_equal(rows, 50000);
    assert_string_equal(
        test_sql_value(database, "SELECT concat_ws(' ', count(*), sum(n), count(name), min(name))"
                                 " FROM public.item"),
        "50000 1250025000 33334 电池 with some more bytes");
}

static void test_copy_in_large_row(void **state)
{
    struct test_database *database = *state;
    struct err err = ERR_INIT;
    struct pg_copy *copy = NULL;
    size_t length = 3 * 1024 * 1024;
    char *large = memory_alloc(length);
    int64_t rows = -1;

    make_items(database);
    for (size_t i = 0; i < length; i++)
        large[i] = 'x';
    copy_rows(database, 2, &copy);
    const struct pg_value values[] = {pg_int8(3), pg_text(view_from(large, length))};
    expect_good(pg_copy_in_row(copy, values, &err), &err);
    expect_good(pg_copy_in_finish(copy, &rows, &err), &err);
    expect_good(pg_commit(database->pg, &err), &err);
    assert_int_equal(rows, 3);
    assert_string_equal(test_sql_value(database, "SELECT max(length(name)) FROM public.item"),
                        "3145728");
    free(large);
}

static void test_copy_in_given_up(void **state)
{
    struct test_database *database = *state;
    struct err err = ERR_INIT;
    struct pg_copy *copy = NULL;
    struct sum sum = {.stop_at = -1};

    make_items(database);
    copy_rows(database, 50000, &copy);
    pg_copy_in_abort(copy);
    pg_rollback(database->pg);
    expect_good(pg_copy_out(database->pg, &items, PG_NO_PARAMS, row_sum, &sum, &err), &err);
    assert_int_equal(sum.rows, 0);
}

static void test_copy_in_refused(void **state)
{
    struct test_database *database = *state;
    struct err err = ERR_INIT;
    struct pg_copy *copy = NULL;
    const struct pg_value twice[] = {pg_int8(7), pg_text(VIEW("again"))};
    int64_t rows = -1;

    make_items(database);
    copy_rows(database, 10, &copy);
    expect_good(pg_copy_in_row(copy, twice, &err), &err);
    expect_err(pg_copy_in_finish(copy, &rows, &err), &err, ERR_DATA,
               "query test_copy_items: duplicate key value violates unique constraint "
               "\"item_pkey\" (23505)");
    assert_int_equal(rows, -1);
    pg_rollback(database->pg);
    assert_string_equal(test_sql_value(database, "SELECT count(*) FROM public.item"), "0");
}

/* The server breaks off in the middle; the client notices when it sends the next piece, or at the
 * end. */
static void test_copy_in_broken_off(void **state)
{
    struct test_database *database = *state;
    struct err err = ERR_INIT;
    struct pg_copy *copy = NULL;
    const struct pg_value bad[] = {pg_int8(1000000000), pg_text(VIEW("too large"))};
    const struct pg_value good[] = {pg_int8(999999999), pg_text(VIEW("some bytes for a piece"))};
    bool alive;
    int64_t rows;

    make_items(database);
    copy_rows(database, 10, &copy);
    alive = pg_copy_in_row(copy, bad, &err);
    for (int i = 0; alive && i < 200000; i++)
        alive = pg_copy_in_row(copy, good, &err);
    if (alive)
        assert_false(pg_copy_in_finish(copy, &rows, &err));
    else
        pg_copy_in_abort(copy);
    assert_string_equal(err.text, "query test_copy_items: new row for relation \"item\" violates "
                                  "check constraint \"item_n_check\" (23514)");
    pg_rollback(database->pg);
    expect_good(pg_begin(database->pg, PG_READ_WRITE, &err), &err);
    expect_good(pg_commit(database->pg, &err), &err);
}

#define CASE(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, test_database_empty_setup, test_database_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_copy_in),         CASE(test_copy_in_large_row),  CASE(test_copy_in_given_up),
        CASE(test_copy_in_refused), CASE(test_copy_in_broken_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
