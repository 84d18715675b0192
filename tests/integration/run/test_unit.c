#include "run/unit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "../../support/support.h"

#define MCHID VIEW("1900000109")

static struct date day_of(const char *text)
{
    struct date day;

    assert_true(date_parse(view_of(text), &day));
    return day;
}

static struct instant time_of(const char *text)
{
    struct instant instant;

    assert_true(instant_parse_rfc3339(view_of(text), &instant));
    return instant;
}

static int setup(void **state)
{
    int result = test_database_setup(state);

    if (result == 0)
        test_sql(*state, "INSERT INTO recon.merchant (mchid, name, mode, rate_ppm, first_day,"
                         " created_at) VALUES ('1900000109', 'x', 'DIRECT', 6000, '2026-05-29',"
                         " '2026-05-01')");
    return result;
}

static int64_t make_due(struct test_database *database, const char *now)
{
    const struct merchant merchant = {.mchid = MCHID, .first_day = day_of("2026-05-29")};
    struct job job = {.settings = {.publish_hour = 10}, .clock = {true, time_of(now)}};
    struct err err = ERR_INIT;
    int64_t made;

    expect_good(unit_make_due(database->pg, &job, &merchant, &made, &err), &err);
    return made;
}

/* "2026-05-29 2026-05-30", the days that are claimed one after the other. */
static const char *claim_all(struct pg *pg, enum unit_work work, const char *now, struct buf *days)
{
    struct unit_search search = {MCHID, work, day_of("2000-01-01"), time_of(now)};
    struct err err = ERR_INIT;
    struct unit unit;
    bool found = true;

    buf_clear(days);
    while (found) {
        expect_good(unit_claim(pg, &search, &unit, &found, &err), &err);
        if (!found)
            break;
        buf_add_format(days, "%s%s", days->length > 0 ? " " : "", date_text(unit.day).s);
        search.after = unit.day;
    }
    return buf_text(days);
}

/* A day is due from the hour of publication on, and no day before the merchant's first. */
static void test_make_due(void **state)
{
    static const struct {
        const char *now;
        int64_t made;
        const char *days;
    } cases[] = {
        {"2026-05-29T23:00:00+08:00", 0, ""},
        {"2026-05-30T09:59:59.999999+08:00", 0, ""},
        {"2026-05-30T10:00:00+08:00", 1, "2026-05-29"},
        {"2026-05-31T09:00:00+08:00", 0, "2026-05-29"},
        {"2026-06-02T10:30:00+08:00", 3, "2026-05-29 2026-05-30 2026-05-31 2026-06-01"},
        {"2026-06-02T10:30:00+08:00", 0, "2026-05-29 2026-05-30 2026-05-31 2026-06-01"},
    };
    struct test_database *database = *state;
    CLEANUP(buf_release) struct buf days = BUF_INIT(4096);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(make_due(database, cases[i].now), cases[i].made);
        assert_string_equal(claim_all(database->pg, UNIT_WORK_ALL, cases[i].now, &days),
                            cases[i].days);
    }
}

static void test_points(void **state)
{
    static const struct {
        const char *stage, *verdict;
        bool all, fetch, reconcile, settle;
    } cases[] = {
        {"DUE", "NULL", true, true, false, false},
        {"DUE", "'INCOMPLETE'", true, true, false, false},
        {"FETCHED", "NULL", true, false, true, false},
        {"FETCHED", "'INCOMPLETE'", true, false, true, false},
        {"RECONCILED", "'INCOMPLETE'", true, false, true, false},
        {"RECONCILED", "'BROKEN'", true, false, false, true},
        {"RECONCILED", "'BALANCED'", true, false, false, true},
        {"SETTLED", "'BALANCED'", false, false, false, false},
        {"SETTLED", "'BROKEN'", false, false, false, false},
    };
    static const char *const now = "2026-05-30T10:30:00+08:00";
    struct test_database *database = *state;
    CLEANUP(buf_release) struct buf days = BUF_INIT(4096);

    assert_int_equal(make_due(database, now), 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const bool wanted[] = {
            [UNIT_WORK_ALL] = cases[i].all,
            [UNIT_WORK_FETCH] = cases[i].fetch,
            [UNIT_WORK_RECONCILE] = cases[i].reconcile,
            [UNIT_WORK_SETTLE] = cases[i].settle,
        };

        test_sql_format(database, "UPDATE recon.day SET stage = '%s', verdict = %s, reason = 'x'",
                        cases[i].stage, cases[i].verdict);
        for (int work = UNIT_WORK_ALL; work <= UNIT_WORK_SETTLE; work++)
            assert_string_equal(claim_all(database->pg, (enum unit_work)work, now, &days),
                                wanted[work] ? "2026-05-29" : "");
    }
}

