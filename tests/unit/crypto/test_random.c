#include "crypto/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void nonces_are_32_hex_digits_and_differ(void **state)
{
    (void)state;
    struct nonce_text first = random_nonce();
    struct nonce_text second = random_nonce();
    assert_int_equal(strlen(first.s), 32);
    assert_int_equal(strspn(first.s, "0123456789ABCDEF"), 32);
    assert_string_not_equal(first.s, second.s);
}

static void numbers_reach_every_value_below_the_limit(void **state)
{
    (void)state;
    int seen[7] = {0};
    for (int i = 0; i < 1000; i++) {
        uint32_t value = random_below(7);
        assert_true(value < 7);
        seen[value]++;
    }
    /* Never seeing one of seven in a thousand draws: (6/7)^1000, less than 10^-66. */
    for (size_t i = 0; i < 7; i++)
        assert_true(seen[i] > 0);
    assert_int_equal(random_below(1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nonces_are_32_hex_digits_and_differ),
        cmocka_unit_test(numbers_reach_every_value_below_the_limit),
    };
    return cmocka_run_group_tests_name("crypto/random", tests, NULL, NULL);
}
