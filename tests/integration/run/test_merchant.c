#include "run/merchant.h"
#include "run/merchant_install.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "../../support/support.h"

static const struct view two_apps[] = {{"wx0123456789abcdef", 18}, {"wxfedcba9876543210", 18}};

static struct merchant direct(void)
{
    struct merchant merchant = {.mchid = VIEW("1900000109"),
                                .name = VIEW("某某出行"),
                                .mode = MERCHANT_DIRECT,
                                .appids = two_apps,
                                .appid_count = 2,
                                .rate = {6000},
                                .fund_account = VIEW("BASIC")};

    assert_true(date_parse(VIEW("2026-05-01"), &merchant.first_day));
    return merchant;
}

static struct merchant partner(void)
{
    struct merchant merchant = direct();

    merchant.mchid = VIEW("1900000110");
    merchant.mode = MERCHANT_PARTNER;
    merchant.sp_mchid = VIEW("1900000001");
    merchant.fund_account = VIEW("");
    merchant.appid_count = 1;
    return merchant;
}

static struct merchant without_wechat(void)
{
    struct merchant merchant = {
        .mchid = VIEW("none-green-ride"), .name = VIEW("现金出行"), .mode = MERCHANT_NONE};

    assert_true(date_parse(VIEW("2026-06-01"), &merchant.first_day));
    return merchant;
}

static void test_round_trip(void **state)
{
    struct test_database *database = *state;
    const struct option_texts all = {.count = 0};
    const struct merchant added[] = {partner(), direct()};
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct instant now = {INSTANT_DAY};
    struct err err = ERR_INIT;
    struct merchant_list list;

    expect_good(merchant_load(database->pg, &all, &arena, &list, &err), &err);
    assert_int_equal(list.count, 0);
    for (size_t i = 0; i < 2; i++)
        expect_good(merchant_add(database->pg, &added[i], NULL, now, &err), &err);
    test_sql(database, "UPDATE recon.merchant SET suspended_at = now() WHERE mchid = '1900000110'");

    expect_good(merchant_load(database->pg, &all, &arena, &list, &err), &err);
    assert_int_equal(list.count, 2);
    expect_view(list.at[0].mchid, "1900000109");
    expect_view(list.at[0].name, "某某出行");
    assert_int_equal(list.at[0].mode, MERCHANT_DIRECT);
    expect_view(list.at[0].sp_mchid, "");
    assert_int_equal(list.at[0].appid_count, 2);
    expect_view(list.at[0].appids[0], "wx0123456789abcdef");
    expect_view(list.at[0].appids[1], "wxfedcba9876543210");
    assert_int_equal(list.at[0].rate.value, 6000);
    expect_view(list.at[0].fund_account, "BASIC");
    assert_string_equal(date_text(list.at[0].first_day).s, "2026-05-01");
    assert_false(list.at[0].suspended);
    /* wxpay takes terminated texts. */
    assert_string_equal(list.at[0].mchid.at, "1900000109");

    assert_int_equal(list.at[1].mode, MERCHANT_PARTNER);
    expect_view(list.at[1].sp_mchid, "1900000001");
    expect_view(list.at[1].fund_account, "");
    assert_true(list.at[1].suspended);
}

static void test_twice(void **state)
{
    struct test_database *database = *state;
    const struct merchant merchant = direct();
    struct instant now = {INSTANT_DAY};
    struct err err = ERR_INIT;

    expect_good(merchant_add(database->pg, &merchant, NULL, now, &err), &err);
    expect_err(merchant_add(database->pg, &merchant, NULL, now, &err), &err, ERR_DATA,
               "could not add merchant 1900000109: merchant 1900000109 is known already");
    assert_string_equal(test_sql_value(database, "SELECT count(*) FROM recon.merchant_app"), "2");
}

/* All or nothing: an AppID that collides takes the merchant back. */
static void test_all_or_nothing(void **state)
{
    static const struct view same[] = {{"wx0123456789abcdef", 18}, {"wx0123456789abcdef", 18}};
    struct test_database *database = *state;
    struct merchant merchant = direct();
    struct err err = ERR_INIT;

    merchant.appids = same;
    assert_false(merchant_add(database->pg, &merchant, NULL, (struct instant){0}, &err));
    assert_int_equal(err.kind, ERR_DATA);
    assert_string_equal(test_sql_value(database, "SELECT count(*) FROM recon.merchant"), "0");
}

