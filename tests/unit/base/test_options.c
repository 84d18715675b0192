#include "base/options.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { ARGUMENTS_MAX = 16 };

/* What the command line sets, one of each type. */
struct settings {
    bool verbose;
    const char *config;
    struct option_texts merchants;
    struct date day;
    struct instant now;
    int64_t workers;
    bool verbose_given, config_given, merchants_given, day_given, now_given;
};

enum { ROWS = 6 };

static void rows_of(struct settings *settings, struct option_row *rows)
{
    const struct option_row all[ROWS] = {
        {"verbose", 'v', OPTION_FLAG, &settings->verbose, &settings->verbose_given, NULL,
         "say more"},
        {"config", 'c', OPTION_TEXT, &settings->config, &settings->config_given, "FILE",
         "the configuration"},
        {"merchant", 'm', OPTION_TEXTS, &settings->merchants, &settings->merchants_given, "MCHID",
         "only this one"},
        {"day", 'd', OPTION_DATE, &settings->day, &settings->day_given, "YYYY-MM-DD",
         "the bill day"},
        {"now", 0, OPTION_INSTANT, &settings->now, &settings->now_given, "TIME", "what time it is"},
        {"workers", 'w', OPTION_COUNT, &settings->workers, NULL, "N", "how many at once"},
    };

    memcpy(rows, all, sizeof(all));
}

/* Splits at blanks; `_` alone stands for an empty argument. */
static int split(char *line, char **arguments)
{
    static char program[] = "program";
    char *rest = line;
    int count = 0;

    arguments[count++] = program;
    while (rest != NULL && *rest != '\0') {
        char *word = rest;

        rest = strchr(word, ' ');
        if (rest != NULL)
            *rest++ = '\0';
        assert_true(count < ARGUMENTS_MAX);
        arguments[count++] = strcmp(word, "_") == 0 ? word + 1 : word;
    }
    return count;
}

static bool parse(const char *line, char *copy, struct settings *settings,
                  struct option_words *words, struct err *err)
{
    struct option_row rows[ROWS];
    char *arguments[ARGUMENTS_MAX];
    int count;

    *settings = (struct settings){.workers = -1};
    rows_of(settings, rows);
    memcpy(copy, line, strlen(line) + 1);
    count = split(copy, arguments);
    return options_parse(rows, ROWS, count, arguments, words, err);
}

static void sets_values_of_every_type(void **state)
{
    struct settings settings;
    struct option_words words;
    struct err err = ERR_INIT;
    char copy[256];

    (void)state;
    expect_good(parse("first --verbose -c a.conf --merchant=1900000001 -m 1900000002 second "
                      "--day 2026-05-31 --now=2026-06-01T10:30:00+08:00 -w 12 -",
                      copy, &settings, &words, &err),
                &err);
    assert_true(settings.verbose);
    assert_string_equal(settings.config, "a.conf");
    assert_int_equal(settings.merchants.count, 2);
    assert_string_equal(settings.merchants.at[0], "1900000001");
    assert_string_equal(settings.merchants.at[1], "1900000002");
    assert_string_equal(date_text(settings.day).s, "2026-05-31");
    assert_string_equal(instant_text(settings.now).s, "2026-06-01T10:30:00+08:00");
    assert_int_equal(settings.workers, 12);
    assert_int_equal(words.count, 3);
    assert_string_equal(words.at[0], "first");
    assert_string_equal(words.at[1], "second");
    assert_string_equal(words.at[2], "-");
    assert_true(settings.verbose_given && settings.config_given && settings.merchants_given &&
                settings.day_given && settings.now_given);
}

static void leaves_alone_what_is_not_given(void **state)
{
    struct settings settings;
    struct option_words words = {.count = 5};
    struct err err = ERR_INIT;
    char copy[8];

    (void)state;
    expect_good(parse("", copy, &settings, &words, &err), &err);
    assert_int_equal(words.count, 0);
    assert_int_equal(settings.workers, -1);
    assert_false(settings.verbose || settings.verbose_given || settings.day_given);
    assert_null(settings.config);
}

static void ends_options_at_two_dashes(void **state)
{
    struct settings settings;
    struct option_words words;
    struct err err = ERR_INIT;
    char copy[64];

    (void)state;
    expect_good(parse("-v -- --day -c --", copy, &settings, &words, &err), &err);
    assert_int_equal(words.count, 3);
    assert_string_equal(words.at[0], "--day");
    assert_string_equal(words.at[1], "-c");
    assert_string_equal(words.at[2], "--");
}

static void accepts_empty_texts_and_values_that_look_like_options(void **state)
{
    struct settings settings;
    struct option_words words;
    struct err err = ERR_INIT;
    char copy[64];

    (void)state;
    expect_good(parse("--config= -m --day -m a=b _", copy, &settings, &words, &err), &err);
    assert_string_equal(settings.config, "");
    assert_string_equal(settings.merchants.at[0], "--day");
    assert_string_equal(settings.merchants.at[1], "a=b");
    assert_int_equal(words.count, 1);
    assert_string_equal(words.at[0], "");
}

