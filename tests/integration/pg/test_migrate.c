#include "pg/migrate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "../../support/support.h"

/* A small history of our own. The function's body and the comments hold semicolons. */
static const struct migration history[] = {
    {1, "first",
     "-- A table; with its data.\n"
     "CREATE TABLE recon.a (mchid text PRIMARY KEY, n integer);\n"
     "INSERT INTO recon.a VALUES ('x;y', 1); /* ; */\n"
     ";\n"},
    {2, "second",
     "CREATE FUNCTION recon.f() RETURNS integer LANGUAGE plpgsql AS $f$\n"
     "BEGIN\n"
     "    RETURN 7;\n"
     "END\n"
     "$f$;\n"
     "CREATE INDEX a_n ON recon.a (n)"},
    {3, "third", "ALTER TABLE recon.a ADD COLUMN m integer NOT NULL DEFAULT 3;"},
};

static void note_step(void *context, const struct migration *migration)
{
    buf_add_format(context, "%d %s;", migration->number, migration->name);
}

static const char applied_text[] =
    "SELECT coalesce(string_agg(version || ' ' || name, ', ' ORDER BY version), 'none')"
    " FROM recon.schema_migration";

static void run(struct test_database *database, struct migrate_plan plan, size_t wanted_due,
                const char *wanted_steps)
{
    CLEANUP(buf_release) struct buf steps = BUF_INIT(1000);
    struct err err = ERR_INIT;
    size_t due = 99;

    plan.step = note_step;
    plan.context = &steps;
    expect_good(migrate_run(database->pg, &plan, &due, &err), &err);
    assert_int_equal(due, wanted_due);
    assert_string_equal(buf_text(&steps), wanted_steps);
}

static void test_in_order_and_once(void **state)
{
    struct test_database *database = *state;

    run(database, (struct migrate_plan){.at = history, .count = 2}, 2, "1 first;2 second;");
    assert_string_equal(test_sql_value(database, applied_text), "1 first, 2 second");
    assert_string_equal(test_sql_value(database, "SELECT n + recon.f() FROM recon.a"), "8");
    run(database, (struct migrate_plan){.at = history, .count = 2}, 0, "");
    run(database, (struct migrate_plan){.at = history, .count = 3}, 1, "3 third;");
    assert_string_equal(test_sql_value(database, applied_text), "1 first, 2 second, 3 third");
    assert_string_equal(test_sql_value(database, "SELECT m FROM recon.a"), "3");
}

static void test_dry_run(void **state)
{
    struct test_database *database = *state;
    struct migrate_plan plan = {.at = history, .count = 3, .dry_run = true};

    run(database, plan, 3, "1 first;2 second;3 third;");
    assert_string_equal(
        test_sql_value(database, "SELECT count(*) FROM pg_namespace WHERE nspname = 'recon'"), "0");
    plan.dry_run = false;
    plan.count = 1;
    run(database, plan, 1, "1 first;");
    plan.dry_run = true;
    plan.count = 3;
    run(database, plan, 2, "2 second;3 third;");
    assert_string_equal(test_sql_value(database, applied_text), "1 first");
}

static void test_failure_keeps_the_ones_before(void **state)
{
    struct test_database *database = *state;
    struct migration broken[3];
    struct migrate_plan plan = {.at = broken, .count = 3};
    struct err err = ERR_INIT;
    size_t due = 99;

    memcpy(broken, history, sizeof(broken));
    broken[1].text = "CREATE TABLE recon.b (mchid text PRIMARY KEY);\nSELECT 1 FROM recon.absent;";
    expect_err(migrate_run(database->pg, &plan, &due, &err), &err, ERR_CONFIG,
               "migration 0002_second: statement 2: relation \"recon.absent\" does not exist "
               "(42P01)");
    assert_string_equal(err.hint, "nothing of this migration was kept");
    assert_int_equal(due, 99);
    assert_string_equal(test_sql_value(database, applied_text), "1 first");
    assert_string_equal(test_sql_value(database, "SELECT to_regclass('recon.b')"), "NULL");
    run(database, (struct migrate_plan){.at = history, .count = 3}, 2, "2 second;3 third;");
}

