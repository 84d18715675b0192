/* sql/roles.sql: each role logs in, does its part, and is refused the rest. */
#include "base/file.h"
#include "pg/pg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "../../support/support.h"

enum { SQL_MAX = 100 * 1024 };

static const char *const roles[] = {
    "payrecon_job",         "payrecon_finance", "payrecon_ops_maker",
    "payrecon_ops_checker", "payrecon_auditor",
};

enum { ROLE_COUNT = sizeof(roles) / sizeof(roles[0]) };

/* Tables of a schema on which a role has a privilege, partitions left out. */
static const char *tables_with(struct test_database *database, const char *role,
                               const char *privilege, const char *schema)
{
    char sql[600];

    (void)snprintf(sql, sizeof(sql),
                   "SELECT coalesce(string_agg(relname, ' ' ORDER BY relname), '') FROM pg_class"
                   " WHERE relnamespace = '%s'::regnamespace AND relkind IN ('r', 'p', 'v')"
                   " AND NOT relispartition AND has_table_privilege('%s', oid, '%s')",
                   schema, role, privilege);
    return test_sql_value(database, sql);
}

static void expect_tables(struct test_database *database, const char *role, const char *privilege,
                          const char *schema, const char *wanted)
{
    const char *seen = tables_with(database, role, privilege, schema);

    if (strcmp(seen, wanted) != 0)
        fail_msg("%s may %s in %s on \"%s\", expected \"%s\"", role, privilege, schema, seen,
                 wanted);
}

/* The whole matrix from the catalogue: a new table or grant has to be thought about here. */
static void test_table_privileges(void **state)
{
    struct test_database *database = *state;
    static const char *const never[] = {"TRUNCATE", "REFERENCES", "TRIGGER"};
    char all_recon[1000];
    char all_rental[1000];

    (void)snprintf(all_recon, sizeof(all_recon), "%s",
                   tables_with(database, "postgres", "SELECT", "recon"));
    (void)snprintf(all_rental, sizeof(all_rental), "%s",
                   tables_with(database, "postgres", "SELECT", "rental"));
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        bool job = i == 0;

        expect_tables(database, roles[i], "SELECT", "recon", all_recon);
        expect_tables(database, roles[i], "SELECT", "rental", all_rental);
        expect_tables(database, roles[i], "UPDATE", "recon", job ? "day finding identity" : "");
        expect_tables(database, roles[i], "DELETE", "recon",
                      job ? "entry_block fund_balance identity refund_bill_row settle_part" : "");
        expect_tables(database, roles[i], "INSERT, UPDATE, DELETE", "rental", "");
        for (size_t n = 0; n < sizeof(never) / sizeof(never[0]); n++) {
            expect_tables(database, roles[i], never[n], "recon", "");
            expect_tables(database, roles[i], never[n], "rental", "");
        }
        if (!job)
            expect_tables(database, roles[i], "INSERT", "recon", "");
    }
    assert_string_equal(
        test_sql_value(database, "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class"
                                 " WHERE relnamespace = 'recon'::regnamespace"
                                 " AND relkind IN ('r', 'p') AND NOT relispartition"
                                 " AND NOT has_table_privilege('payrecon_job', oid, 'INSERT')"),
        "finding_acceptance finding_proposal merchant_event refund_act refund_batch refund_call "
        "refund_event refund_proposal refund_queue refund_request refund_resolution "
        "schema_migration");
}

/* Functions that a role may call, those of the partitions left out. */
static const char *functions_of(struct test_database *database, const char *role)
{
    char sql[400];

    (void)snprintf(
        sql, sizeof(sql),
        "SELECT coalesce(string_agg(proname, ' ' ORDER BY proname), '') FROM pg_proc"
        " WHERE pronamespace = 'recon'::regnamespace AND proname NOT LIKE 'make%%partition'"
        " AND has_function_privilege('%s', oid, 'EXECUTE')",
        role);
    return test_sql_value(database, sql);
}

