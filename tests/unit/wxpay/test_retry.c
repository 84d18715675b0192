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

struct after_case {
    const char *header;
    int64_t seconds;
};

/* Seen at 1994-11-06 08:49:37.5 UTC. */
static const struct after_case afters[] = {
    {"", 0},
    {"0", 0},
    {"7", 7},
    {"86400", 86400},
    {"86401", 0},
    {"-1", 0},
    {"1.5", 0},
    {" 7", 0},
    {"Sun, 06 Nov 1994 08:49:38 GMT", 1},
    {"Sun, 06 Nov 1994 08:49:47 GMT", 10},
    {"Sun, 06 Nov 1994 08:49:37 GMT", 0},
    {"Sat, 05 Nov 1994 08:49:38 GMT", 0},
    {"Wed, 21 Oct 2026 07:28:00 GMT", 86400},
    {"Sun, 06 Nov 1994 08:49:47 UTC", 0},
    {"Sun, 06 Nov 1994 08:49:47", 0},
    {"Sun, 06 Nov 1994 24:49:47 GMT", 0},
    {"Sun, 06 Nov 1994 08:60:47 GMT", 0},
    {"Sun, 31 Nov 1994 08:49:47 GMT", 0},
    {"Sun, 06 nov 1994 08:49:47 GMT", 0},
    {"Sun, 6 Nov 1994 08:49:47 GMT", 0},
    {"Sunday, 06-Nov-94 08:49:47 GMT", 0},
    {"Sun Nov  6 08:49:47 1994", 0},
};

static void reads_both_forms_of_retry_after(void **state)
{
    struct instant now = {.us = 0};
    (void)state;
    assert_true(instant_parse_rfc3339(VIEW("1994-11-06T08:49:37.5Z"), &now));
    for (size_t i = 0; i < sizeof(afters) / sizeof(afters[0]); i++) {
        int64_t seconds = wxpay_retry_after_s(view_of(afters[i].header), now);
        if (seconds != afters[i].seconds)
            print_error("\"%s\"\n", afters[i].header);
        assert_int_equal(seconds, afters[i].seconds);
    }
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
        cmocka_unit_test(reads_both_forms_of_retry_after),
    };
    return cmocka_run_group_tests_name("wxpay/retry", tests, NULL, NULL);
}
