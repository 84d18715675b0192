#include "text/encoding.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    struct view bytes;
    const char *text;
} good[] = {
    {VIEW_INIT(""), ""},
    {VIEW_INIT("plain\r\n"), "plain\r\n"},
    {VIEW_INIT("押金"), "押金"},
    {VIEW_INIT("\xEF\xBB\xBF押金"), "\xEF\xBB\xBF押金"},
    {VIEW_INIT("\xD1\xBA\xBD\xF0,\xB1\xE0\xBA\xC5\n"), "押金,编号\n"},
    {VIEW_INIT("\xD1\xBA\xBD\xF0\x95\x32\x82\x36"), "押金𠀀"}, /* four bytes: beyond GBK */
    {VIEW_INIT("\x84\x31\x95\x33\xD1\xBA\xBD\xF0"), "\xEF\xBB\xBF押金"}, /* its mark */
    {VIEW_INIT("\xC1\xAA\xCD\xA8"), "联通"}, /* looks like UTF-8 to who does not look closely */
};

static const struct {
    struct view bytes;
    const char *message;
} bad[] = {
    {VIEW_INIT("a\nb\n\xFF\n"), "line 3: neither UTF-8 nor GB18030"},
    {VIEW_INIT("\xD1\xBA\n\xBD\xF0\n\xD1"), "line 3: neither UTF-8 nor GB18030"}, /* cut off */
    {VIEW_INIT("\xEF\xBB\xBF"
               "a\n\xD1\xBA\xBD\xF0\n"),
     "line 2: not UTF-8, although the file says so"},
    {VIEW_INIT("\xFF\xFE"
               "a\0\n\0"),
     "line 1: a NUL byte: not UTF-8 and not GB18030"},
    {VIEW_INIT("a\nb\0\n"), "line 2: a NUL byte: not UTF-8 and not GB18030"},
};

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(good); i++) {
        CLEANUP(buf_release) struct buf text = BUF_INIT(1024);
        struct err err = ERR_INIT;

        expect_good(encoding_to_utf8(good[i].bytes, &text, &err), &err);
        assert_string_equal(buf_text(&text), good[i].text);
    }
}

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(bad); i++) {
        CLEANUP(buf_release) struct buf text = BUF_INIT(1024);
        struct err err = ERR_INIT;

        expect_err(encoding_to_utf8(bad[i].bytes, &text, &err), &err, ERR_DATA, bad[i].message);
    }
}

/* Larger than a piece of the converter, a character across each border. */
static void test_long(void **state)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(4 << 20);
    CLEANUP(buf_release) struct buf text = BUF_INIT(8 << 20);
    CLEANUP(buf_release) struct buf wanted = BUF_INIT(8 << 20);
    struct err err = ERR_INIT;

    (void)state;
    for (int i = 0; i < 300000; i++) {
        buf_add_text(&bytes, i % 7 == 0 ? "x" : "\xBD\xF0");
        buf_add_text(&wanted, i % 7 == 0 ? "x" : "金");
    }
    expect_good(encoding_to_utf8(buf_view(&bytes), &text, &err), &err);
    assert_true(view_equal(buf_view(&text), buf_view(&wanted)));
}

static void test_limit(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        CLEANUP(buf_release) struct buf text = BUF_INIT(5);
        struct err err = ERR_INIT;

        expect_err(
            encoding_to_utf8(i == 0 ? VIEW("abcdef") : VIEW("\xD1\xBA\xBD\xF0"), &text, &err), &err,
            ERR_LIMIT, "more than 5 bytes as UTF-8");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
