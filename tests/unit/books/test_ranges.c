#include "books/ranges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { NUMBERS_MAX = 12 };

static const struct range_case {
    const char *name;
    const char *numbers[NUMBERS_MAX];
    const char *ranges; /* "from to;" of each, or "irregular" */
} cases[] = {
    {"none", {NULL}, ""},
    {"one", {"ZL20260531093000000123"}, "ZL202605310930000001 ZL202605310930000002;"},
    {"least and most, in any order", {"ZL12", "ZL10", "ZL17", "ZL11"}, "ZL10 ZL18;"},
    {"what follows the digits does not count",
     {"R20260531w", "R20260531", "R20260530wxmp"},
     "R20260530 R20260532;"},
    {"digits alone", {"20260531", "20260529"}, "20260529 20260532;"},
    {"zeros in front", {"A007", "A003"}, "A003 A008;"},
    {"each beginning has its own", {"A1", "B5", "A3"}, "A1 A4;B5 B6;"},
    {"and so has each number of digits", {"A10", "A9x", "A8"}, "irregular"},
    {"nines have no next number of their length", {"A98", "A99"}, "irregular"},
    {"letters alone", {"abc"}, "irregular"},
    {"other signs in front", {"R-20260531"}, "irregular"},
    {"letters beyond ASCII",
     {"\xe7\xa7\x9f"
      "2026"},
     "irregular"},
    {"nothing", {""}, "irregular"},
    {"a long beginning", {"ABCDEFGHIJKLMNOP1"}, "ABCDEFGHIJKLMNOP1 ABCDEFGHIJKLMNOP2;"},
    {"one that is too long", {"ABCDEFGHIJKLMNOPQ1"}, "irregular"},
    {"more digits than count",
     {"1234567890123456789", "1234567890123456700"},
     "123456789012345670 123456789012345679;"},
    {"as many beginnings as there is room for",
     {"A1", "B1", "C1", "D1", "E1", "F1", "G1", "H1"},
     "A1 A2;B1 B2;C1 C2;D1 D2;E1 E2;F1 F2;G1 G2;H1 H2;"},
    {"one more", {"A1", "B1", "C1", "D1", "E1", "F1", "G1", "H1", "I1"}, "irregular"},
    {"a beginning in the other case is another", {"a1", "A2"}, "a1 a2;A2 A3;"},
};

static void describe(const struct books_ranges *ranges, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    if (ranges->irregular) {
        (void)snprintf(text, size, "irregular");
        return;
    }
    for (size_t i = 0; i < ranges->count; i++) {
        struct books_range_text range = books_range_text(&ranges->at[i]);

        used += (size_t)snprintf(text + used, size - used, "%s %s;", range.from, range.to);
    }
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct books_ranges ranges = {.count = 0};
        char text[1024];

        print_message("# %s\n", cases[i].name);
        for (size_t at = 0; at < NUMBERS_MAX && cases[i].numbers[at] != NULL; at++)
            books_ranges_add(&ranges, view_of(cases[i].numbers[at]));
        describe(&ranges, text, sizeof(text));
        assert_string_equal(text, cases[i].ranges);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