/* Who may ask may not decide, and who decides may not ask; only the job sends. */
static void test_function_privileges(void **state)
{
    static const char *const wanted[ROLE_COUNT] = {
        "ask_refunds begin_refund confirm_refund confirm_refunds deposit_facts deposit_obstacle "
        "entry_item_kind entry_lines expire_refunds hold_refunds merchant_change merchant_edit "
        "note_refund_call note_refund_state refund_batch_items refund_list_hash "
        "refund_lists_changed refund_may refund_problems refund_resolve_obstacle refunds_due "
        "refunds_overdue",
        "deposit_facts deposit_obstacle entry_item_kind entry_lines finding_confirm "
        "finding_propose merchant_change refund_batch_items refund_list_hash refund_lists_changed "
        "refund_may refund_problems refund_resolve_obstacle refunds_due refunds_overdue",
        "deposit_facts deposit_obstacle entry_item_kind entry_lines make_refund_batch "
        "propose_refund_resolution query_refund refund_batch_items refund_list_hash "
        "refund_lists_changed refund_may refund_problems refund_resolve_obstacle refunds_due "
        "refunds_overdue request_deposit_refund request_deposit_refunds withdraw_refund_request",
        "confirm_refund_resolution decide_refund_batch deposit_facts deposit_obstacle "
        "entry_item_kind entry_lines query_refund refund_batch_items refund_list_hash "
        "refund_lists_changed refund_may refund_problems refund_resolve_obstacle refunds_due "
        "refunds_overdue reset_refund_breaker",
        "deposit_facts deposit_obstacle entry_item_kind entry_lines refund_batch_items "
        "refund_list_hash refund_lists_changed refund_may refund_problems refund_resolve_obstacle "
        "refunds_due refunds_overdue",
    };
    struct test_database *database = *state;

    for (size_t i = 0; i < ROLE_COUNT; i++)
        assert_string_equal(functions_of(database, roles[i]), wanted[i]);
}

#define NOW "'2026-06-10 10:00+08'"

/* Every function about refunds, called by each role: 42501 is "no permission"; any other SQLSTATE,
 * and 00000, says that it ran. */