static void test_applied_ones_never_change(void **state)
{
    struct test_database *database = *state;
    struct migration changed[3];
    struct migrate_plan plan = {.at = changed, .count = 3};
    struct err err = ERR_INIT;
    size_t due;

    memcpy(changed, history, sizeof(changed));
    run(database, (struct migrate_plan){.at = history, .count = 2}, 2, "1 first;2 second;");
    changed[0].text = "CREATE TABLE recon.a (mchid text PRIMARY KEY);";
    expect_err(migrate_run(database->pg, &plan, &due, &err), &err, ERR_CONFIG,
               "migration 0001_first: changed after it was applied");
    changed[0].text = history[0].text;
    changed[1].name = "other";
    expect_err(migrate_run(database->pg, &plan, &due, &err), &err, ERR_CONFIG,
               "migration 0002_other: the database has 0002_second in its place");
    assert_string_equal(test_sql_value(database, applied_text), "1 first, 2 second");
}

static void test_database_is_newer(void **state)
{
    struct test_database *database = *state;
    struct migrate_plan plan = {.at = history, .count = 2};
    struct err err = ERR_INIT;
    size_t due;

    run(database, (struct migrate_plan){.at = history, .count = 3}, 3, "1 first;2 second;3 third;");
    expect_err(migrate_run(database->pg, &plan, &due, &err), &err, ERR_CONFIG,
               "the database has migration 0003 third, this program does not");
    assert_string_equal(err.hint, "use the newer payrecon that migrated it");
}

static void test_two_at_once(void **state)
{
    struct test_database *database = *state;
    struct pg *other = test_database_open(database, NULL);
    struct migrate_plan plan = {.at = history, .count = 3};
    struct err err = ERR_INIT;
    bool held = false;
    size_t due;

    expect_good(pg_lock_try(other, VIEW("payrecon migrate"), &held, &err), &err);
    expect_err(migrate_run(database->pg, &plan, &due, &err), &err, ERR_LATER,
               "another payrecon migrate is at work");
    pg_close(other);
    /* A lock goes with its connection, but not within a given time. */
    test_sql(database, "SELECT pg_advisory_lock(hashtextextended('payrecon migrate', 0)),"
                       " pg_advisory_unlock(hashtextextended('payrecon migrate', 0))");
    run(database, plan, 3, "1 first;2 second;3 third;");
    /* and it was given back */
    run(database, plan, 0, "");
}

static void test_embedded_ones(void **state)
{
    struct test_database *database = *state;
    struct migrate_plan plan = {.at = migrations, .count = migration_count};
    struct err err = ERR_INIT;
    size_t due;

    assert_true(migration_count > 0);
    expect_good(migrate_run(database->pg, &plan, &due, &err), &err);
    assert_int_equal(due, migration_count);
    expect_good(migrate_run(database->pg, &plan, &due, &err), &err);
    assert_int_equal(due, 0);
    assert_string_equal(test_sql_value(database, "SELECT count(*) FROM recon.schema_migration"
                                                 " WHERE applied_by = 'postgres'"
                                                 " AND sha256 ~ '^[0-9a-f]{64}$'"),
                        test_sql_value(database, "SELECT count(*) FROM recon.schema_migration"));
}

/* Entries of each form that blocks had before lines became short: paired and not, with and without
 * what may be missing, equal and different, one item, several, none. */
