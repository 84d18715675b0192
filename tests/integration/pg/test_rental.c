/* The reference platform of sql/rental against the contract (DOMAIN §4): names, types, and what a
 * read costs. */
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

/* Written out from DOMAIN §4; contract_meta has mchid too, because every key begins with it. */
static const struct {
    const char *view;
    const char *columns;
    const char *key;
} contract[] = {
    {"contract_meta", "mchid text, contract_version integer, watermark_at timestamptz", "mchid"},
    {"payment",
     "mchid text, out_trade_no text, sub_mchid text, appid text, transaction_id text, amount_fen "
     "bigint, status text, paid_at timestamptz, created_at timestamptz, updated_at timestamptz",
     "mchid, out_trade_no"},
    {"payment_item",
     "mchid text, out_trade_no text, item_no integer, kind text, rental_no text, store_id text, "
     "amount_fen bigint",
     "mchid, out_trade_no, item_no"},
    {"deposit",
     "mchid text, deposit_id text, out_trade_no text, item_no integer, rental_no text, store_id "
     "text, amount_fen bigint, waived boolean, status text, due_at timestamptz",
     "mchid, deposit_id"},
    {"deposit_deduction",
     "mchid text, deduction_id text, deposit_id text, amount_fen bigint, reason text, made_by "
     "text, approved_by text, approved_at timestamptz, voided_at timestamptz",
     "mchid, deduction_id"},
    {"refund",
     "mchid text, out_refund_no text, out_trade_no text, item_no integer, kind text, amount_fen "
     "bigint, status text, created_at timestamptz",
     "mchid, out_refund_no"},
    {"store", "mchid text, store_id text, name text, contact text, opened_on date, closed_on date",
     "mchid, store_id"},
    {"store_terms",
     "mchid text, store_id text, kind text, valid_from date, valid_to date, share_ppm integer, "
     "fixed_fen bigint, fee_bearer text, cycle text, hold_days integer, min_payout_fen bigint",
     "mchid, store_id, kind, valid_from"},
    {"store_adjustment",
     "mchid text, adjustment_id text, store_id text, on_day date, amount_fen bigint, kind text, "
     "note text, made_by text, approved_by text",
     "mchid, adjustment_id"},
};

static void test_columns_and_keys(void **state)
{
    struct test_database *database = *state;
    char sql[800];

    for (size_t i = 0; i < sizeof(contract) / sizeof(contract[0]); i++) {
        (void)snprintf(sql, sizeof(sql),
                       "SELECT string_agg(attname || ' ' || replace(format_type(atttypid, NULL),"
                       " 'timestamp with time zone', 'timestamptz'), ', ' ORDER BY attnum)"
                       " FROM pg_attribute WHERE attrelid = 'rental.%s'::regclass AND attnum > 0",
                       contract[i].view);
        assert_string_equal(test_sql_value(database, sql), contract[i].columns);
        (void)snprintf(sql, sizeof(sql),
                       "SELECT string_agg(a.attname, ', ' ORDER BY k.n) FROM pg_index x,"
                       " unnest(x.indkey) WITH ORDINALITY AS k (attnum, n), pg_attribute a"
                       " WHERE x.indrelid = 'rental.%s'::regclass AND x.indisprimary"
                       " AND a.attrelid = x.indrelid AND a.attnum = k.attnum",
                       contract[i].view);
        assert_string_equal(test_sql_value(database, sql), contract[i].key);
    }
    assert_string_equal(
        test_sql_value(database, "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'v', 'm')"
                                 " AND relnamespace = 'rental'::regnamespace"),
        "9");
}

/* Rows that the contract forbids, each by the constraint that is there for it. */
static void test_constraints(void **state)
{
    struct test_database *database = *state;
    static const char *const refused[] = {
        "INSERT INTO rental.payment VALUES ('m', 'p2', NULL, 'wx', NULL, 0, 'CREATED', NULL, "
        "now(), "
        "now())",
        "INSERT INTO rental.payment VALUES ('m', 'p2', NULL, 'wx', NULL, 5, 'PAID', NULL, now(), "
        "now())",
        "INSERT INTO rental.payment VALUES ('m', 'p2', NULL, 'wx', NULL, 5, 'paid', now(), now(), "
        "now())",
        "INSERT INTO rental.payment_item VALUES ('m', 'p1', 9, 'TIP', NULL, NULL, 5)",
        "INSERT INTO rental.deposit VALUES ('m', 'd2', NULL, NULL, 'r', 's', 5, false, 'HELD', "
        "NULL)",
        "INSERT INTO rental.deposit VALUES ('m', 'd2', 'p1', 1, 'r', 's', 5, false, 'REFUND_DUE', "
        "NULL)",
        "INSERT INTO rental.deposit_deduction VALUES ('m', 'x', 'd1', 5, 'LOSS', 'ann', 'ann', "
        "now(), "
        "NULL)",
        "INSERT INTO rental.store_terms VALUES ('m', 's1', 'RENT', '2026-01-01', '2025-01-01', 1, "
        "0, "
        "'STORE', 'DAY', 0, 0)",
        "INSERT INTO rental.store_terms VALUES ('m', 's1', 'RENT', '2026-01-01', NULL, 1000001, 0, "
        "'STORE', 'DAY', 0, 0)",
        "INSERT INTO rental.store_adjustment VALUES ('m', 'a', 's1', '2026-01-01', 5, 'x', 'y', "
        "'ann', 'ann')",
    };

    test_sql(
        database,
        "INSERT INTO rental.store VALUES ('m', 's1', 'one', NULL, '2020-01-01', NULL);"
        "INSERT INTO rental.payment VALUES ('m', 'p1', NULL, 'wx', 't1', 5, 'PAID', now(), now(),"
        " now()), ('m', 'p0', NULL, 'wx', 't1', 5, 'PAID', now(), now(), now());"
        "INSERT INTO rental.payment_item VALUES ('m', 'p1', 1, 'DEPOSIT', 'r', 's1', 5);"
        "INSERT INTO rental.deposit VALUES ('m', 'd1', 'p1', 1, 'r', 's1', 5, false, 'HELD', NULL),"
        " ('m', 'd0', NULL, NULL, 'r', 's1', 5, true, 'HELD', NULL);"
        "INSERT INTO rental.store_terms VALUES"
        " ('m', 's1', 'RENT', '2025-01-01', NULL, 1, 0, 'STORE', 'DAY', 0, 0),"
        " ('m', 's1', 'RENT', '2025-02-01', NULL, 1, 0, 'STORE', 'DAY', 0, 0)");
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (view_equal_text(view_of(test_sql_failure(database, "postgres", refused[i])), "23514"))
            continue;
        fail_msg("%s: SQLSTATE %s", refused[i], buf_text(&database->value));
    }
}

