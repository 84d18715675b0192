#include "refund/acts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../support/expect.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void test_read(void **state)
{
    struct refund_act act;

    (void)state;
    assert_true(refund_act_read(
        VIEW("7\t1780000000000000\tpayrecon_ops_checker\tAPPROVE\t2\thash 已核对"), &act));
    assert_int_equal(act.no, 7);
    assert_int_equal(act.at.us, 1780000000000000);
    expect_view(act.who, "payrecon_ops_checker");
    expect_view(act.act, "APPROVE");
    expect_view(act.subject, "2");
    expect_view(act.said, "hash 已核对");
    assert_true(refund_act_read(VIEW("1\t0\tx\tRESET\tTRIPPED\t"), &act));
    expect_view(act.said, "");
}

static void test_refused(void **state)
{
    static const struct view bad[] = {
        VIEW_INIT(""),
        VIEW_INIT("1"),
        VIEW_INIT("1\t0\tx\tRESET"),
        VIEW_INIT("x\t0\tx\tRESET\ty\tz"),
        VIEW_INIT("1\t-1\tx\tRESET\ty\tz"),
        VIEW_INIT("1\t0\tx\tRESET\ty\tz\tmore"),
        VIEW_INIT("99999999999999999999\t0\tx\tRESET\ty\tz"),
    };
    struct refund_act act = {.no = 42};

    (void)state;
    for (size_t i = 0; i < LENGTH(bad); i++)
        assert_false(refund_act_read(bad[i], &act));
    assert_int_equal(act.no, 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