static void test_who_refunds(void **state)
{
    static const struct {
        const char *sql;
        const char *ran; /* SQLSTATE */
        const char *may; /* first letters: Job, Finance, Maker, Checker, Auditor */
    } cases[] = {
        {"SELECT recon.request_deposit_refund('m', 'd', 'x', " NOW ")", "P0001", "M"},
        {"SELECT recon.request_deposit_refunds('m', '{d}', '{x}', " NOW ")", "P0001", "M"},
        {"SELECT recon.withdraw_refund_request('m', 'r', 'x', " NOW ")", "P0001", "M"},
        {"SELECT recon.make_refund_batch('m', NULL, " NOW ", " NOW ")", "P0001", "M"},
        {"SELECT recon.decide_refund_batch('m', 1, true, 'h', 1, 1, NULL, " NOW ")", "P0001", "C"},
        {"SELECT recon.decide_refund_batch('m', 1, false, NULL, NULL, NULL, 'x', " NOW ")", "P0001",
         "C"},
        {"SELECT recon.reset_refund_breaker('m', 'x', " NOW ")", "P0001", "C"},
        {"SELECT recon.query_refund('m', 'r', " NOW ")", "P0001", "MC"},
        {"SELECT recon.refund_resolve_obstacle('m', 'r', 'CLOSED', " NOW ")", "00000", "JFMCA"},
        {"SELECT recon.propose_refund_resolution('m', 'r', 'CLOSED', 'x', NULL, " NOW ")", "P0001",
         "M"},
        {"SELECT recon.confirm_refund_resolution('m', 'r', 1, 'CLOSED', " NOW ")", "P0001", "C"},
        {"SELECT recon.expire_refunds('m', " NOW ")", "00000", "J"},
        {"SELECT recon.hold_refunds('m', 'TRIPPED', 'x', NULL, NULL, " NOW ")", "P0001", "J"},
        {"SELECT recon.begin_refund('m', 'r', '{}', NULL, false, 1, " NOW ")", "00000", "J"},
        {"SELECT recon.note_refund_call('m', 'r', 'QUERY', NULL, " NOW ", 'r', " NOW
         ", 200, NULL, NULL, 'x')",
         "P0001", "J"},
        {"SELECT recon.note_refund_state('m', 'r', 'UNKNOWN', 'SUCCESS', NULL, NULL, NULL, NULL, "
         "NULL, NULL, " NOW ")",
         "P0001", "J"},
        {"SELECT recon.confirm_refund('m', 'r', '1', '2026-06-10', " NOW ")", "P0001", "J"},
        {"SELECT * FROM recon.deposit_facts('m', 'd', NULL)", "00000", "JFMCA"},
        {"SELECT recon.deposit_obstacle('m', 'd', NULL, " NOW ")", "00000", "JFMCA"},
        {"SELECT recon.refund_list_hash('m', 1, " NOW ")", "00000", "JFMCA"},
        {"SELECT * FROM recon.refund_problems('m', '{d}', " NOW ")", "00000", "JFMCA"},
        {"SELECT * FROM recon.refunds_due('m', " NOW ", " NOW ")", "00000", "JFMCA"},
        {"SELECT * FROM recon.refunds_overdue('m', " NOW ")", "00000", "JFMCA"},
        {"SELECT * FROM recon.refund_batch_items('m', 1, " NOW ")", "00000", "JFMCA"},
        {"SELECT * FROM recon.refund_lists_changed('m')", "00000", "JFMCA"},
        {"SELECT recon.refund_may('REQUESTED', 'APPROVED')", "00000", "JFMCA"},
        {"SELECT recon.refund_ask('m', 'd', 'x', 'payrecon_job', " NOW ")", "", ""},
        {"SELECT recon.refund_acts_add('m', " NOW ", 'x', 'RESET', '{y}', '{z}')", "", ""},
        {"SELECT recon.refund_act_add('m', " NOW ", 'x', 'RESET', 'y', 'z')", "", ""},
        {"SELECT recon.refund_queue_lock('m', " NOW ")", "", ""},
        {"SELECT recon.refund_move('m', 'r', " NOW ", 'x', 'REQUESTED', 'APPROVED', NULL)", "", ""},
        {"SELECT recon.refund_event_add('m', 'r', 1, " NOW ", 'x', 'REQUESTED', 'APPROVED', NULL)",
         "", ""},
    };
    static const char letters[] = "JFMCA";
    struct test_database *database = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t r = 0; r < ROLE_COUNT; r++) {
            bool may = strchr(cases[i].may, letters[r]) != NULL;
            const char *seen = test_sql_failure(database, roles[r], cases[i].sql);

            if (strcmp(seen, may ? cases[i].ran : "42501") != 0)
                fail_msg("%s: %s: SQLSTATE %s, expected %s", roles[r], cases[i].sql, seen,
                         may ? cases[i].ran : "42501");
        }
    }
}

#define ENTRY                                                                                      \
    "INSERT INTO recon.entry_block (mchid, bill_day, block_no, rows, appid, lines)"                \
    " VALUES ('m', '2026-05-31', 0, 1, 'wx', "                                                     \
    "E'2\\tP\\t0\\t\\tp\\tt\\t\\t\\t1\\t\\t0\\t=\\t0\\t1\\tR\\ts\\tr\\t')"
#define DAY                                                                                        \
    "INSERT INTO recon.day (mchid, bill_day, stage, tries, rows, matched, updated_at)"             \
    " VALUES ('m', '2026-05-31', 'DUE', 0, 0, 0, now())"
#define PAYMENT                                                                                    \
    "INSERT INTO rental.payment VALUES ('m', 'p', NULL, 'wx', NULL, 1, 'CREATED', NULL, now(), "   \
    "now())"

#define MERCHANT                                                                                   \
    "INSERT INTO recon.merchant (mchid, name, mode, rate_ppm, first_day, created_at)"              \
    " VALUES ('m', 'x', 'DIRECT', 0, '2026-05-31', now())"
