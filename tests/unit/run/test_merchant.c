#include "run/fetch.h"
#include "run/merchant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"

static void test_mchid(void **state)
{
    static const struct {
        const char *mchid;
        bool good;
    } cases[] = {
        {"19000001", true},     {"1900000109", true},  {"0000000000", true},  {"1900001", false},
        {"19000001090", false}, {"190000010x", false}, {" 190000010", false}, {"+190000010", false},
        {"-190000010", false},  {"../../keys", false}, {"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct err err = ERR_INIT;
        char wanted[128];

        if (cases[i].good) {
            expect_good(merchant_check_mchid(view_of(cases[i].mchid), &err), &err);
            continue;
        }
        (void)snprintf(wanted, sizeof(wanted), "\"%s\" is not a merchant number: 8 to 10 digits",
                       cases[i].mchid);
        expect_err(merchant_check_mchid(view_of(cases[i].mchid), &err), &err, ERR_USAGE, wanted);
    }
}

static void test_without_wechat(void **state)
{
    static const struct {
        const char *mchid;
        bool good;
    } cases[] = {
        {"none-a", true},
        {"none-green-ride-2", true},
        {"none-0123456789abcdef0123456789abcdef", true},
        {"none-", false},
        {"none-0123456789abcdef0123456789abcdef0", false},
        {"none-A", false},
        {"none-a b", false},
        {"none-../x", false},
        {"none-张", false},
        {"None-a", false},
        {"1900000109", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct err err = ERR_INIT;

        if (merchant_check_none(view_of(cases[i].mchid), &err) != cases[i].good)
            fail_msg("\"%s\"", cases[i].mchid);
        assert_int_equal(err.kind, cases[i].good ? ERR_NONE : ERR_USAGE);
    }
}

static void test_appid(void **state)
{
    static const struct {
        const char *appid;
        bool good;
    } cases[] = {
        {"wx0123456789abcdef", true},  {"wxffffffffffffffff", true},
        {"wx0123456789abcde", false},  {"wx0123456789abcdef0", false},
        {"wx0123456789abcdeg", false}, {"wx0123456789ABCDEF", false},
        {"ab0123456789abcdef", false}, {"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct err err = ERR_INIT;
        char wanted[128];

        if (cases[i].good) {
            expect_good(merchant_check_appid(view_of(cases[i].appid), &err), &err);
            continue;
        }
        (void)snprintf(wanted, sizeof(wanted), "\"%s\" is not an AppID: wx and 16 hex digits",
                       cases[i].appid);
        expect_err(merchant_check_appid(view_of(cases[i].appid), &err), &err, ERR_USAGE, wanted);
    }
}

/* Who signs, and which bills there are. */
static void test_modes(void **state)
{
    const struct merchant direct = {.mchid = VIEW("1900000109"), .fund_account = VIEW("BASIC")};
    const struct merchant partner = {
        .mchid = VIEW("1900000110"), .mode = MERCHANT_PARTNER, .sp_mchid = VIEW("1900000001")};
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct fetch_kinds kinds;

    (void)state;
    assert_string_equal(merchant_keys_dir(&direct, "/keys", &arena), "/keys/1900000109");
    assert_string_equal(merchant_keys_dir(&partner, "/keys", &arena), "/keys/1900000001");
    kinds = fetch_kinds_of(&direct);
    assert_int_equal(kinds.count, 2);
    assert_string_equal(kinds.at[0], "TRADE_ALL");
    assert_string_equal(kinds.at[1], "FUND_BASIC");
    kinds = fetch_kinds_of(&partner);
    assert_int_equal(kinds.count, 1);
    assert_string_equal(kinds.at[0], "TRADE_ALL");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mchid),
        cmocka_unit_test(test_without_wechat),
        cmocka_unit_test(test_appid),
        cmocka_unit_test(test_modes),
    };

    return cmocka_run_group_tests_name("run/merchant", tests, NULL, NULL);
}