static void test_unknown(void **state)
{
    struct test_database *database = *state;
    const struct merchant merchant = direct();
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct option_texts wanted = {.at = {"1900000109", "1900000199"}, .count = 2};
    struct err err = ERR_INIT;
    struct merchant_list list;
    struct merchant loaded;

    expect_good(merchant_add(database->pg, &merchant, NULL, (struct instant){0}, &err), &err);
    expect_err(merchant_load(database->pg, &wanted, &arena, &list, &err), &err, ERR_USAGE,
               "merchant 1900000199 is not known");
    assert_string_equal(err.hint, "payrecon merchant list shows those that are");

    err = ERR_INIT;
    wanted.count = 1;
    expect_good(merchant_load(database->pg, &wanted, &arena, &list, &err), &err);
    assert_int_equal(list.count, 1);
    expect_good(merchant_load_one(database->pg, VIEW("1900000109"), &arena, &loaded, &err), &err);
    expect_view(loaded.mchid, "1900000109");
    expect_err(merchant_load_one(database->pg, VIEW("1900000199"), &arena, &loaded, &err), &err,
               ERR_USAGE, "merchant 1900000199 is not known");
}

/* A company without WeChat Pay is a row like others, with nothing of it. */
static void test_without_wechat(void **state)
{
    struct test_database *database = *state;
    const struct merchant merchant = without_wechat();
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct merchant loaded;
    struct err err = ERR_INIT;

    expect_good(merchant_add(database->pg, &merchant, NULL, (struct instant){0}, &err), &err);
    expect_good(merchant_load_one(database->pg, merchant.mchid, &arena, &loaded, &err), &err);
    assert_int_equal(loaded.mode, MERCHANT_NONE);
    assert_int_equal(loaded.appid_count, 0);
    assert_int_equal(loaded.rate.value, 0);
    expect_view(loaded.fund_account, "");
}

/* The tables refuse what is neither one nor the other. */
static void test_constraints(void **state)
{
    static const char *const wrong[] = {
        "('none-x', 'x', 'DIRECT', 0, NULL)",  "('1900000109', 'x', 'NONE', 0, NULL)",
        "('none-x', 'x', 'NONE', 6000, NULL)", "('none-x', 'x', 'NONE', 0, 'BASIC')",
        "('none-x', 'x', 'PARTNER', 0, NULL)", "('1900000109', 'x', 'OTHER', 0, NULL)",
    };
    struct test_database *database = *state;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char sql[300];

        (void)snprintf(sql, sizeof(sql),
                       "INSERT INTO recon.merchant (mchid, name, mode, rate_ppm, fund_account,"
                       " first_day, created_at) SELECT v.*, '2026-05-31', now() FROM (VALUES %s) v",
                       wrong[i]);
        assert_string_equal(test_sql_failure(database, "payrecon_job", sql), "23514");
    }
}

static void test_store_side_and_contact(void **state)
{
    struct test_database *database = *state;
    struct merchant merchant = direct();
    const struct merchant_contact contact = {VIEW("张三"), VIEW("13812345678")};
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct merchant_contact seen = {.name = VIEW("")};
    struct merchant loaded;
    struct err err = ERR_INIT;

    merchant.store_appid = two_apps[1];
    expect_good(merchant_add(database->pg, &merchant, &contact, (struct instant){0}, &err), &err);
    expect_good(merchant_load_one(database->pg, merchant.mchid, &arena, &loaded, &err), &err);
    assert_int_equal(loaded.appid_count, 2);
    expect_view(loaded.store_appid, "wxfedcba9876543210");
    expect_good(merchant_contact(database->pg, merchant.mchid, &arena, &seen, &err), &err);
    expect_view(seen.name, "张三");
    expect_view(seen.mobile, "13812345678");
}

static bool change(struct pg *pg, enum merchant_change change, struct instant at, bool *ret_changed,
                   struct err *err)
{
    const struct merchant_event event = {.change = change, .reason = VIEW("because"), .at = at};

    return merchant_change(pg, VIEW("1900000109"), &event, ret_changed, err);
}

