/* What holds for all functions of the schema recon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../../support/support.h"

#define NOW "'2026-06-10 10:00+08'"

/* A type of the caller's own by the name of one that our functions use: its check runs when a value
 * of it is made, and says as whom. */
#define OWN_TYPE                                                                                   \
    "CREATE FUNCTION pg_temp.seen(anyelement) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN "        \
    "IF current_user <> session_user THEN RAISE EXCEPTION USING ERRCODE = 'XX999'; END IF; "       \
    "RETURN true; END$$; "                                                                         \
    "CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (pg_temp.seen(VALUE::pg_catalog.text)); " \
    "CREATE DOMAIN pg_temp.timestamptz AS pg_catalog.timestamptz "                                 \
    "CHECK (pg_temp.seen(VALUE::pg_catalog.timestamptz)); "

/* Nobody's code runs with the rights of the functions' owner. */
static void test_nobody_is_the_owner(void **state)
{
    static const struct {
        const char *role, *sql, *wanted;
    } cases[] = {
        {"payrecon_job", "SELECT recon.expire_refunds('m', " NOW ")", "00000"},
        {"payrecon_job", "SELECT recon.merchant_change('m', 'SUSPENDED', NULL, 'x', " NOW ", NULL)",
         "P0001"},
        {"payrecon_finance", "SELECT recon.finding_propose('m', 'f', 'x', " NOW ")", "P0001"},
        {"payrecon_ops_maker", "SELECT recon.query_refund('m', 'r', " NOW ")", "P0001"},
        {"payrecon_ops_checker", "SELECT recon.reset_refund_breaker('m', 'x', " NOW ")", "P0001"},
        {"payrecon_platform", "SELECT recon.request_deposit_refund('m', 'd', 'x', " NOW ")",
         "P0001"},
    };
    char sql[1500];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void)snprintf(sql, sizeof(sql), "%s%s", OWN_TYPE, cases[i].sql);
        assert_string_equal(test_sql_failure(*state, cases[i].role, sql), cases[i].wanted);
    }
    assert_string_equal(test_sql_value(*state,
                                       "SELECT coalesce(string_agg(proname, ' '), '') FROM pg_proc"
                                       " WHERE pronamespace = 'recon'::regnamespace"
                                       " AND (prosecdef OR proconfig IS NOT NULL)"
                                       " AND NOT coalesce('search_path=pg_catalog, pg_temp'"
                                       " = ANY (proconfig), false)"),
                        "");
}

/* One thread sends the refunds of all merchants: nobody's transaction keeps it for long. */
static void test_the_sender_waits_for_nobody(void **state)
{
    assert_string_equal(
        test_sql_value(*state, "SELECT string_agg(proname, ' ' ORDER BY proname) FROM pg_proc"
                               " WHERE pronamespace = 'recon'::regnamespace"
                               " AND 'lock_timeout=10s' = ANY (proconfig)"),
        "begin_refund expire_refunds hold_refunds note_refund_call note_refund_state");
}

#define CASE(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, test_database_setup, test_database_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_nobody_is_the_owner),
        CASE(test_the_sender_waits_for_nobody),
    };

    return cmocka_run_group_tests_name("pg/functions", tests, NULL, NULL);
}
