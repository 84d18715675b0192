#include "crypto/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct known {
    enum digest_kind kind;
    const char *message;
    size_t repeat;
    const char *hex;
};

/* FIPS 180 examples. */
static const struct known cases[] = {
    {DIGEST_SHA1, "", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    {DIGEST_SHA1, "abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {DIGEST_SHA1, "a", 1000000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"},
    {DIGEST_SHA256, "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {DIGEST_SHA256, "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {DIGEST_SHA256, "a", 1000000,
     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
};

static void gives_known_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(digest_release) struct digest digest;
        digest_init(&digest, cases[i].kind);
        for (size_t n = 0; n < cases[i].repeat; n++)
            digest_push(&digest, view_of(cases[i].message));
        struct digest_value value = digest_finish(&digest);
        assert_string_equal(digest_text(&value).s, cases[i].hex);
    }
}

static void begins_anew_after_finish(void **state)
{
    (void)state;
    CLEANUP(digest_release) struct digest digest;
    digest_init(&digest, DIGEST_SHA1);
    digest_push(&digest, VIEW("something else"));
    digest_finish(&digest);
    digest_push(&digest, VIEW("a"));
    digest_push(&digest, VIEW("bc"));
    struct digest_value value = digest_finish(&digest);

    assert_int_equal(value.length, 20);
    assert_string_equal(digest_text(&value).s, cases[1].hex);
}

static void digests_one_view(void **state)
{
    (void)state;
    struct digest_value value = digest_of(DIGEST_SHA256, VIEW("abc"));
    assert_int_equal(digest_view(&value).length, 32);
    assert_string_equal(digest_text(&value).s, cases[4].hex);

    value = digest_of(DIGEST_SHA1, (struct view){.at = NULL});
    assert_string_equal(digest_text(&value).s, cases[0].hex);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_known_values),
        cmocka_unit_test(begins_anew_after_finish),
        cmocka_unit_test(digests_one_view),
    };
    return cmocka_run_group_tests_name("crypto/digest", tests, NULL, NULL);
}