/* As finance, whose login is what is written down. */
static void test_suspend_and_resume(void **state)
{
    static const struct {
        enum merchant_change change;
        bool changed, suspended;
    } steps[] = {
        {MERCHANT_RESUMED, false, false},  {MERCHANT_SUSPENDED, true, true},
        {MERCHANT_SUSPENDED, false, true}, {MERCHANT_RESUMED, true, false},
        {MERCHANT_SUSPENDED, true, true},
    };
    struct test_database *database = *state;
    const struct merchant merchant = direct();
    CLEANUP(pg_done) struct pg *finance = test_database_open(database, "payrecon_finance");
    struct err err = ERR_INIT;

    expect_good(merchant_add(database->pg, &merchant, NULL, (struct instant){0}, &err), &err);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        CLEANUP(arena_release) struct arena arena = ARENA_INIT;
        struct merchant loaded;
        bool changed = !steps[i].changed;

        expect_good(change(finance, steps[i].change, (struct instant){INSTANT_DAY}, &changed, &err),
                    &err);
        assert_int_equal(changed, steps[i].changed);
        expect_good(merchant_load_one(finance, merchant.mchid, &arena, &loaded, &err), &err);
        assert_int_equal(loaded.suspended, steps[i].suspended);
    }
    assert_string_equal(
        test_sql_value(database, "SELECT string_agg(concat_ws(' ', event_no, change, reason), ', '"
                                 " ORDER BY event_no) FROM recon.merchant_event"
                                 " WHERE who = 'payrecon_finance' AND at = '1970-01-02 00:00+00'"),
        "2 SUSPENDED because, 3 RESUMED because, 4 SUSPENDED because");
}

static void test_change_refused(void **state)
{
    struct test_database *database = *state;
    const struct merchant merchant = direct();
    const struct merchant_event blank = {.change = MERCHANT_SUSPENDED, .reason = VIEW(" ")};
    struct err err = ERR_INIT;
    bool changed = true;

    assert_false(change(database->pg, MERCHANT_SUSPENDED, (struct instant){0}, &changed, &err));
    assert_int_equal(err.kind, ERR_DATA);
    assert_non_null(strstr(err.text, "merchant 1900000109 is not known"));

    err = ERR_INIT;
    expect_good(merchant_add(database->pg, &merchant, NULL, (struct instant){0}, &err), &err);
    assert_false(merchant_change(database->pg, merchant.mchid, &blank, &changed, &err));
    assert_int_equal(err.kind, ERR_DATA);
    assert_string_equal(
        test_sql_value(database, "SELECT count(*) FROM recon.merchant WHERE suspended_at IS NULL"),
        "1");
}

/* Once for each exchange, however often it is said. */
static void test_keys_are_written_down_once(void **state)
{
    static const struct {
        const char *rotation;
        bool changed;
    } steps[] = {{"A1", true}, {"A1", false}, {"B2", true}, {"A1", false}, {"", true}, {"", true}};
    struct test_database *database = *state;
    const struct merchant merchant = direct();
    struct err err = ERR_INIT;

    expect_good(merchant_add(database->pg, &merchant, NULL, (struct instant){0}, &err), &err);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        const struct merchant_event event = {.change = MERCHANT_KEYS,
                                             .reason = VIEW("rotate-key"),
                                             .rotation = view_of(steps[i].rotation)};
        bool changed = !steps[i].changed;

        expect_good(merchant_change(database->pg, merchant.mchid, &event, &changed, &err), &err);
        assert_int_equal(changed, steps[i].changed);
    }
    assert_string_equal(
        test_sql_value(database, "SELECT string_agg(coalesce(rotation, '-'), ' ' ORDER BY event_no)"
                                 " FROM recon.merchant_event WHERE change = 'KEYS'"),
        "A1 B2 - -");
}

