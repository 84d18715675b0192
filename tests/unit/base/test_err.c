#include "base/err.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void starts_without_error(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(err.kind, ERR_NONE);
    assert_string_equal(err.text, "");
    assert_string_equal(err.hint, "");
}

static void sets_kind_and_text_and_drops_the_hint(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_false(err_set(&err, ERR_LATER, "line %d: %s", 17, "not yet"));
    assert_false(err_hint(&err, "try again at %s", "10:00"));
    assert_int_equal(err.kind, ERR_LATER);
    assert_string_equal(err.text, "line 17: not yet");
    assert_string_equal(err.hint, "try again at 10:00");

    assert_false(err_set(&err, ERR_DATA, "after %s", err.text));
    assert_int_equal(err.kind, ERR_DATA);
    assert_string_equal(err.text, "after line 17: not yet");
    assert_string_equal(err.hint, "");

    err_clear(&err);
    assert_int_equal(err.kind, ERR_NONE);
    assert_string_equal(err.text, "");
}

static void wraps_from_the_inside_out(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    err_set(&err, ERR_ACCESS, "wrong key");
    err_hint(&err, "look");
    assert_false(err_wrap(&err, "line %d", 3));
    assert_false(err_wrap(&err, "bill of %s", "2026-05-31"));
    assert_string_equal(err.text, "bill of 2026-05-31: line 3: wrong key");
    assert_int_equal(err.kind, ERR_ACCESS);
    assert_string_equal(err.hint, "look");
    assert_false(err_wrap(&err, "%s", err.text));
    assert_string_equal(err.text, "bill of 2026-05-31: line 3: wrong key: "
                                  "bill of 2026-05-31: line 3: wrong key");
}

static void names_the_reason_of_the_system(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_false(err_set_errno(&err, ERR_IO, ENOSPC, "could not write \"%s\"", "x"));
    assert_int_equal(err.kind, ERR_IO);
    assert_string_equal(err.text, "could not write \"x\": No space left on device");
}

/* `ascii` times 'a', then one character again and again, far beyond the maximum. */
static void fill(char *text, size_t size, size_t ascii, const char *character)
{
    size_t length = ascii;

    memset(text, 'a', ascii);
    while (length + strlen(character) < size) {
        memcpy(text + length, character, strlen(character));
        length += strlen(character);
    }
    text[length] = '\0';
}

static size_t longest(size_t room, size_t before, const char *character)
{
    return before + (room - before) / strlen(character) * strlen(character);
}

static void cuts_between_characters(void **state)
{
    static const char *const characters[] = {"x", "é", "账", "🔋"};
    char text[2 * ERR_TEXT_MAX];

    (void)state;
    for (size_t c = 0; c < LENGTH(characters); c++) {
        for (size_t ascii = 0; ascii < 9; ascii++) {
            struct err err = ERR_INIT;

            fill(text, sizeof(text), ascii, characters[c]);
            err_set(&err, ERR_DATA, "%s", text);
            assert_int_equal(strlen(err.text), longest(ERR_TEXT_MAX - 1, ascii, characters[c]));
            assert_memory_equal(err.text, text, strlen(err.text));
            err_hint(&err, "%s", text);
            assert_int_equal(strlen(err.hint), longest(ERR_HINT_MAX - 1, ascii, characters[c]));
            err_wrap(&err, "ab");
            assert_int_equal(strlen(err.text), longest(ERR_TEXT_MAX - 1, ascii + 4, characters[c]));
            assert_memory_equal(err.text, "ab: ", 4);
            assert_memory_equal(err.text + 4, text, strlen(err.text) - 4);
        }
    }
}

/* What just fits is not cut, not even when it ends in a character of several bytes. */
static void keeps_what_just_fits(void **state)
{
    char text[ERR_TEXT_MAX];
    struct err err = ERR_INIT;

    (void)state;
    fill(text, sizeof(text), 0, "账");
    assert_int_equal(strlen(text), ERR_TEXT_MAX - 1);
    err_set(&err, ERR_DATA, "%s", text);
    assert_string_equal(err.text, text);
    err_set(&err, ERR_DATA, "%s", text + 9);
    err_wrap(&err, "1234567");
    assert_int_equal(strlen(err.text), ERR_TEXT_MAX - 1);
    assert_string_equal(err.text + strlen("1234567: "), text + 9);
}

static void cuts_a_prefix_that_is_too_long(void **state)
{
    char text[2 * ERR_TEXT_MAX];
    struct err err = ERR_INIT;

    (void)state;
    fill(text, sizeof(text), 1, "账");
    err_set(&err, ERR_DATA, "inner");
    err_wrap(&err, "%s", text);
    assert_int_equal(strlen(err.text), ERR_TEXT_MAX - 1);
    assert_memory_equal(err.text, text, longest(ERR_TEXT_MAX - 1, 1, "账"));
}

/* DESIGN §2 */
static void has_an_exit_code_and_a_name_for_each_kind(void **state)
{
    static const struct {
        enum err_kind kind;
        int code;
        const char *name;
    } cases[] = {
        {ERR_NONE, 0, "no error"},
        {ERR_USAGE, 64, "usage"},
        {ERR_DATA, 65, "bad data"},
        {ERR_LIMIT, 65, "too large"},
        {ERR_UNAVAILABLE, 69, "unavailable"},
        {ERR_BUG, 70, "internal error"},
        {ERR_IO, 74, "input or output"},
        {ERR_LATER, 75, "try again later"},
        {ERR_ACCESS, 77, "no access"},
        {ERR_CONFIG, 78, "configuration"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        assert_int_equal(err_exit_code(cases[i].kind), cases[i].code);
        assert_string_equal(err_kind_name(cases[i].kind), cases[i].name);
    }
}

/* Of two runs the one that needs a person sooner. */
static void knows_the_worse_of_two_codes(void **state)
{
    static const struct {
        enum exit_code code;
        const char *name;
    } by_severity[] = {
        {EXIT_CLEAN, "clean"},
        {EXIT_FINDINGS, "findings open"},
        {EXIT_TRY_LATER, "try again later"},
        {EXIT_NOT_AVAILABLE, "unavailable"},
        {EXIT_BAD_DATA, "bad data"},
        {EXIT_IO_ERROR, "input or output"},
        {EXIT_NO_ACCESS, "no access"},
        {EXIT_BAD_CONFIG, "configuration"},
        {EXIT_USAGE_ERROR, "usage"},
        {EXIT_INTERNAL, "internal error"},
    };

    (void)state;
    for (size_t a = 0; a < LENGTH(by_severity); a++) {
        assert_string_equal(exit_code_name(by_severity[a].code), by_severity[a].name);
        for (size_t b = 0; b < LENGTH(by_severity); b++)
            assert_int_equal(exit_code_worse(by_severity[a].code, by_severity[b].code),
                             by_severity[a > b ? a : b].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_without_error),
        cmocka_unit_test(sets_kind_and_text_and_drops_the_hint),
        cmocka_unit_test(wraps_from_the_inside_out),
        cmocka_unit_test(names_the_reason_of_the_system),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(keeps_what_just_fits),
        cmocka_unit_test(cuts_a_prefix_that_is_too_long),
        cmocka_unit_test(has_an_exit_code_and_a_name_for_each_kind),
        cmocka_unit_test(knows_the_worse_of_two_codes),
    };
    return cmocka_run_group_tests_name("base/err", tests, NULL, NULL);
}
