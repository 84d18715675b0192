#include "support.h"

#include "base/file.h"
#include "pg/migrate.h"

#include <glob.h>
#include <postgresql/libpq-fe.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* behind the headers that it needs */
#include <cmocka.h>

#include "expect.h"

enum { SQL_FILE_MAX = 4 * 1024 * 1024, VALUE_MAX = 1024 * 1024 };

/* One at a time makes the template; the number is only ours. */
#define TEMPLATE_LOCK "7215301"

static const char *server_conninfo(void)
{
    const char *conninfo = getenv("PAYRECON_TEST_PG");

    if (conninfo == NULL)
        fail_msg("PAYRECON_TEST_PG is not set: run this through tests/run.sh");
    return conninfo;
}

static PGconn *connect_admin(const char *conninfo)
{
    PGconn *connection = PQconnectdb(conninfo);

    if (PQstatus(connection) != CONNECTION_OK)
        fail_msg("%s", PQerrorMessage(connection));
    PQclear(PQexec(connection, "SET client_min_messages = warning"));
    return connection;
}

static void run_sql(PGconn *connection, const char *sql)
{
    PGresult *result = PQexec(connection, sql);
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        fail_msg("%.200s: %s", sql, PQresultErrorMessage(result));
    PQclear(result);
}

static void run_sql_format(PGconn *connection, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void run_sql_format(PGconn *connection, const char *format, ...)
{
    CLEANUP(buf_release) struct buf sql = BUF_INIT(SQL_FILE_MAX);
    va_list list;

    va_start(list, format);
    buf_add_format_list(&sql, format, list);
    va_end(list);
    run_sql(connection, buf_text(&sql));
}

static void conninfo_of(const char *database, char *to, size_t size)
{
    /* The last dbname wins. */
    int length = snprintf(to, size, "%s dbname=%s", server_conninfo(), database);

    assert_true(length > 0 && (size_t)length < size);
}

/* The files of the reference platform, then the roles; the migrations come between them. */
static void read_sql(const char *pattern, struct buf *sql)
{
    struct err err = ERR_INIT;
    glob_t files;

    assert_int_equal(glob(pattern, /* flags= */ 0, /* errfunc= */ NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        expect_good(file_read(files.gl_pathv[i], sql, &err), &err);
        buf_add_byte(sql, '\n');
    }
    globfree(&files);
}

static void migrate(const char *conninfo)
{
    struct migrate_plan plan = {.at = migrations, .count = migration_count};
    struct err err = ERR_INIT;
    struct pg *pg = NULL;
    size_t due;

    expect_good(pg_open(conninfo, &pg, &err), &err);
    expect_good(migrate_run(pg, &plan, &due, &err), &err);
    pg_close(pg);
}

/* FNV-1a: the template of another version of the files has another name. */
static uint64_t hash_add(uint64_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return hash;
}

static bool database_exists(PGconn *admin, const char *name)
{
    const char *const values[] = {name};
    PGresult *result = PQexecParams(admin, "SELECT FROM pg_database WHERE datname = $1", 1, NULL,
                                    values, NULL, NULL, 0);
    bool found = PQntuples(result) == 1;

    PQclear(result);
    return found;
}

static void fill_template(const char *name, const char *rental, const char *roles)
{
    char conninfo[1024];
    PGconn *connection;

    conninfo_of(name, conninfo, sizeof(conninfo));
    connection = connect_admin(conninfo);
    run_sql(connection, rental);
    migrate(conninfo);
    run_sql(connection, roles);
    PQfinish(connection);
}

/* Makes the template when this server does not have it yet. */
static void need_template(PGconn *admin, char *to, size_t size)
{
    CLEANUP(buf_release) struct buf rental = BUF_INIT(SQL_FILE_MAX);
    CLEANUP(buf_release) struct buf roles = BUF_INIT(SQL_FILE_MAX);
    uint64_t hash = UINT64_C(14695981039346656037);

    read_sql("sql/rental/*.sql", &rental);
    read_sql("sql/roles.sql", &roles);
    read_sql("tests/support/edit_entries.sql", &roles);
    hash = hash_add(hash_add(hash, buf_text(&rental)), buf_text(&roles));
    for (size_t i = 0; i < migration_count; i++)
        hash = hash_add(hash, migrations[i].text);
    (void)snprintf(to, size, "payrecon_template_%016llx", (unsigned long long)hash);

    run_sql(admin, "SELECT pg_advisory_lock(" TEMPLATE_LOCK ")");
    if (!database_exists(admin, to)) {
        run_sql(admin, "DROP DATABASE IF EXISTS payrecon_template_new");
        run_sql(admin, "CREATE DATABASE payrecon_template_new");
        fill_template("payrecon_template_new", buf_text(&rental), buf_text(&roles));
        run_sql_format(admin, "ALTER DATABASE payrecon_template_new RENAME TO %s", to);
    }
    run_sql(admin, "SELECT pg_advisory_unlock(" TEMPLATE_LOCK ")");
}

static int setup(void **state, bool empty)
{
    static unsigned counter; /* of this process, which is in the name too */
    struct test_database *database = memory_alloc(sizeof(*database));
    PGconn *admin = connect_admin(server_conninfo());
    char template[64] = "template1";
    struct err err = ERR_INIT;

    if (!empty)
        need_template(admin, template, sizeof(template));
    (void)snprintf(database->name, sizeof(database->name), "test_%ld_%u", (long)getpid(),
                   counter++);
    run_sql_format(admin, "CREATE DATABASE %s TEMPLATE %s STRATEGY file_copy", database->name,
                   template);
    PQfinish(admin);
    conninfo_of(database->name, database->conninfo, sizeof(database->conninfo));
    database->admin = connect_admin(database->conninfo);
    database->value = BUF_INIT(VALUE_MAX);
    expect_good(pg_open(database->conninfo, &database->pg, &err), &err);
    *state = database;
    return 0;
}

int test_database_setup(void **state)
{
    return setup(state, /* empty= */ false);
}

int test_database_empty_setup(void **state)
{
    return setup(state, /* empty= */ true);
}

int test_database_teardown(void **state)
{
    struct test_database *database = *state;
    PGconn *admin = connect_admin(server_conninfo());

    pg_close(database->pg);
    PQfinish(database->admin);
    /* FORCE: a failed test leaves connections open. */
    run_sql_format(admin, "DROP DATABASE %s WITH (FORCE)", database->name);
    PQfinish(admin);
    buf_release(&database->value);
    free(database);
    return 0;
}

void test_sql(struct test_database *database, const char *sql)
{
    run_sql(database->admin, sql);
}

void test_sql_format(struct test_database *database, const char *format, ...)
{
    CLEANUP(buf_release) struct buf sql = BUF_INIT(SQL_FILE_MAX);
    va_list list;

    va_start(list, format);
    buf_add_format_list(&sql, format, list);
    va_end(list);
    run_sql(database->admin, buf_text(&sql));
}

const char *test_sql_value(struct test_database *database, const char *sql)
{
    PGresult *result = PQexec(database->admin, sql);

    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQresultErrorMessage(result));
    if (PQntuples(result) != 1)
        fail_msg("%s: %d rows", sql, PQntuples(result));
    buf_clear(&database->value);
    buf_add_text(&database->value, PQgetisnull(result, 0, 0) ? "NULL" : PQgetvalue(result, 0, 0));
    PQclear(result);
    return buf_text(&database->value);
}

static void conninfo_as(const struct test_database *database, const char *role, char *to,
                        size_t size)
{
    int length = snprintf(to, size, "%s user=%s", database->conninfo, role);

    assert_true(length > 0 && (size_t)length < size);
}

const char *test_sql_failure(struct test_database *database, const char *role, const char *sql)
{
    char conninfo[1100];
    PGconn *connection;
    PGresult *result;
    const char *sqlstate;

    conninfo_as(database, role, conninfo, sizeof(conninfo));
    connection = connect_admin(conninfo);
    run_sql(connection, "BEGIN");
    result = PQexec(connection, sql);
    sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    buf_clear(&database->value);
    buf_add_text(&database->value, sqlstate == NULL ? "00000" : sqlstate);
    PQclear(result);
    PQfinish(connection);
    return buf_text(&database->value);
}

struct pg *test_database_open(const struct test_database *database, const char *role)
{
    char conninfo[1100];
    struct err err = ERR_INIT;
    struct pg *pg = NULL;

    conninfo_as(database, role == NULL ? "postgres" : role, conninfo, sizeof(conninfo));
    expect_good(pg_open(conninfo, &pg, &err), &err);
    return pg;
}
