#include "crypto/encode.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 1 << 20 };

struct pair {
    const char *bytes;
    const char *text;
};

/* RFC 4648 §10, and two that need '+' and '/'. */
static const struct pair base64_pairs[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xef\xbe", "++++"},
    {"\xff\xff\xff", "////"},
};

static void encodes_and_decodes_base64(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof base64_pairs / sizeof base64_pairs[0]; i++) {
        CLEANUP(buf_release) struct buf text = BUF_INIT(ROOM);
        CLEANUP(buf_release) struct buf bytes = BUF_INIT(ROOM);
        base64_encode(view_of(base64_pairs[i].bytes), &text);
        assert_string_equal(buf_text(&text), base64_pairs[i].text);
        assert_true(base64_decode(buf_view(&text), &bytes));
        assert_string_equal(buf_text(&bytes), base64_pairs[i].bytes);
    }
}

static void carries_every_length_and_byte(void **state)
{
    (void)state;
    static char every[9000];
    for (size_t i = 0; i < sizeof every; i++)
        every[i] = (char)(i * 37 + (i >> 8));
    for (size_t length = 0; length <= sizeof every; length += length < 70 ? 1 : 2977) {
        CLEANUP(buf_release) struct buf text = BUF_INIT(ROOM);
        CLEANUP(buf_release) struct buf bytes = BUF_INIT(ROOM);
        struct view original = view_from(every, length);
        base64_encode(original, &text);
        assert_int_equal(text.length, (length + 2) / 3 * 4);
        assert_true(base64_decode(buf_view(&text), &bytes));
        assert_true(view_equal(buf_view(&bytes), original));
        buf_clear(&text);
        buf_clear(&bytes);
        hex_encode(original, &text);
        assert_true(hex_decode(buf_view(&text), &bytes));
        assert_true(view_equal(buf_view(&bytes), original));
    }
}

static void refuses_other_spellings_of_base64(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Z",
        "Zg",
        "Zg=",
        "Zg===",
        "====",
        "=",
        "Zh==",
        "Zm9=",
        "Zg==Zg==",
        "Zm9v ",
        " Zm9v",
        "Zm9v\n",
        "Zm\n9v===",
        "Zm-v",
        "Zm_v",
        "Z=9v",
        "Zm=v",
        "Zm9v\r\n",
        "Zm9\x80",
        "=m9v",
        "WECHATPAY/SIGNTEST/",
        "WECHATPAY/SIGNTEST/ab=",
        "WECHATPAY/SIGNTEST/a\xc3\xa4=",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CLEANUP(buf_release) struct buf bytes = BUF_INIT(ROOM);
        buf_add_text(&bytes, "kept");
        assert_false(base64_decode(view_of(bad[i]), &bytes));
        assert_string_equal(buf_text(&bytes), "kept");
    }

    CLEANUP(buf_release) struct buf bytes = BUF_INIT(ROOM);
    assert_false(base64_decode(view_from("Zm\0v", 4), &bytes));
    assert_int_equal(bytes.length, 0);
}

static void hex_is_lower_and_read_in_either_case(void **state)
{
    (void)state;
    CLEANUP(buf_release) struct buf text = BUF_INIT(ROOM);
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(ROOM);
    hex_encode(view_from("\x00\x9a\xff", 3), &text);
    assert_string_equal(buf_text(&text), "009aff");
    assert_true(hex_decode(VIEW("009AfF"), &bytes));
    assert_true(view_equal(buf_view(&bytes), view_from("\x00\x9a\xff", 3)));

    buf_clear(&bytes);
    assert_false(hex_decode(VIEW("0"), &bytes));
    assert_false(hex_decode(VIEW("0g"), &bytes));
    assert_false(hex_decode(VIEW("0x12"), &bytes));
    assert_false(hex_decode(VIEW(" 00 "), &bytes));
    assert_int_equal(bytes.length, 0);
}

static void keeps_within_the_target(void **state)
{
    (void)state;
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(5);
    assert_true(base64_decode(VIEW("Zm9v"), &bytes));
    assert_false(base64_decode(VIEW("Zm9v"), &bytes));
    assert_false(hex_decode(VIEW("616263"), &bytes));
    assert_true(hex_decode(VIEW("6162"), &bytes));
    assert_string_equal(buf_text(&bytes), "fooab");
    assert_false(bytes.overflowed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodes_and_decodes_base64),
        cmocka_unit_test(carries_every_length_and_byte),
        cmocka_unit_test(refuses_other_spellings_of_base64),
        cmocka_unit_test(hex_is_lower_and_read_in_either_case),
        cmocka_unit_test(keeps_within_the_target),
    };
    return cmocka_run_group_tests_name("crypto/encode", tests, NULL, NULL);
}
