#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

static void stands_still_when_fixed(void **state)
{
    const struct clock clock = {.fixed = true, .at = {INT64_C(1780243199000001)}};

    (void)state;
    assert_int_equal(clock_now(&clock).us, INT64_C(1780243199000001));
    assert_int_equal(clock_now(&clock).us, INT64_C(1780243199000001));
}

static void is_the_machines_otherwise(void **state)
{
    const struct clock clock = {.fixed = false, .at = {1}};
    int64_t before = time(NULL);
    int64_t now = clock_now(&clock).us;
    int64_t after = time(NULL);

    (void)state;
    /* time() may lag behind by a tick of the kernel's */
    assert_true(now >= before * INSTANT_SECOND);
    assert_true(now < (after + 2) * INSTANT_SECOND);
}

static void measures_durations_that_never_run_backwards(void **state)
{
    int64_t first = clock_elapsed_us(), last = first;

    (void)state;
    for (int i = 0; i < 1000000 && last - first < 2000; i++) {
        int64_t now = clock_elapsed_us();

        assert_true(now >= last);
        last = now;
    }
    assert_true(last > first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stands_still_when_fixed),
        cmocka_unit_test(is_the_machines_otherwise),
        cmocka_unit_test(measures_durations_that_never_run_backwards),
    };
    return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
