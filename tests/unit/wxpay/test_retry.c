#include "wxpay/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct wxpay_retry policy = {
    .outcomes = WXPAY_OUTCOME_SERVER | WXPAY_OUTCOME_RATE,
    .attempts_max = 6,
    .base_ms = 100,
    .cap_ms = 1000,
    .wait_total_max_ms = 2500,
};

static int64_t next(struct wxpay_attempts *attempts, int64_t retry_after_s, uint32_t chance)
{
    int64_t wait_ms = -1;
    bool again =
        wxpay_retry_next(&policy, attempts, WXPAY_OUTCOME_SERVER, retry_after_s, chance, &wait_ms);
    assert_true(again == (wait_ms >= 0));
    return wait_ms;
}

static void doubles_up_to_the_cap(void **state)
{
    (void)state;
    struct wxpay_attempts attempts = {.count = 0};
    assert_int_equal(next(&attempts, 0, 0), 50);
    assert_int_equal(next(&attempts, 0, 0), 100);
    assert_int_equal(next(&attempts, 0, 0), 200);
    assert_int_equal(next(&attempts, 0, 0), 400);
    assert_int_equal(next(&attempts, 0, 0), 500);
    assert_int_equal(next(&attempts, 0, 0), -1); /* six attempts */
    assert_int_equal(attempts.count, 6);
    assert_int_equal(attempts.waited_ms, 1250);
}

static void draws_from_the_upper_half(void **state)
{
    (void)state;
    static const struct {
        uint32_t chance;
        int64_t wait_ms;
    } draws[] = {{0, 50}, {UINT32_MAX / 2, 74}, {UINT32_MAX / 2 + 1, 75}, {UINT32_MAX, 99}};
    for (size_t i = 0; i < sizeof(draws) / sizeof(draws[0]); i++) {
        struct wxpay_attempts attempts = {.count = 0};
        assert_int_equal(next(&attempts, 0, draws[i].chance), draws[i].wait_ms);
    }
}

static void keeps_to_the_total(void **state)
{
    (void)state;
    struct wxpay_attempts attempts = {.count = 3, .waited_ms = 2101};
    assert_int_equal(next(&attempts, 0, 0), -1);
    attempts = (struct wxpay_attempts){.count = 3, .waited_ms = 2100};
    assert_int_equal(next(&attempts, 0, 0), 400);
    assert_int_equal(attempts.waited_ms, 2500);
}

static void honours_retry_after_within_the_cap(void **state)
{
    (void)state;
    struct wxpay_attempts attempts = {.count = 0};
    assert_int_equal(next(&attempts, 1, 0), 1000);
    assert_int_equal(next(&attempts, 2, 0), -1);
}

static void repeats_only_what_it_may(void **state)
{
    (void)state;
    static const enum wxpay_outcome never[] = {WXPAY_OUTCOME_CONNECTION, WXPAY_OUTCOME_SIGNATURE,
                                               WXPAY_OUTCOME_FINAL};
    int64_t wait_ms = -1;
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
        struct wxpay_attempts attempts = {.count = 0};
        assert_false(wxpay_retry_next(&policy, &attempts, never[i], 0, 0, &wait_ms));
        assert_int_equal(attempts.count, 1);
    }
    struct wxpay_attempts attempts = {.count = 0};
    assert_true(wxpay_retry_next(&policy, &attempts, WXPAY_OUTCOME_RATE, 0, 0, &wait_ms));

    const struct wxpay_retry standard = WXPAY_RETRY_DEFAULT;
    attempts = (struct wxpay_attempts){.count = 0};
    assert_false(wxpay_retry_next(&standard, &attempts, WXPAY_OUTCOME_FINAL, 0, 0, &wait_ms));
}

static void the_default_ends_within_its_total(void **state)
{
    (void)state;
    const struct wxpay_retry standard = WXPAY_RETRY_DEFAULT;
    struct wxpay_attempts attempts = {.count = 0};
    int64_t wait_ms = 0;
    while (
        wxpay_retry_next(&standard, &attempts, WXPAY_OUTCOME_SIGNATURE, 10, UINT32_MAX, &wait_ms))
        assert_int_equal(wait_ms, 10000);
    assert_int_equal(attempts.count, 4);
    assert_int_equal(attempts.waited_ms, 30000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_up_to_the_cap),
        cmocka_unit_test(draws_from_the_upper_half),
        cmocka_unit_test(keeps_to_the_total),
        cmocka_unit_test(honours_retry_after_within_the_cap),
        cmocka_unit_test(repeats_only_what_it_may),
        cmocka_unit_test(the_default_ends_within_its_total),
    };
    return cmocka_run_group_tests_name("wxpay/retry", tests, NULL, NULL);
}