#define CONTACT "INSERT INTO recon.merchant_contact VALUES ('m', 'x', '13800000000', now())"
#define EVENT                                                                                      \
    "INSERT INTO recon.merchant_event VALUES ('m', 1, now(), 'somebody else', 'ADDED', NULL, 'x')"
#define CHANGE "SELECT recon.merchant_change('none', 'SUSPENDED', NULL, 'x', now(), NULL)"

/* What a role tries after logging in, and the SQLSTATE that comes back: 42501 is "no permission",
 * 00000 is "done". */
static void test_what_each_may_do(void **state)
{
    struct test_database *database = *state;
    static const struct {
        const char *sql;
        const char *job;
        const char *others;
    } cases[] = {
        {"SELECT count(*) FROM recon.finding", "00000", "00000"},
        {"SELECT count(*) FROM rental.payment", "00000", "00000"},
        {"SELECT count(*) FROM recon.schema_migration", "00000", "00000"},
        {DAY, "00000", "42501"},
        {"SELECT recon.make_entry_partition('2026-05-31')", "00000", "42501"},
        {"SELECT recon.make_entry_partition('2026-05-31'); " ENTRY, "00000", "42501"},
        {"UPDATE recon.day SET tries = 1", "00000", "42501"},
        {"UPDATE recon.finding SET state = 'OPEN'", "00000", "42501"},
        {"UPDATE recon.bill_file SET state = 'VALID'", "42501", "42501"},
        {MERCHANT, "00000", "42501"},
        {MERCHANT "; " CONTACT, "00000", "42501"},
        {EVENT, "42501", "42501"},
        {"UPDATE recon.merchant SET rate_ppm = 0", "42501", "42501"},
        {"UPDATE recon.merchant SET suspended_at = now()", "42501", "42501"},
        {"UPDATE recon.merchant_contact SET mobile = ''", "42501", "42501"},
        {"UPDATE recon.merchant_event SET who = 'x'", "42501", "42501"},
        {"DELETE FROM recon.merchant_event", "42501", "42501"},
        {"UPDATE recon.statement SET version = 2", "42501", "42501"},
        {"UPDATE recon.finding_event SET reason = ''", "42501", "42501"},
        {"DELETE FROM recon.entry_block", "00000", "42501"},
        {"SELECT count(items) FROM recon.entry", "00000", "00000"},
        {"DELETE FROM recon.finding", "42501", "42501"},
        {"DELETE FROM recon.finding_event", "42501", "42501"},
        {"DELETE FROM recon.bill_file", "42501", "42501"},
        {"DELETE FROM recon.day", "42501", "42501"},
        {"DELETE FROM recon.statement", "42501", "42501"},
        {"TRUNCATE recon.entry_block", "42501", "42501"},
        {"INSERT INTO recon.schema_migration VALUES (99, 'x', 'x', now())", "42501", "42501"},
        {PAYMENT, "42501", "42501"},
        {"UPDATE rental.payment SET status = 'PAID'", "42501", "42501"},
        {"DELETE FROM rental.deposit", "42501", "42501"},
        {"CREATE TABLE recon.mine (n integer)", "42501", "42501"},
        {"CREATE TABLE rental.mine (n integer)", "42501", "42501"},
        {"CREATE TABLE public.mine (n integer)", "42501", "42501"},
        {"CREATE SCHEMA mine", "42501", "42501"},
        {"DROP TABLE recon.finding_event", "42501", "42501"},
        {"ALTER TABLE recon.finding DROP CONSTRAINT finding_state", "42501", "42501"},
        {"SET ROLE postgres", "42501", "42501"},
        {"CREATE ROLE payrecon_more", "42501", "42501"},
        {"SELECT pg_read_file('postgresql.conf')", "42501", "42501"},
        {"COPY recon.finding TO PROGRAM 'cat'", "42501", "42501"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t r = 0; r < ROLE_COUNT; r++) {
            const char *wanted = r == 0 ? cases[i].job : cases[i].others;
            const char *seen = test_sql_failure(database, roles[r], cases[i].sql);

            if (strcmp(seen, wanted) != 0)
                fail_msg("%s: %s: SQLSTATE %s, expected %s", roles[r], cases[i].sql, seen, wanted);
        }
    }
}