static void test_next_try(void **state)
{
    struct test_database *database = *state;
    CLEANUP(buf_release) struct buf days = BUF_INIT(4096);
    struct instant now = time_of("2026-05-30T10:30:00+08:00");
    struct instant next = time_of("2026-05-30T11:00:00+08:00");
    const struct unit_failure failure = {"E01 账单未出", now, &next};
    struct err err = ERR_INIT;
    struct unit unit;
    bool found;

    assert_int_equal(make_due(database, "2026-05-30T10:30:00+08:00"), 1);
    expect_good(unit_mark_incomplete(database->pg, MCHID, day_of("2026-05-29"), &failure, &err),
                &err);
    assert_string_equal(claim_all(database->pg, UNIT_WORK_ALL, "2026-05-30T10:59:59+08:00", &days),
                        "");
    assert_string_equal(claim_all(database->pg, UNIT_WORK_ALL, "2026-05-30T11:00:00+08:00", &days),
                        "2026-05-29");

    expect_good(unit_get(database->pg, MCHID, day_of("2026-05-29"), &unit, &found, &err), &err);
    assert_true(found && unit.incomplete);
    assert_int_equal(unit.stage, UNIT_DUE);
    assert_string_equal(unit.reason, "E01 账单未出");
    assert_string_equal(test_sql_value(database, "SELECT tries FROM recon.day"), "1");

    /* A new bill takes the verdict back. */
    expect_good(unit_mark(database->pg, MCHID, day_of("2026-05-29"), UNIT_FETCHED, now, &err),
                &err);
    expect_good(unit_get(database->pg, MCHID, day_of("2026-05-29"), &unit, &found, &err), &err);
    assert_false(unit.incomplete);
    assert_int_equal(unit.stage, UNIT_FETCHED);
    assert_string_equal(unit.reason, "");
    assert_string_equal(test_sql_value(database, "SELECT next_try_at FROM recon.day"), "NULL");

    expect_good(unit_get(database->pg, MCHID, day_of("2026-06-30"), &unit, &found, &err), &err);
    assert_false(found);
}

/* The merchant's lock: one worker at a time, free again when its connection goes. */
static void test_two_workers(void **state)
{
    struct test_database *database = *state;
    struct pg *other = test_database_open(database, NULL);
    struct err err = ERR_INIT;
    bool held;

    expect_good(unit_lock_merchant(database->pg, MCHID, &held, &err), &err);
    assert_true(held);
    expect_good(unit_lock_merchant(other, MCHID, &held, &err), &err);
    assert_false(held);
    expect_good(unit_lock_merchant(other, VIEW("1900000110"), &held, &err), &err);
    assert_true(held);
    expect_good(unit_unlock_merchant(database->pg, MCHID, &err), &err);
    expect_good(unit_lock_merchant(other, MCHID, &held, &err), &err);
    assert_true(held);

    /* A worker that dies leaves nothing locked, once its server process has noticed. */
    pg_close(other);
    while (strcmp(test_sql_value(database, "SELECT count(*) FROM pg_locks"
                                           " WHERE locktype = 'advisory'"),
                  "0") != 0)
        continue;
    expect_good(unit_lock_merchant(database->pg, MCHID, &held, &err), &err);
    assert_true(held);
}

/* A row that somebody is changing is left alone, the next one is taken. */
static void test_skip_locked(void **state)
{
    struct test_database *database = *state;
    struct pg *other = test_database_open(database, NULL);
    const char *now = "2026-05-31T10:30:00+08:00";
    const struct unit_search search = {MCHID, UNIT_WORK_ALL, day_of("2026-05-01"), time_of(now)};
    CLEANUP(buf_release) struct buf days = BUF_INIT(4096);
    struct err err = ERR_INIT;
    struct unit unit;
    bool found;

    assert_int_equal(make_due(database, now), 2);
    expect_good(pg_begin(other, PG_READ_WRITE, &err), &err);
    expect_good(unit_next(other, &search, &unit, &found, &err), &err);
    assert_true(found);
    assert_string_equal(date_text(unit.day).s, "2026-05-29");
    assert_string_equal(claim_all(database->pg, UNIT_WORK_ALL, now, &days), "2026-05-30");
    pg_rollback(other);
    assert_string_equal(claim_all(database->pg, UNIT_WORK_ALL, now, &days),
                        "2026-05-29 2026-05-30");
    pg_close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_make_due, setup, test_database_teardown),
        cmocka_unit_test_setup_teardown(test_points, setup, test_database_teardown),
        cmocka_unit_test_setup_teardown(test_next_try, setup, test_database_teardown),
        cmocka_unit_test_setup_teardown(test_two_workers, setup, test_database_teardown),
        cmocka_unit_test_setup_teardown(test_skip_locked, setup, test_database_teardown),
    };

    return cmocka_run_group_tests_name("run/unit", tests, NULL, NULL);
}
