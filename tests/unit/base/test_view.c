#include "base/view.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct view NOTHING = {NULL, 0};

static void makes_views(void **state)
{
    char text[32];

    (void)state;
    assert_int_equal(view_of("abc").length, 3);
    assert_int_equal(view_of(NULL).length, 0);
    assert_int_equal(VIEW("a\0b").length, 3);
    expect_view(view_from("abcdef", 2), "ab");
    (void)snprintf(text, sizeof(text), "<%.*s|%.*s>", VIEW_ARG(view_from("abc", 2)),
                   VIEW_ARG(NOTHING));
    assert_string_equal(text, "<ab|>");
    assert_int_equal(view_print_length(view_from("", (size_t)INT_MAX + 1)), INT_MAX);
}

static void compares(void **state)
{
    static const struct {
        const char *a, *b;
        bool equal, ignoring_case;
        int order;
    } cases[] = {
        {"", "", true, true, 0},          {"", "a", false, false, -1},
        {"a", "b", false, false, -1},     {"ab", "a", false, false, 1},
        {"a", "A", false, true, 1},       {"Zz-9", "zZ-9", false, true, -1},
        {"@", "`", false, false, -1},     {"[", "{", false, false, -1},
        {"é", "z", false, false, 1},      {"é", "É", false, false, 1},
        {"abc", "abd", false, false, -1},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct view a = view_of(cases[i].a), b = view_of(cases[i].b);
        int order = view_compare(a, b);

        assert_int_equal(view_equal(a, b), cases[i].equal);
        assert_int_equal(view_equal_text(a, cases[i].b), cases[i].equal);
        assert_int_equal(view_equal_ignore_case(a, b), cases[i].ignoring_case);
        assert_int_equal((order > 0) - (order < 0), cases[i].order);
        order = view_compare(b, a);
        assert_int_equal((order > 0) - (order < 0), -cases[i].order);
    }
    assert_true(view_equal(NOTHING, VIEW("")));
    assert_false(view_equal(VIEW("a\0b"), VIEW("a\0c")));
    assert_int_equal(view_compare(NOTHING, NOTHING), 0);
}

static void looks_at_ends(void **state)
{
    static const struct {
        const char *text, *part;
        bool starts, ends;
    } cases[] = {
        {"abcab", "ab", true, true}, {"abc", "abc", true, true},    {"abc", "", true, true},
        {"abc", "bc", false, true},  {"abc", "abcd", false, false}, {"", "a", false, false},
        {"", "", true, true},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        assert_int_equal(view_starts_with(view_of(cases[i].text), view_of(cases[i].part)),
                         cases[i].starts);
        assert_int_equal(view_ends_with(view_of(cases[i].text), view_of(cases[i].part)),
                         cases[i].ends);
    }
    assert_true(view_starts_with(NOTHING, NOTHING));
    assert_true(view_ends_with(NOTHING, NOTHING));
}

static void trims(void **state)
{
    (void)state;
    expect_view(view_trim(VIEW(" \t\r\n a b \n\r\t ")), "a b");
    expect_view(view_trim(VIEW(" \n ")), "");
    expect_view(view_trim(VIEW("\v\f")), "\v\f");
    expect_view(view_trim(NOTHING), "");
}

static void skips(void **state)
{
    struct view rest = VIEW("wxzff|1|2");

    (void)state;
    assert_false(view_skip(&rest, VIEW("wxzfg")));
    expect_view(rest, "wxzff|1|2");
    assert_true(view_skip(&rest, VIEW("wxzff|")));
    expect_view(rest, "1|2");
    assert_true(view_skip(&rest, VIEW("1|2")));
    expect_view(rest, "");
    assert_true(view_skip(&rest, VIEW("")));
    assert_false(view_skip(&rest, VIEW("x")));
    rest = NOTHING;
    assert_true(view_skip(&rest, NOTHING));
}

