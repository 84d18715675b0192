#include "run/merchant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, test_database_setup,
                                        test_database_teardown),
        cmocka_unit_test_setup_teardown(test_twice, test_database_setup, test_database_teardown),
        cmocka_unit_test_setup_teardown(test_all_or_nothing, test_database_setup,
                                        test_database_teardown),
        cmocka_unit_test_setup_teardown(test_unknown, test_database_setup, test_database_teardown),
    };

    return cmocka_run_group_tests_name("run/merchant", tests, NULL, NULL);
}
