#include "text/utf8.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void finds_the_first_character(void **state)
{
    static const struct {
        const char *text;
        size_t length;
        uint32_t code;
    } cases[] = {
        {"", 0, 0},
        {"ab", 1, 'a'},
        {"\x7F", 1, 0x7F},
        {"\xC2\x80x", 2, 0x80},
        {"你好", 3, 0x4F60},
        {"\xF0\x9F\x94\x8B", 4, 0x1F50B},
        {"\x80", 0, 0},
        {"\xC0\x80", 0, 0},
        {"\xE4\xBD", 0, 0},
        {"\xED\xA0\x80", 0, 0},
        {"\xF4\x90\x80\x80", 0, 0},
        {"\xFF", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        uint32_t code = 0;

        assert_int_equal(utf8_first(view_of(cases[i].text), &code), cases[i].length);
        assert_int_equal(code, cases[i].code);
    }
}

static void mends(void **state)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"你好", "你好"},
        {"\xFF", "\uFFFD"},
        {"a\xE4\xBD", "a\uFFFD\uFFFD"},
        {"\xE4\xBD\xA0\xE5\xA5", "你\uFFFD\uFFFD"},
        {"\x80\xC3x", "\uFFFD\uFFFDx"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        CLEANUP(buf_release) struct buf out = BUF_INIT(100);

        utf8_mend(view_of(cases[i][0]), &out);
        assert_string_equal(buf_text(&out), cases[i][1]);
    }
}

static void excerpts(void **state)
{
    static const char *const cases[][2] = {
        {"", ""},
        {"short", "short"},
        {"1234567890123456789012345678901234567890", "1234567890123456789012345678901234567890"},
        {"12345678901234567890123456789012345678901", "1234567890123456789012345678901234567890…"},
        {"123456789012345678901234567890123456789你好",
         "123456789012345678901234567890123456789你…"},
        {"a\r\n\x01\x7F"
         "b",
         "a    b"},
        {"\xFF\xFF", "\uFFFD\uFFFD"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_string_equal(utf8_excerpt(view_of(cases[i][0])).s, cases[i][1]);
    assert_string_equal(utf8_excerpt(view_from("a\0b", 3)).s, "a b");
}

/* The longest excerpt fits its room: 39 bytes, then one of four, then the mark. */
static void the_longest_excerpt_fits(void **state)
{
    struct utf8_excerpt excerpt;

    (void)state;
    excerpt = utf8_excerpt(
        VIEW("123456789012345678901234567890123456789\xF0\x9F\x94\x8B\xF0\x9F\x94\x8B"));
    assert_int_equal(strlen(excerpt.s), 39 + 4 + 3);
    assert_in_range(strlen(excerpt.s), 0, sizeof(excerpt.s) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_first_character),
        cmocka_unit_test(mends),
        cmocka_unit_test(excerpts),
        cmocka_unit_test(the_longest_excerpt_fits),
    };
    return cmocka_run_group_tests_name("text/utf8", tests, NULL, NULL);
}