static const char old_blocks[] =
    "SELECT recon.make_entry_partition(day::date) FROM (VALUES ('2026-05-31'), ('2026-06-01')) v "
    "(day);"
    "INSERT INTO recon.entry_block (mchid, bill_day, block_no, rows, lines) VALUES "
    "('m', '2026-05-31', 0, 4,"
    " E'2\\tPAYMENT\\t\\t1780156800\\twx1\\tP1\\tT1\\t\\t\\t100\\t100\\t600\\t100\\t1780156799.5"
    "\\t1\\tRENT\\tS1\\tL1\\t100\n"
    "3\\tPAYMENT\\tT04\\t1780243199\\twx2\\tP2\\tT2\\t\\t\\t100\\t90\\t600\\t-7\\t"
    "\\t1\\tDEPOSIT\\t\\t\\t-7\\t2\\tINSURANCE\\tS 1\\t\\t1\\t-3\\tOTHER\\t\\tL\\t0\n"
    "4\\tREFUND\\tR01\\t1780243200.000001\\t\\tP3\\tT3\\tF3\\t53\\t0\\t0\\t-600\\t\\t\n"
    "5\\tREVOKED\\tT13\\t-1.5\\t=wx1\\tP4\\tT4\\t\\t\\t-5\\t5\\t0\\t5\\t0'),"
    "('m', '2026-05-31', 1, 1,"
    " E'6\\tOTHER\\tT13\\t1780156800\\t\\tP5\\tT5\\t\\t\\t1\\t1\\t0\\t1\\t1780156800"
    "\\t1\\tSWAP\\t\\t\\t0\\t2\\tDAMAGE\\t\\t\\t1\\t3\\tPENALTY\\t\\t\\t0'),"
    "('n', '2026-06-01', 0, 1,"
    " E'2\\tPAYMENT\\t\\t1780243200\\twx\\tP1\\tT1\\t\\t\\t1\\t1\\t0\\t1\\t1780243200')";

static void test_entries_are_carried_over(void **state)
{
    struct test_database *database = *state;
    struct migrate_plan plan = {.at = migrations, .count = migration_count};
    struct err err = ERR_INIT;
    size_t before = 0, due;

    while (before < migration_count && strcmp(migrations[before].name, "entry_short") != 0)
        before++;
    assert_true(before < migration_count);
    plan.count = before;
    expect_good(migrate_run(database->pg, &plan, &due, &err), &err);
    test_sql(database, old_blocks);
    test_sql(database, "CREATE TABLE public.shown AS SELECT * FROM recon.entry");
    plan.count = migration_count;
    expect_good(migrate_run(database->pg, &plan, &due, &err), &err);

    assert_string_equal(test_sql_value(database, "SELECT count(*) FROM public.shown"), "6");
    assert_string_equal(test_sql_value(database, "SELECT count(*) FROM recon.entry"), "6");
    assert_string_equal(test_sql_value(database,
                                       "SELECT string_agg(shown::text, ' ' ORDER BY shown::text) = "
                                       "(SELECT string_agg(e::text, ' ' ORDER BY e::text) "
                                       "FROM recon.entry e) FROM public.shown"),
                        "t");
    assert_string_equal(
        test_sql_value(database,
                       "SELECT string_agg(concat_ws('|', mchid, bill_day, block_no, rows, appid, "
                       "translate(lines, E'\t\n', ';/')), ' ' ORDER BY mchid, block_no) "
                       "FROM recon.entry_block"),
        "m|2026-05-31|0|4|wx1|"
        "2;P;0;;P1;T1;;;100;;600;=;-0.5;1;R;S1;L1;/"
        "3;PT04;86399;=wx2;P2;T2;;;100;90;600;-7;;1;D;;;;2;I;S 1;;1;-3;O;;L;0/"
        "4;RR01;86400.000001;=;P3;T3;F3;53;0;;-600;;/"
        "5;VT13;-1780156801.5;==wx1;P4;T4;;;-5;5;0;5;1.5 "
        "m|2026-05-31|1|1||"
        "6;OT13;0;;P5;T5;;;1;;0;=;0;1;S;;;0;2;A;;;;3;P;;;0 "
        "n|2026-06-01|0|1|wx|2;P;0;;P1;T1;;;1;;0;=;0");
}

