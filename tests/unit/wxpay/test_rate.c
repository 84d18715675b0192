#include "wxpay/endpoint.h"
#include "wxpay/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MS INT64_C(1000)
#define SECOND (1000 * MS)

static void a_request_counts_until_a_second_after_its_reply(void **state)
{
    struct wxpay_rate rate;
    int64_t at_us = 0;
    (void)state;
    wxpay_rate_init(&rate, (struct wxpay_rate_limit){3, 3, 0});
    for (int i = 0; i < 3; i++) {
        assert_true(wxpay_rate_may_send(&rate, 0, &at_us));
        wxpay_rate_sent(&rate);
    }
    assert_false(wxpay_rate_may_send(&rate, 5 * SECOND, &at_us));
    assert_int_equal(at_us, INT64_MAX); /* all three are still under way */
    wxpay_rate_replied(&rate, 5 * SECOND, false);
    wxpay_rate_replied(&rate, 5 * SECOND + 200 * MS, false);
    assert_false(wxpay_rate_may_send(&rate, 5 * SECOND + 900 * MS, &at_us));
    assert_int_equal(at_us, 6 * SECOND);
    assert_true(wxpay_rate_may_send(&rate, 6 * SECOND, &at_us));
    wxpay_rate_sent(&rate);
    assert_false(wxpay_rate_may_send(&rate, 6 * SECOND, &at_us));
    assert_int_equal(at_us, 6 * SECOND + 200 * MS);
}

static void goes_slowly_after_an_error(void **state)
{
    struct wxpay_rate rate;
    int64_t at_us = 0;
    (void)state;
    wxpay_rate_init(&rate, (struct wxpay_rate_limit){5, 2, 60 * SECOND});
    for (int i = 0; i < 4; i++) {
        assert_true(wxpay_rate_may_send(&rate, 0, &at_us));
        wxpay_rate_sent(&rate);
        wxpay_rate_replied(&rate, i * MS, i == 3);
    }
    /* Four are in this second; two of them have to go, and one more. */
    assert_false(wxpay_rate_may_send(&rate, 10 * MS, &at_us));
    assert_int_equal(at_us, SECOND + 2 * MS);
    assert_true(wxpay_rate_may_send(&rate, at_us, &at_us));
    wxpay_rate_sent(&rate);
    wxpay_rate_replied(&rate, 2 * SECOND, false);
    assert_true(wxpay_rate_may_send(&rate, 2 * SECOND, &at_us));
    wxpay_rate_sent(&rate);
    assert_false(wxpay_rate_may_send(&rate, 2 * SECOND, &at_us));
    assert_true(wxpay_rate_may_send(&rate, 61 * SECOND, &at_us)); /* a minute later all is well */
}

static void without_a_limit_anything_goes(void **state)
{
    struct wxpay_rate rate;
    int64_t at_us = 0;
    (void)state;
    wxpay_rate_init(&rate, (struct wxpay_rate_limit){0, 0, 0});
    for (int i = 0; i < 2 * WXPAY_RATE_MAX; i++) {
        assert_true(wxpay_rate_may_send(&rate, 0, &at_us));
        wxpay_rate_sent(&rate);
        wxpay_rate_replied(&rate, 0, true);
    }
}

/* However requests and replies fall, no second sees more than the limit arrive: each arrives
 * somewhere between being sent and being replied to. */
static void no_second_sees_more_than_the_limit(void **state)
{
    enum { SENT = 2000, LIMIT = 7 };
    static int64_t arrived[SENT], replied[SENT];
    struct wxpay_rate rate;
    uint32_t seed = 1;
    int sent = 0, settled = 0;
    (void)state;
    wxpay_rate_init(&rate, (struct wxpay_rate_limit){LIMIT, LIMIT, 0});
    for (int64_t now = 0; sent < SENT; now += 3 * MS) {
        int64_t at_us;
        for (; settled < sent && replied[settled] <= now; settled++)
            wxpay_rate_replied(&rate, now, false);
        if (!wxpay_rate_may_send(&rate, now, &at_us))
            continue;
        wxpay_rate_sent(&rate);
        seed = seed * 1664525 + 1013904223;
        int64_t least = sent == 0 ? now : replied[sent - 1] > now ? replied[sent - 1] : now;
        replied[sent] = least + (seed >> 16) % 100 * MS;
        arrived[sent] = now + (replied[sent] - now) * (seed >> 8 & 0xff) / 0xff;
        sent++;
    }
    for (int i = 0; i < SENT; i++) {
        int within = 0;
        for (int j = 0; j < SENT; j++)
            within += arrived[j] >= arrived[i] && arrived[j] < arrived[i] + SECOND;
        assert_true(within <= LIMIT);
    }
}

static void knows_the_documented_limits(void **state)
{
    (void)state;
    assert_int_equal(wxpay_endpoint_rules(WXPAY_FUND_APPLY)->limit.per_second, 3);
    assert_int_equal(wxpay_endpoint_rules(WXPAY_REFUND_CREATE)->limit.per_second, 150);
    assert_int_equal(wxpay_endpoint_rules(WXPAY_REFUND_CREATE)->limit.slow_per_second, 6);
    /* 5,000 a minute */
    assert_int_equal(wxpay_endpoint_rules(WXPAY_REFUND_CREATE)->old_orders.per_second, 83);
    assert_int_equal(wxpay_endpoint_rules(WXPAY_REFUND_QUERY)->limit.per_second, 300);
    for (int i = 0; i < WXPAY_ENDPOINTS; i++) {
        const struct wxpay_endpoint_rules *rules = wxpay_endpoint_rules((enum wxpay_endpoint)i);
        assert_int_equal(rules->may_repeat, rules->method == HTTP_GET);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_counts_until_a_second_after_its_reply),
        cmocka_unit_test(goes_slowly_after_an_error),
        cmocka_unit_test(without_a_limit_anything_goes),
        cmocka_unit_test(no_second_sees_more_than_the_limit),
        cmocka_unit_test(knows_the_documented_limits),
    };
    return cmocka_run_group_tests_name("wxpay/rate", tests, NULL, NULL);
}