/* Everything at once, then the same again, then what is refused. */
static void test_edit(void **state)
{
    struct test_database *database = *state;
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    const struct merchant merchant = direct();
    const struct view appids[] = {VIEW("wx00000000000000aa"), merchant.appids[0]};
    struct merchant_edit edit = {.name = VIEW("新名"),
                                 .has_rate = true,
                                 .rate = {5400},
                                 .contact = {VIEW("李四"), VIEW("13900000000")},
                                 .appids = appids,
                                 .appid_count = 2,
                                 .store_appid = VIEW("wx00000000000000bb"),
                                 .reason = VIEW("合同"),
                                 .at = {INSTANT_DAY}};
    struct view changes;
    struct err err = ERR_INIT;

    expect_good(merchant_add(database->pg, &merchant, NULL, (struct instant){0}, &err), &err);
    expect_good(merchant_edit(database->pg, merchant.mchid, &edit, &arena, &changes, &err), &err);
    assert_string_equal(
        test_sql_value(database, "SELECT concat_ws(' | ', event_no, change, detail, reason,"
                                 " who = session_user, at = '1970-01-02 00:00+00')"
                                 " FROM recon.merchant_event WHERE event_no = 2"),
        "2 | EDITED | name 某某出行 to 新名; rate 6000 to 5400 ppm; contact; AppID "
        "wx00000000000000aa; AppID wx00000000000000bb of the stores | 合同 | t | t");
    assert_string_equal(test_sql_value(database,
                                       "SELECT concat_ws(' ', m.name, rate_ppm, c.name, mobile,"
                                       " (SELECT count(*) FROM recon.merchant_app))"
                                       " FROM recon.merchant m JOIN recon.merchant_contact c USING "
                                       "(mchid)"),
                        "新名 5400 李四 13900000000 4");

    expect_good(merchant_edit(database->pg, merchant.mchid, &edit, &arena, &changes, &err), &err);
    assert_int_equal(changes.length, 0);
    edit.store_appid = VIEW("wx00000000000000cc");
    assert_false(merchant_edit(database->pg, merchant.mchid, &edit, &arena, &changes, &err));
    assert_int_equal(err.kind, ERR_DATA);
    assert_non_null(strstr(err.text, "merchant 1900000109 has another mini program of the stores"));
    err = ERR_INIT;
    edit = (struct merchant_edit){.name = VIEW("x"), .reason = VIEW(" ")};
    assert_false(merchant_edit(database->pg, merchant.mchid, &edit, &arena, &changes, &err));
    assert_int_equal(err.kind, ERR_DATA);
    assert_string_equal(test_sql_value(database, "SELECT name FROM recon.merchant"), "新名");
    assert_string_equal(test_sql_value(database, "SELECT count(*) FROM recon.merchant_event"), "2");
}

/* Two who install keys of one signer: the second waits for another day, also from another host. */
static void test_keys_lock(void **state)
{
    struct test_database *database = *state;
    CLEANUP(pg_done) struct pg *other = test_database_open(database, "payrecon_job");
    struct err err = ERR_INIT;
    bool held = false;

    expect_good(merchant_keys_lock(database->pg, VIEW("1900000109"), &held, &err), &err);
    assert_true(held);
    expect_good(merchant_keys_lock(other, VIEW("1900000109"), &held, &err), &err);
    assert_false(held);
    expect_good(merchant_keys_lock(other, VIEW("1900000110"), &held, &err), &err);
    assert_true(held);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, test_database_setup,
                                        test_database_teardown),
        cmocka_unit_test_setup_teardown(test_twice, test_database_setup, test_database_teardown),
        cmocka_unit_test_setup_teardown(test_all_or_nothing, test_database_setup,
                                        test_database_teardown),
        cmocka_unit_test_setup_teardown(test_unknown, test_database_setup, test_database_teardown),
        cmocka_unit_test_setup_teardown(test_without_wechat, test_database_setup,
                                        test_database_teardown),
        cmocka_unit_test_setup_teardown(test_constraints, test_database_setup,
                                        test_database_teardown),
        cmocka_unit_test_setup_teardown(test_store_side_and_contact, test_database_setup,
                                        test_database_teardown),
        cmocka_unit_test_setup_teardown(test_suspend_and_resume, test_database_setup,
                                        test_database_teardown),
        cmocka_unit_test_setup_teardown(test_change_refused, test_database_setup,
                                        test_database_teardown),
        cmocka_unit_test_setup_teardown(test_keys_are_written_down_once, test_database_setup,
                                        test_database_teardown),
        cmocka_unit_test_setup_teardown(test_edit, test_database_setup, test_database_teardown),
        cmocka_unit_test_setup_teardown(test_keys_lock, test_database_setup,
                                        test_database_teardown),
    };

    return cmocka_run_group_tests_name("run/merchant", tests, NULL, NULL);
}