static const struct {
    const char *line, *error;
} REFUSED[] = {
    {"--colour", "unknown option --colour"},
    {"--colour=red", "unknown option --colour"},
    {"--Day 2026-05-31", "unknown option --Day"},
    {"--da 2026-05-31", "unknown option --da"},
    {"--days 2026-05-31", "unknown option --days"},
    {"--=x", "unknown option --"},
    {"-x", "unknown option -x"},
    {"-d2026-05-31", "unknown option -d2026-05-31"},
    {"-vc", "unknown option -vc"},
    {"--day", "option --day needs a value"},
    {"-d", "option --day needs a value"},
    {"--verbose --config", "option --config needs a value"},
    {"--verbose=yes", "option --verbose takes no value"},
    {"--verbose=", "option --verbose takes no value"},
    {"--verbose -v", "option --verbose is given twice"},
    {"-d 2026-05-31 --day=2026-05-31", "option --day is given twice"},
    {"--day=", "option --day: \"\" is not a day like 2026-05-31"},
    {"--day yesterday", "option --day: \"yesterday\" is not a day like 2026-05-31"},
    {"--day 2026-02-30", "option --day: \"2026-02-30\" is not a day like 2026-05-31"},
    {"--now 2026-05-31",
     "option --now: \"2026-05-31\" is not a time like 2026-06-01T10:30:00+08:00"},
    {"--workers -1", "option --workers: \"-1\" is not a whole number"},
    {"--workers 1.5", "option --workers: \"1.5\" is not a whole number"},
    {"--workers 1000000000001", "option --workers: \"1000000000001\" is not a whole number"},
    {"-w _", "option --workers: \"\" is not a whole number"},
};

static void refuses_in_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(REFUSED); i++) {
        struct settings settings;
        struct option_words words;
        struct err err = ERR_INIT;
        char copy[128];

        expect_err(parse(REFUSED[i].line, copy, &settings, &words, &err), &err, ERR_USAGE,
                   REFUSED[i].error);
    }
}

static void accepts_the_largest_count(void **state)
{
    struct settings settings;
    struct option_words words;
    struct err err = ERR_INIT;
    char copy[64];

    (void)state;
    expect_good(parse("-w 1000000000000", copy, &settings, &words, &err), &err);
    assert_int_equal(settings.workers, INT64_C(1000000000000));
}

static void limits_texts_and_words(void **state)
{
    static char *arguments[2 * OPTION_WORDS_MAX];
    static struct option_words words;
    struct settings settings = {.workers = 0};
    struct option_row rows[ROWS];
    struct err err = ERR_INIT;
    char text[] = "-mx", word[] = "word";

    (void)state;
    text[2] = '\0';
    rows_of(&settings, rows);
    for (size_t i = 0; i < LENGTH(arguments); i++)
        arguments[i] = i % 2 == 1 ? text : word;
    expect_good(options_parse(rows, ROWS, 1 + 2 * OPTION_TEXTS_MAX, arguments, &words, &err), &err);
    assert_int_equal(settings.merchants.count, OPTION_TEXTS_MAX);
    settings.merchants.count = 0;
    expect_err(options_parse(rows, ROWS, 3 + 2 * OPTION_TEXTS_MAX, arguments, &words, &err), &err,
               ERR_USAGE, "option --merchant is given more than 256 times");

    for (size_t i = 0; i < LENGTH(arguments); i++)
        arguments[i] = word;
    expect_good(options_parse(rows, ROWS, 1 + OPTION_WORDS_MAX, arguments, &words, &err), &err);
    assert_int_equal(words.count, OPTION_WORDS_MAX);
    expect_err(options_parse(rows, ROWS, 2 + OPTION_WORDS_MAX, arguments, &words, &err), &err,
               ERR_USAGE, "more than 4096 arguments");
}

static void prints_help(void **state)
{
    struct settings settings;
    struct option_row rows[ROWS];
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    (void)state;
    assert_non_null(out);
    rows_of(&settings, rows);
    options_help(rows, ROWS, out);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, "  -v, --verbose                  say more\n"
                              "  -c, --config FILE              the configuration\n"
                              "  -m, --merchant MCHID           only this one\n"
                              "  -d, --day YYYY-MM-DD           the bill day\n"
                              "      --now TIME                 what time it is\n"
                              "  -w, --workers N                how many at once\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_values_of_every_type),
        cmocka_unit_test(leaves_alone_what_is_not_given),
        cmocka_unit_test(ends_options_at_two_dashes),
        cmocka_unit_test(accepts_empty_texts_and_values_that_look_like_options),
        cmocka_unit_test(refuses_in_words),
        cmocka_unit_test(accepts_the_largest_count),
        cmocka_unit_test(limits_texts_and_words),
        cmocka_unit_test(prints_help),
    };
    return cmocka_run_group_tests_name("base/options", tests, NULL, NULL);
}
