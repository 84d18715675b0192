/* PostgreSQL for integration tests: a database for each test, made from a template that holds the
 * reference platform (sql/rental), all migrations and the roles.
 *
 * tests/run.sh starts the server and says in PAYRECON_TEST_PG how its superuser connects; tests run
 * in the folder of the project. Everything here fails the running test by itself; nothing returns
 * an error.
 *
 *     cmocka_unit_test_setup_teardown(test_day, test_database_setup, test_database_teardown)
 *
 *     static void test_day(void **state)
 *     {
 *         struct test_database *database = *state;
 *
 *         test_sql(database, "INSERT INTO rental.payment …");
 *         …
 *         assert_string_equal(test_sql_value(database, "SELECT count(*) FROM recon.entry"), "7");
 */
#ifndef TESTS_SUPPORT_SUPPORT_H
#define TESTS_SUPPORT_SUPPORT_H

#include "pg/pg.h"

struct test_database {
    char name[64];
    char conninfo[1024]; /* of its superuser */
    struct pg *pg;       /* the tested room's connection, as that superuser */
    void *admin;         /* libpq's own connection behind test_sql */
    struct buf value;    /* what test_sql_value returned last */
};

int test_database_setup(void **state);       /* *state becomes a struct test_database */
int test_database_empty_setup(void **state); /* the same without any schema of ours */
int test_database_teardown(void **state);    /* closes and drops */

/* Any number of statements in one text, past the room pg. */
void test_sql(struct test_database *database, const char *sql);
void test_sql_format(struct test_database *database, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Column 1 of the one row that the query must have, as psql would print it; "NULL" for a null.
 * Valid until the next call. */
const char *test_sql_value(struct test_database *database, const char *sql);

/* SQLSTATE of a statement that must fail, "00000" when it does not. Rolls itself back. */
const char *test_sql_failure(struct test_database *database, const char *role, const char *sql);

/* Another connection to the same database; `role` NULL is the superuser. Close with pg_close. */
struct pg *test_database_open(const struct test_database *database, const char *role);

#endif
