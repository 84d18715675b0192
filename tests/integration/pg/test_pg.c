#include "pg/pg.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "../../support/support.h"

static const struct pg_query add_item = {
    .name = "test_add_item",
    .text = "INSERT INTO public.item (n, name) VALUES ($1, $2)",
    .param_count = 2,
    .params = {PG_INT8, PG_TEXT},
};

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

static void test_session(void **state)
{
    struct test_database *database = *state;
    static const struct pg_query settings = {
        .name = "test_settings",
        .text = "SELECT current_setting($1) AS setting",
        .param_count = 1,
        .params = {PG_TEXT},
        .column_count = 1,
        .columns = {{"setting", PG_TEXT, false}},
    };
    static const char *const wanted[][2] = {
        {"search_path", ""},
        {"TimeZone", "UTC"},
        {"client_encoding", "UTF8"},
        {"application_name", "payrecon"},
        {"statement_timeout", "10min"},
        {"standard_conforming_strings", "on"},
    };
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    struct pg_value value;
    bool found;

    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        expect_good(pg_one(database->pg, &settings, PG_PARAMS(pg_text(view_of(wanted[i][0]))),
                           &arena, &found, &value, &err),
                    &err);
        expect_view(value.text, wanted[i][1]);
    }
    expect_good(pg_set_statement_timeout(database->pg, 1500, &err), &err);
    expect_good(pg_one(database->pg, &settings, PG_PARAMS(pg_text(VIEW("statement_timeout"))),
                       &arena, &found, &value, &err),
                &err);
    expect_view(value.text, "1500ms");
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

static void test_transactions(void **state)
{
    struct test_database *database = *state;
    struct err err = ERR_INIT;

    make_items(database);
    expect_good(pg_begin(database->pg, PG_READ_WRITE, &err), &err);
    expect_good(
        pg_run(database->pg, &add_item, PG_PARAMS(pg_int8(1), pg_text(VIEW("one"))), NULL, &err),
        &err);
    expect_err(
        pg_run(database->pg, &add_item, PG_PARAMS(pg_int8(1), pg_text(VIEW("two"))), NULL, &err),
        &err, ERR_DATA,
        "query test_add_item: duplicate key value violates unique constraint \"item_pkey\" "
        "(23505)");
    pg_rollback(database->pg);
    pg_rollback(database->pg); /* no effect outside a transaction */
    assert_string_equal(test_sql_value(database, "SELECT count(*) FROM public.item"), "0");

    expect_good(pg_begin(database->pg, PG_READ_WRITE, &err), &err);
    expect_good(
        pg_run(database->pg, &add_item, PG_PARAMS(pg_int8(1), pg_text(VIEW("one"))), NULL, &err),
        &err);
    expect_good(pg_commit(database->pg, &err), &err);
    assert_string_equal(test_sql_value(database, "SELECT count(*) FROM public.item"), "1");
}

/* What others commit after the first read is not seen, and nothing can be written. */
static void test_snapshot(void **state)
{
    struct test_database *database = *state;
    struct err err = ERR_INIT;
    struct sum sum = {.stop_at = -1};

    make_items(database);
    expect_good(pg_begin(database->pg, PG_SNAPSHOT, &err), &err);
    expect_good(pg_copy_out(database->pg, &items, PG_NO_PARAMS, row_sum, &sum, &err), &err);
    test_sql(database, "INSERT INTO public.item VALUES (7, 'late')");
    expect_good(pg_copy_out(database->pg, &items, PG_NO_PARAMS, row_sum, &sum, &err), &err);
    assert_int_equal(sum.rows, 0);
    expect_err(
        pg_run(database->pg, &add_item, PG_PARAMS(pg_int8(1), pg_text(VIEW("one"))), NULL, &err),
        &err, ERR_BUG,
        "query test_add_item: cannot execute INSERT in a read-only transaction (25006)");
    pg_rollback(database->pg);
    expect_good(pg_copy_out(database->pg, &items, PG_NO_PARAMS, row_sum, &sum, &err), &err);
    assert_int_equal(sum.rows, 1);
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

/* One statement for each kind of reaction. */
static void test_reactions(void **state)
{
    struct test_database *database = *state;
    static const struct {
        const char *text;
        enum err_kind kind;
        const char *message;
        const char *hint;
    } cases[] = {
        {"SELECT FROM recon.absent", ERR_CONFIG, "relation \"recon.absent\" does not exist (42P01)",
         "run payrecon migrate"},
        {"SELECT absent.f()", ERR_CONFIG, "schema \"absent\" does not exist (3F000)",
         "run payrecon migrate"},
        {"SELECT public.f()", ERR_CONFIG, "function public.f() does not exist (42883)",
         "run payrecon migrate"},
        {"SELECT absent FROM public.item", ERR_CONFIG, "column \"absent\" does not exist (42703)",
         "run payrecon migrate"},
        {"DO 'BEGIN RAISE ''no: %'', 7; END'", ERR_DATA, "no: 7 (P0001)", ""},
        {"SELECT 1 FROM", ERR_BUG, "syntax error at end of input (42601)", ""},
        {"DO 'BEGIN RAISE SQLSTATE ''40001''; END'", ERR_LATER, "40001 (40001)", ""},
        {"DO 'BEGIN RAISE SQLSTATE ''40P01''; END'", ERR_LATER, "40P01 (40P01)", ""},
        {"DO 'BEGIN RAISE SQLSTATE ''53100''; END'", ERR_IO, "53100 (53100)", ""},
        {"DO 'BEGIN RAISE SQLSTATE ''53300''; END'", ERR_UNAVAILABLE, "53300 (53300)", ""},
        {"DO 'BEGIN RAISE SQLSTATE ''57014''; END'", ERR_LATER, "57014 (57014)", ""},
        {"DO 'BEGIN RAISE SQLSTATE ''58030''; END'", ERR_IO, "58030 (58030)", ""},
        {"SET ROLE payrecon_nobody", ERR_DATA, "role \"payrecon_nobody\" does not exist (22023)",
         ""},
    };

    make_items(database);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char name[32];
        char wanted[200];
        struct pg_query query = {.name = name, .text = cases[i].text};
        struct pg *pg = test_database_open(database, NULL);
        struct err err = ERR_INIT;

        (void)snprintf(name, sizeof(name), "case_%zu", i);
        (void)snprintf(wanted, sizeof(wanted), "query %s: %s", name, cases[i].message);
        expect_err(pg_run(pg, &query, PG_NO_PARAMS, NULL, &err), &err, cases[i].kind, wanted);
        assert_string_equal(err.hint, cases[i].hint);
        pg_close(pg);
    }
}

