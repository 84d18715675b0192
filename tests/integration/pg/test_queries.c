/* Every file of sql/queries against the real schema: one test each, made from the embedded list. */
#include "queries.h"

#include "base/file.h"
#include "pg/binary.h"
#include "pg/sql_text.h"

#include <postgresql/libpq-fe.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "../../support/support.h"

enum { FILE_MAX = 256 * 1024 };

/* One database for all: nothing is executed in it. cmocka's own state is the query. */
static struct test_database *database;

static int setup(void **state)
{
    void *made = NULL;
    int result = test_database_setup(&made);

    (void)state;
    database = made;
    return result;
}

static int teardown(void **state)
{
    void *made = database;

    (void)state;
    return test_database_teardown(&made);
}

/* What only `payrecon migrate` runs, as the owner of the schema. */
static bool is_for_owner(const struct pg_query *query)
{
    return query == &query_migration_prepare || query == &query_migration_insert;
}

/* The statement as the server gets it to see, without comments in front. */
static struct view statement_of(const struct pg_query *query)
{
    struct view rest = view_of(query->text);
    struct view statement = {NULL, 0};
    struct view more;

    assert_true(sql_take_statement(&rest, &statement));
    assert_false(sql_take_statement(&rest, &more)); /* one query a file */
    return statement;
}

static void check_text(const struct pg_query *query)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(FILE_MAX);
    struct err err = ERR_INIT;
    char path[200];

    (void)snprintf(path, sizeof(path), "sql/queries/%s.sql", query->name);
    expect_good(file_read(path, &text, &err), &err);
    assert_string_equal(query->text, buf_text(&text));
}

/* What the server sees, which is what was declared. */
static void check_types(const struct pg_query *query, const PGresult *described)
{
    assert_int_equal(PQnparams(described), query->param_count);
    for (size_t i = 0; i < query->param_count; i++) {
        Oid oid = PQparamtype(described, (int)i);

        if (oid != binary_oid(query->params[i]))
            fail_msg("$%zu is declared %s, the server sees OID %u", i + 1,
                     binary_type_name(query->params[i]), oid);
    }
    if (query->column_count == 0)
        return;
    assert_int_equal(PQnfields(described), query->column_count);
    for (size_t i = 0; i < query->column_count; i++) {
        const struct pg_column_type *column = &query->columns[i];

        assert_string_equal(PQfname(described, (int)i), column->name);
        if (PQftype(described, (int)i) != binary_oid(column->type))
            fail_msg("column %s is declared %s, the server sees OID %u", column->name,
                     binary_type_name(column->type), PQftype(described, (int)i));
    }
}

static PGresult *must(PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        fail_msg("%s", PQresultErrorMessage(result));
    return result;
}

/* Who runs it: what people do is not the job's. */
static const char *role_of(const struct pg_query *query)
{
    static const struct {
        const struct pg_query *query;
        const char *role;
    } people[] = {
        {&query_refund_ask, "payrecon_ops_maker"},
        {&query_refund_withdraw, "payrecon_ops_maker"},
        {&query_refund_batch_make, "payrecon_ops_maker"},
        {&query_refund_batch_decide, "payrecon_ops_checker"},
        {&query_refund_breaker_reset, "payrecon_ops_checker"},
        {&query_refund_query, "payrecon_ops_maker"},
        {&query_refund_propose, "payrecon_ops_maker"},
        {&query_refund_resolve, "payrecon_ops_checker"},
        {&query_finding_propose, "payrecon_finance"},
        {&query_finding_confirm, "payrecon_finance"},
    };

    for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
        if (people[i].query == query)
            return people[i].role;
    }
    return "payrecon_job";
}

/* EXPLAIN checks permissions as executing does. Utility statements have no plan. */
static void check_role_may(const struct pg_query *query)
{
    CLEANUP(buf_release) struct buf sql = BUF_INIT(FILE_MAX);

    if (is_for_owner(query))
        return;
    buf_add_format(&sql, "SET ROLE %s; EXPLAIN EXECUTE \"%s\"", role_of(query), query->name);
    for (size_t i = 0; i < query->param_count; i++)
        buf_add_text(&sql, i == 0 ? "(NULL" : ", NULL");
    buf_add_text(&sql, query->param_count > 0 ? ")" : "");
    buf_add_text(&sql, "; RESET ROLE");
    PQclear(must(PQexec(database->admin, buf_text(&sql))));
}