/* What the house asks of every table, from the catalogue. */
static void test_house_rules(void **state)
{
    struct test_database *database = *state;
    static const char ours[] =
        "WITH t AS (SELECT c.oid, c.oid::regclass::text AS name FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname IN ('recon', 'rental') AND c.relkind IN ('r', 'p')"
        " AND NOT c.relispartition AND c.oid <> 'recon.schema_migration'::regclass) ";
    static const struct {
        const char *name;
        const char *offenders;
    } rules[] = {
        {"mchid text is the first column",
         "SELECT string_agg(name, ', ') FROM t WHERE NOT EXISTS (SELECT FROM pg_attribute a"
         " WHERE a.attrelid = t.oid AND a.attnum = 1 AND a.attname = 'mchid'"
         " AND a.atttypid = 'text'::regtype AND a.attnotnull)"},
        {"keys and unique indexes begin with mchid",
         "SELECT string_agg(i.indexrelid::regclass::text, ', ') FROM t JOIN pg_index i"
         " ON i.indrelid = t.oid AND (i.indisunique OR i.indisprimary) JOIN pg_attribute a"
         " ON a.attrelid = t.oid AND a.attnum = i.indkey[0] WHERE a.attname <> 'mchid'"},
        {"foreign keys have mchid on both sides",
         "SELECT string_agg(f.conname, ', ') FROM t JOIN pg_constraint f ON f.conrelid = t.oid"
         " AND f.contype = 'f' WHERE f.conkey[1] <> 1 OR f.confkey[1] <> 1"},
        {"constraints have names of their own",
         "SELECT string_agg(f.conname, ', ') FROM t JOIN pg_constraint f ON f.conrelid = t.oid"
         " AND f.conname ~ '_(pkey|fkey|check)[0-9]*$'"},
        {"comments on tables",
         "SELECT string_agg(name, ', ') FROM t WHERE obj_description(oid, 'pg_class') IS NULL"},
        {"comments on columns",
         "SELECT string_agg(name || '.' || a.attname, ', ') FROM t JOIN pg_attribute a"
         " ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped"
         " WHERE col_description(t.oid, a.attnum) IS NULL"},
        {"no triggers",
         "SELECT string_agg(g.tgname, ', ') FROM t JOIN pg_trigger g ON g.tgrelid = t.oid"
         " AND NOT g.tgisinternal"},
        {"no domains, no serials, no floating point",
         "SELECT string_agg(name || '.' || a.attname, ', ') FROM t JOIN pg_attribute a"
         " ON a.attrelid = t.oid AND a.attnum > 0 JOIN pg_type y ON y.oid = a.atttypid"
         " WHERE y.typtype = 'd' OR a.attidentity <> ''"
         " OR y.oid IN ('real'::regtype, 'double precision'::regtype, 'numeric'::regtype,"
         " 'money'::regtype, 'timestamp'::regtype)"},
    };

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        CLEANUP(buf_release) struct buf sql = BUF_INIT(8000);

        buf_add_format(&sql, "%s%s", ours, rules[i].offenders);
        if (strcmp(test_sql_value(database, buf_text(&sql)), "NULL") != 0)
            fail_msg("%s: broken by %s", rules[i].name, buf_text(&database->value));
    }
}

#define EMPTY(function)                                                                            \
    cmocka_unit_test_setup_teardown(function, test_database_empty_setup, test_database_teardown)
#define MIGRATED(function)                                                                         \
    cmocka_unit_test_setup_teardown(function, test_database_setup, test_database_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EMPTY(test_in_order_and_once),
        EMPTY(test_dry_run),
        EMPTY(test_failure_keeps_the_ones_before),
        EMPTY(test_applied_ones_never_change),
        EMPTY(test_database_is_newer),
        EMPTY(test_two_at_once),
        EMPTY(test_embedded_ones),
        EMPTY(test_entries_are_carried_over),
        MIGRATED(test_house_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