static void test_statement_timeout(void **state)
{
    struct test_database *database = *state;
    static const struct pg_query sleep = {
        .name = "test_sleep",
        .text = "SELECT pg_catalog.pg_sleep(60)",
    };
    struct err err = ERR_INIT;

    expect_good(pg_set_statement_timeout(database->pg, 20, &err), &err);
    expect_err(pg_run(database->pg, &sleep, PG_NO_PARAMS, NULL, &err), &err, ERR_LATER,
               "query test_sleep: canceling statement due to statement timeout (57014)");
}

static void test_connection_lost(void **state)
{
    struct test_database *database = *state;
    struct err err = ERR_INIT;
    struct pg_copy *copy = NULL;
    int64_t rows;

    make_items(database);
    copy_rows(database, 10, &copy);
    test_sql(database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                       " WHERE datname = current_database() AND pid <> pg_backend_pid()");
    assert_false(pg_copy_in_finish(copy, &rows, &err));
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    pg_rollback(database->pg);
    err = ERR_INIT;
    assert_false(pg_begin(database->pg, PG_READ_WRITE, &err));
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_string_equal(test_sql_value(database, "SELECT count(*) FROM public.item"), "0");
}

/* Adds item 1 in another process, which a failpoint kills. */
static void add_and_die(const struct test_database *database, const char *failpoint)
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        struct err err = ERR_INIT;
        struct pg *pg = NULL;

        (void)setenv("PAYRECON_FAILPOINT", failpoint, /* overwrite= */ 1);
        if (pg_open(database->conninfo, &pg, &err) && pg_begin(pg, PG_READ_WRITE, &err) &&
            pg_run(pg, &add_item, PG_PARAMS(pg_int8(1), pg_text(VIEW("one"))), NULL, &err))
            (void)pg_commit(pg, &err);
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void test_killed_at_commit(void **state)
{
    struct test_database *database = *state;

    make_items(database);
    add_and_die(database, "commit-before:1");
    assert_string_equal(test_sql_value(database, "SELECT count(*) FROM public.item"), "0");
    add_and_die(database, "commit-after:1");
    assert_string_equal(test_sql_value(database, "SELECT count(*) FROM public.item"), "1");
}

static void test_open_fails(void **state)
{
    struct test_database *database = *state;
    struct err err = ERR_INIT;
    struct pg *pg = NULL;
    char conninfo[1100];

    expect_err(pg_open("host=/tmp pasword=hunter2", &pg, &err), &err, ERR_CONFIG,
               "the connection settings of PostgreSQL are not understood");
    assert_string_equal(err.hint, "write them as \"host=… dbname=…\" or \"postgresql://…\"");
    expect_err(pg_open("host=/nonexistent port=5432 password=hunter2", &pg, &err), &err,
               ERR_UNAVAILABLE,
               "could not connect to PostgreSQL: connection to server on socket "
               "\"/nonexistent/.s.PGSQL.5432\" failed: No such file or directory Is the server "
               "running locally and accepting connections on that socket?");
    (void)snprintf(conninfo, sizeof(conninfo), "%s dbname=absent password=hunter2",
                   database->conninfo);
    assert_false(pg_open(conninfo, &pg, &err));
    assert_null(strstr(err.text, "hunter2"));
    assert_non_null(strstr(err.text, "FATAL:  database \"absent\" does not exist"));
    assert_null(pg);
}

static void test_locks(void **state)
{
    struct test_database *database = *state;
    struct pg *other = test_database_open(database, NULL);
    struct err err = ERR_INIT;
    bool held = false;

    expect_good(pg_lock_try(database->pg, VIEW("merchant 1900000001"), &held, &err), &err);
    assert_true(held);
    expect_good(pg_lock_try(other, VIEW("merchant 1900000001"), &held, &err), &err);
    assert_false(held);
    expect_good(pg_lock_try(other, VIEW("merchant 1900000002"), &held, &err), &err);
    assert_true(held);
    expect_good(pg_lock_release(database->pg, VIEW("merchant 1900000001"), &err), &err);
    expect_good(pg_lock_try(other, VIEW("merchant 1900000001"), &held, &err), &err);
    assert_true(held);
    pg_close(other);
}

#define CASE(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, test_database_empty_setup, test_database_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_session),          CASE(test_transactions),      CASE(test_snapshot),
        CASE(test_reactions),        CASE(test_statement_timeout), CASE(test_connection_lost),
        CASE(test_killed_at_commit), CASE(test_open_fails),        CASE(test_locks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