/* `days` more days of 400 payments each before what is there, newest day 2026-05-31. */
static void add_days(struct test_database *database, int from, int to)
{
    test_sql_format(
        database,
        "INSERT INTO rental.payment SELECT 'm', 'p' || d || '-' || n, NULL, 'wx0123456789abcdef',"
        " 't' || d || '-' || n, 100, 'PAID', at, at, at FROM generate_series(%d, %d) d,"
        " generate_series(1, 400) n, LATERAL (SELECT timestamptz '2026-05-31 00:00+08'"
        " - d * interval '1 day' + n * interval '3 minutes' AS at) x;"
        "INSERT INTO rental.payment_item SELECT mchid, out_trade_no, 1, 'DEPOSIT', 'r' || "
        "out_trade_no,"
        " 's1', amount_fen FROM rental.payment p WHERE NOT EXISTS (SELECT FROM rental.payment_item "
        "i"
        " WHERE i.mchid = p.mchid AND i.out_trade_no = p.out_trade_no);"
        "INSERT INTO rental.deposit SELECT mchid, 'd' || out_trade_no, out_trade_no, 1, rental_no, "
        "'s1',"
        " amount_fen, false, 'HELD', NULL FROM rental.payment_item ON CONFLICT DO NOTHING;"
        "INSERT INTO rental.refund SELECT mchid, 'f' || out_trade_no, out_trade_no, 1, 'DEPOSIT',"
        " amount_fen, 'SUCCESS', paid_at FROM rental.payment ON CONFLICT DO NOTHING",
        from, to);
    test_sql(database, "VACUUM ANALYZE");
}

/* Pages that a statement touches. */
static int64_t pages_of(struct test_database *database, const char *sql)
{
    struct view key = VIEW("\"Shared Hit Blocks\": ");
    char explain[600];
    const char *plan;
    struct view rest;
    struct view number;
    int64_t pages = 0;

    (void)snprintf(explain, sizeof(explain), "EXPLAIN (ANALYZE, BUFFERS, FORMAT json) %s", sql);
    plan = strstr(test_sql_value(database, explain), key.at);
    assert_non_null(plan);
    rest = view_from(plan + key.length, strlen(plan) - key.length);
    assert_true(view_take(&rest, ',', &number));
    assert_true(view_to_int64(number, 0, INT64_MAX, &pages));
    return pages;
}

/* Cost follows the day, never the history. */
static void test_reads_do_not_grow(void **state)
{
    struct test_database *database = *state;
    static const char *const reads[] = {
        "SELECT * FROM rental.payment WHERE mchid = 'm' AND paid_at >= '2026-05-31 00:00+08'"
        " AND paid_at < '2026-06-01 00:00+08'",
        "SELECT * FROM rental.refund WHERE mchid = 'm' AND created_at >= '2026-05-31 00:00+08'"
        " AND created_at < '2026-06-01 00:00+08'",
        "SELECT * FROM rental.payment WHERE mchid = 'm' AND out_trade_no = ANY ('{p0-7,p0-9}')",
        "SELECT * FROM rental.payment WHERE mchid = 'm' AND transaction_id = ANY ('{t0-7,t0-9}')",
        "SELECT * FROM rental.payment_item WHERE mchid = 'm' AND rental_no = 'rp0-7'",
        "SELECT * FROM rental.deposit WHERE mchid = 'm' AND rental_no = 'rp0-7'",
        "SELECT * FROM rental.deposit WHERE mchid = 'm' AND out_trade_no = 'p0-7' AND item_no = 1",
        "SELECT * FROM rental.refund WHERE mchid = 'm' AND out_trade_no = 'p0-7'",
    };
    int64_t before[sizeof(reads) / sizeof(reads[0])];

    add_days(database, 0, 9);
    for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++)
        before[i] = pages_of(database, reads[i]);
    add_days(database, 10, 119);
    for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
        int64_t after = pages_of(database, reads[i]);

        /* one more level of a tree for each row, but not twelve times the pages */
        if (after > 2 * before[i] + 10)
            fail_msg("%s: %lld pages with 10 days, %lld with 120", reads[i], (long long)before[i],
                     (long long)after);
    }
}

#define CASE(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, test_database_setup, test_database_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_columns_and_keys),
        CASE(test_constraints),
        CASE(test_reads_do_not_grow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