/* A separator at the end is not followed by an empty part. */
static void takes_parts(void **state)
{
    static const struct {
        const char *text, *parts;
    } cases[] = {
        {"", ""},      {"a", "<a>"}, {"a,b", "<a><b>"}, {",a,,b", "<><a><><b>"},
        {"a,", "<a>"}, {",", "<>"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct view rest = view_of(cases[i].text), part = VIEW("untouched");
        char seen[64] = "";
        size_t length = 0;

        while (view_take(&rest, ',', &part))
            length +=
                (size_t)snprintf(seen + length, sizeof(seen) - length, "<%.*s>", VIEW_ARG(part));
        assert_string_equal(seen, cases[i].parts);
        assert_int_equal(rest.length, 0);
    }
}

static void leaves_the_part_alone_at_the_end(void **state)
{
    struct view rest = NOTHING, part = VIEW("untouched");

    (void)state;
    assert_false(view_take(&rest, ',', &part));
    expect_view(part, "untouched");
}

static void reads_numbers(void **state)
{
    static const struct {
        const char *text;
        int64_t least, most;
        bool good;
        int64_t value;
    } cases[] = {
        {"0", 0, 9, true, 0},
        {"007", 0, 9, true, 7},
        {"9", 0, 9, true, 9},
        {"10", 0, 9, false, 0},
        {"4", 5, 9, false, 0},
        {"9223372036854775807", 0, INT64_MAX, true, INT64_MAX},
        {"9223372036854775808", 0, INT64_MAX, false, 0},
        {"99999999999999999999999999", 0, INT64_MAX, false, 0},
        {"", 0, 9, false, 0},
        {"-1", -5, 9, false, 0},
        {"+1", 0, 9, false, 0},
        {" 1", 0, 9, false, 0},
        {"1 ", 0, 9, false, 0},
        {"1.0", 0, 9, false, 0},
        {"0x1", 0, 9, false, 0},
        {"١", 0, 9, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        int64_t value = -77;

        assert_int_equal(
            view_to_int64(view_of(cases[i].text), cases[i].least, cases[i].most, &value),
            cases[i].good);
        assert_int_equal(value, cases[i].good ? cases[i].value : -77);
    }
    assert_false(view_to_int64(NOTHING, 0, 9, &(int64_t){0}));
    assert_false(view_to_int64(VIEW("1\0"), 0, 9, &(int64_t){0}));
}

/* Unicode, table 3-7: the borders of every row. */
static const struct {
    struct view text;
    bool good;
} UTF8_CASES[] = {
    {VIEW_INIT(""), true},
    {VIEW_INIT("\0"), true},
    {VIEW_INIT("\x7F"), true},
    {VIEW_INIT("\x80"), false},
    {VIEW_INIT("\xC1\xBF"), false},
    {VIEW_INIT("\xC2\x80"), true},
    {VIEW_INIT("\xDF\xBF"), true},
    {VIEW_INIT("\xC2"), false},
    {VIEW_INIT("\xC2\x7F"), false},
    {VIEW_INIT("\xC2\xC0"), false},
    {VIEW_INIT("\xE0\x9F\xBF"), false},
    {VIEW_INIT("\xE0\xA0\x80"), true},
    {VIEW_INIT("\xED\x9F\xBF"), true},
    {VIEW_INIT("\xED\xA0\x80"), false},
    {VIEW_INIT("\xED\xBF\xBF"), false},
    {VIEW_INIT("\xEE\x80\x80"), true},
    {VIEW_INIT("\xEF\xBF\xBF"), true},
    {VIEW_INIT("\xEF\xBF"), false},
    {VIEW_INIT("\xE4\xB8\x41"), false},
    {VIEW_INIT("\xF0\x8F\xBF\xBF"), false},
    {VIEW_INIT("\xF0\x90\x80\x80"), true},
    {VIEW_INIT("\xF4\x8F\xBF\xBF"), true},
    {VIEW_INIT("\xF4\x90\x80\x80"), false},
    {VIEW_INIT("\xF5\x80\x80\x80"), false},
    {VIEW_INIT("\xF8\x88\x80\x80\x80"), false},
    {VIEW_INIT("\xFE"), false},
    {VIEW_INIT("\xFF"), false},
};

/* Behind 0 to 20 plain bytes and before as many, so that each case meets the quick look at eight
 * bytes in every position. */
static void knows_utf8(void **state)
{
    char text[64];

    (void)state;
    for (size_t i = 0; i < LENGTH(UTF8_CASES); i++) {
        for (size_t before = 0; before <= 20; before++) {
            struct view part = UTF8_CASES[i].text;

            memset(text, 'x', sizeof(text));
            if (part.length > 0)
                memcpy(text + before, part.at, part.length);
            assert_int_equal(view_is_utf8(view_from(text, before + part.length)),
                             UTF8_CASES[i].good);
            assert_int_equal(view_is_utf8(view_from(text, sizeof(text))), UTF8_CASES[i].good);
        }
    }
    assert_true(view_is_utf8(NOTHING));
    assert_true(view_is_utf8(VIEW("共享电池租赁 🔋 plain text between 押金")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_views),
        cmocka_unit_test(compares),
        cmocka_unit_test(looks_at_ends),
        cmocka_unit_test(trims),
        cmocka_unit_test(skips),
        cmocka_unit_test(takes_parts),
        cmocka_unit_test(leaves_the_part_alone_at_the_end),
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(knows_utf8),
    };
    return cmocka_run_group_tests_name("base/view", tests, NULL, NULL);
}