#define EDIT "SELECT recon.merchant_edit('none', 'x', NULL, NULL, NULL, '{}', NULL, 'x', now())"

/* Who adds merchants edits them. */
static void test_who_edits(void **state)
{
    struct test_database *database = *state;

    for (size_t i = 0; i < ROLE_COUNT; i++)
        assert_string_equal(test_sql_failure(database, roles[i], EDIT), i == 0 ? "P0001" : "42501");
}

/* Job and finance suspend and resume; nobody does it in somebody else's name. P0001: the function
 * ran, and the merchant is not known. */
static void test_who_suspends(void **state)
{
    static const char *const wanted[ROLE_COUNT] = {"P0001", "P0001", "42501", "42501", "42501"};
    struct test_database *database = *state;

    for (size_t i = 0; i < ROLE_COUNT; i++)
        assert_string_equal(test_sql_failure(database, roles[i], CHANGE), wanted[i]);
    assert_string_equal(test_sql_failure(database, "payrecon_finance",
                                         "INSERT INTO recon.merchant_event SELECT 'm', 1, now(), "
                                         "'payrecon_job', 'ADDED', NULL, 'x'"),
                        "42501");
}

/* None becomes another, so that maker and checker stay two logins. */
static void test_nobody_becomes_another(void **state)
{
    struct test_database *database = *state;
    char sql[100];

    for (size_t from = 0; from < ROLE_COUNT; from++) {
        for (size_t to = 0; to < ROLE_COUNT; to++) {
            (void)snprintf(sql, sizeof(sql), "SET ROLE %s", roles[to]);
            assert_string_equal(test_sql_failure(database, roles[from], sql),
                                from == to ? "00000" : "42501");
        }
    }
    assert_string_equal(
        test_sql_value(database, "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'payrecon\\_%'"
                                 " AND rolcanlogin AND NOT (rolsuper OR rolcreaterole OR"
                                 " rolcreatedb OR rolreplication OR rolbypassrls)"),
        "6");
}

#define REQUEST "SELECT recon.request_deposit_refund('m', 'd', 'x', now())"

/* The rental platform asks for refunds and reads what became of them; of everything else it sees
 * nothing, also not past the view. P0001: the function ran, and the merchant is not known. */
static void test_the_platform(void **state)
{
    static const char *const schemas[] = {"recon", "rental"};
    static const char *const rights[] = {"SELECT",   "INSERT",     "UPDATE", "DELETE",
                                         "TRUNCATE", "REFERENCES", "TRIGGER"};
    static const struct {
        const char *sql, *wanted;
    } cases[] = {
        {REQUEST, "P0001"},
        {"SELECT * FROM recon_out.deposit_refund", "00000"},
        {"SELECT mchid, state FROM recon.refund_request", "00000"},
        {"SELECT body FROM recon.refund_request", "42501"},
        {"SELECT maker, checker FROM recon.refund_request", "42501"},
        {"SELECT * FROM recon.refund_request", "42501"},
        {"SELECT * FROM recon.finding", "42501"},
        {"SELECT * FROM recon.refund_call", "42501"},
        {"SELECT * FROM rental.deposit", "42501"},
        {"INSERT INTO recon_out.deposit_refund (mchid) VALUES ('m')", "42501"},
        {"UPDATE recon_out.deposit_refund SET status = 'SUCCESS'", "42501"},
        {"UPDATE recon.refund_request SET state = 'SUCCESS'", "42501"},
        {"SELECT recon.make_refund_batch('m', NULL, now(), now())", "42501"},
        {"SELECT recon.withdraw_refund_request('m', 'r', 'x', now())", "42501"},
        {"SELECT recon.decide_refund_batch('m', 1, true, 'x', 1, 1, 'x', now())", "42501"},
        {"SELECT recon.reset_refund_breaker('m', 'x', now())", "42501"},
        {"SELECT recon.confirm_refunds('m', now())", "42501"},
        {"SELECT recon.ask_refunds('m', now())", "42501"},
        {"SELECT recon.deposit_facts('m', 'd', NULL)", "42501"},
        {"CREATE TABLE recon_out.mine (n integer)", "42501"},
    };
    struct test_database *database = *state;

    for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
        for (size_t n = 0; n < 2; n++)
            expect_tables(database, "payrecon_platform", rights[i], schemas[n], "");
        expect_tables(database, "payrecon_platform", rights[i], "recon_out",
                      i == 0 ? "deposit_refund" : "");
    }
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *seen = test_sql_failure(database, "payrecon_platform", cases[i].sql);

        if (strcmp(seen, cases[i].wanted) != 0)
            fail_msg("%s: SQLSTATE %s, expected %s", cases[i].sql, seen, cases[i].wanted);
    }
}

