#include "run/merchant_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct mask_case {
    const char *plain, *masked;
};

static void expect_masked(void (*mask)(struct view plain, struct buf *masked),
                          const struct mask_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CLEANUP(buf_release) struct buf seen = BUF_INIT(100);

        mask(view_of(cases[i].plain), &seen);
        assert_string_equal(buf_text(&seen), cases[i].masked);
    }
}

static void test_names(void **state)
{
    static const struct mask_case cases[] = {
        {"张三", "张**"}, {"欧阳锋", "欧**"}, {"Li Lei", "L**"}, {"𠮷野", "𠮷**"}, {"", "**"},
    };

    (void)state;
    expect_masked(merchant_mask_name, cases, sizeof(cases) / sizeof(cases[0]));
}

/* More is hidden than shown, or nothing is shown. */
static void test_mobiles(void **state)
{
    static const struct mask_case cases[] = {
        {"13812345678", "138****5678"},
        {"+8613812345678", "+86****5678"},
        {"1234567890", "***"},
        {"123456", "***"},
        {"", "***"},
    };

    (void)state;
    expect_masked(merchant_mask_mobile, cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_mobiles),
    };

    return cmocka_run_group_tests_name("run/merchant_view", tests, NULL, NULL);
}