/* Without declared types the server tells which ones it would take, where it can tell at all: `$1 -
 * 1` alone could be anything. */
static void check_inferred(const struct pg_query *query)
{
    PGresult *result = PQprepare(database->admin, "inferred", query->text, 0, NULL);

    if (PQresultStatus(result) == PGRES_COMMAND_OK) {
        PGresult *described = must(PQdescribePrepared(database->admin, "inferred"));

        check_types(query, described);
        PQclear(described);
        test_sql(database, "DEALLOCATE inferred");
    }
    PQclear(result);
}

static void check_statement(const struct pg_query *query)
{
    Oid oids[PG_PARAMS_MAX];
    PGresult *described;

    for (size_t i = 0; i < query->param_count; i++)
        oids[i] = binary_oid(query->params[i]);
    PQclear(
        must(PQprepare(database->admin, query->name, query->text, (int)query->param_count, oids)));
    described = must(PQdescribePrepared(database->admin, query->name));
    check_types(query, described);
    PQclear(described);
    check_inferred(query);
    check_role_may(query);
}

/* Type and place of one column of a COPY; the names are those that the statement lists, which the
 * build holds against the params. */
static void check_copy_column(const struct pg_query *query, struct view table, struct view column,
                              size_t at)
{
    CLEANUP(buf_release) struct buf sql = BUF_INIT(FILE_MAX);
    char wanted[16];

    buf_add_format(&sql,
                   "SELECT atttypid::bigint FROM pg_attribute WHERE attrelid = '%.*s'::regclass"
                   " AND attnum > 0 AND attname = '%.*s'",
                   VIEW_ARG(table), VIEW_ARG(column));
    (void)snprintf(wanted, sizeof(wanted), "%u", (unsigned)binary_oid(query->params[at]));
    if (strcmp(test_sql_value(database, buf_text(&sql)), wanted) != 0)
        fail_msg("column %.*s is declared %s, the table has OID %s", VIEW_ARG(column),
                 binary_type_name(query->params[at]), buf_text(&database->value));
}

static void check_copy(const struct pg_query *query, struct view rest)
{
    CLEANUP(buf_release) struct buf sql = BUF_INIT(FILE_MAX);
    struct view table;
    struct view list;
    struct view column;
    size_t count = 0;

    assert_true(view_skip(&rest, VIEW("COPY ")));
    assert_true(view_take(&rest, '(', &table));
    assert_true(view_take(&rest, ')', &list));
    assert_true(view_starts_with(view_trim(rest), VIEW("FROM STDIN")));
    table = view_trim(table);
    for (; view_take(&list, ',', &column); count++) {
        assert_true(count < query->param_count);
        check_copy_column(query, table, view_trim(column), count);
    }
    assert_int_equal(count, query->param_count);
    buf_add_format(&sql, "SELECT has_table_privilege('payrecon_job', '%.*s', 'INSERT')",
                   VIEW_ARG(table));
    assert_string_equal(test_sql_value(database, buf_text(&sql)), "t");
}

static void test_query(void **state)
{
    const struct pg_query *query = *state;
    struct view statement = statement_of(query);

    check_text(query);
    if (view_starts_with(statement, VIEW("COPY ")))
        check_copy(query, statement);
    else
        check_statement(query);
}

int main(void)
{
    struct CMUnitTest *tests = memory_alloc(query_count * sizeof(*tests));
    int failed;

    for (size_t i = 0; i < query_count; i++) {
        tests[i].name = queries[i]->name;
        tests[i].test_func = test_query;
        /* cmocka hands it out as it came in */
        tests[i].initial_state = (void *)(uintptr_t)queries[i];
    }
    failed = _cmocka_run_group_tests("queries", tests, query_count, setup, teardown);
    free(tests);
    return failed;
}