/* What bills say of refunds is the job's to use, and nobody else's. */
static void test_who_confirms(void **state)
{
    static const char *const wanted[ROLE_COUNT] = {"00000", "42501", "42501", "42501", "42501"};

    for (size_t i = 0; i < ROLE_COUNT; i++) {
        assert_string_equal(
            test_sql_failure(*state, roles[i], "SELECT recon.confirm_refunds('m', now())"),
            wanted[i]);
        assert_string_equal(
            test_sql_failure(*state, roles[i], "SELECT recon.ask_refunds('m', now())"), wanted[i]);
    }
    assert_string_equal(
        test_sql_failure(*state, "payrecon_job", "UPDATE recon.refund_bill_row SET status = 'x'"),
        "42501");
    assert_string_equal(test_sql_failure(*state, "payrecon_job", "DELETE FROM recon.refund_alarm"),
                        "42501");
}

/* A login that is none of ours sees nothing, though both schemas are in its database. */
static void test_strangers(void **state)
{
    struct test_database *database = *state;

    /* Roles belong to the server and not to the database: this one goes again. */
    test_sql(database, "DROP ROLE IF EXISTS payrecon_test_stranger;"
                       "CREATE ROLE payrecon_test_stranger LOGIN");
    assert_string_equal(
        test_sql_failure(database, "payrecon_test_stranger", "SELECT count(*) FROM recon.finding"),
        "42501");
    assert_string_equal(
        test_sql_failure(database, "payrecon_test_stranger", "SELECT count(*) FROM rental.payment"),
        "42501");
    assert_string_equal(test_sql_failure(database, "payrecon_test_stranger",
                                         "SELECT recon.make_entry_partition('2026-05-31')"),
                        "42501");
    test_sql(database, "DROP ROLE payrecon_test_stranger");
}

/* Run again after an upgrade it takes back what it does not grant. */
static void test_may_be_repeated(void **state)
{
    struct test_database *database = *state;
    CLEANUP(buf_release) struct buf sql = BUF_INIT(SQL_MAX);
    struct err err = ERR_INIT;

    expect_good(file_read("sql/roles.sql", &sql, &err), &err);
    test_sql(database, "GRANT DELETE ON recon.finding TO payrecon_job;"
                       "GRANT ALL ON rental.payment TO payrecon_auditor;"
                       "GRANT SELECT ON recon.finding TO PUBLIC;"
                       "GRANT CREATE ON SCHEMA recon TO payrecon_finance");
    test_sql(database, buf_text(&sql));
    test_sql(database, buf_text(&sql));
    test_table_privileges(state);
    test_function_privileges(state);
    test_what_each_may_do(state);
}

#define CASE(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, test_database_setup, test_database_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_table_privileges),
        CASE(test_function_privileges),
        CASE(test_who_refunds),
        CASE(test_what_each_may_do),
        CASE(test_who_suspends),
        CASE(test_who_edits),
        CASE(test_nobody_becomes_another),
        CASE(test_the_platform),
        CASE(test_who_confirms),
        CASE(test_strangers),
        CASE(test_may_be_repeated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
