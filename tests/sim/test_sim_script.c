/* Days, and what the simulator says to bad worlds. */
#include "test_world.h"
#include "world.h"

static void test_days(void **state)
{
    static const struct {
        const char *instant;
        int64_t seconds;
        const char *day;
    } cases[] = {
        {"1970-01-01T08:00:00+08:00", 0, "1970-01-01"},
        {"2026-05-31T23:59:59+08:00", 1780243199, "2026-05-31"},
        {"2026-05-31T16:00:00Z", 1780243200, "2026-06-01"},
        {"2024-02-29T12:00:00-05:00", 1709226000, "2024-03-01"},
    };
    static const char *const refused[] = {
        "2026-02-29T00:00:00Z",  "2026-13-01T00:00:00Z", "2026-05-31 00:00:00Z",
        "2026-05-31T24:00:00Z",  "2026-05-31T00:00:60Z", "2026-05-31T00:00:00",
        "2026-05-31T00:00:00+8", "2026-05-31",
    };
    int64_t seconds;
    char day[DAY_TEXT_SIZE];

    (void)state;
    for (size_t at = 0; at < sizeof(cases) / sizeof(cases[0]); at++) {
        assert_true(instant_parse(cases[at].instant, &seconds));
        assert_int_equal(seconds, cases[at].seconds);
        day_text(day_of(seconds), day);
        assert_string_equal(day, cases[at].day);
    }
    for (size_t at = 0; at < sizeof(refused) / sizeof(refused[0]); at++)
        assert_false(instant_parse(refused[at], &seconds));
}

static void test_three_months(void **state)
{
    static const struct {
        const char *day;
        const char *before;
    } cases[] = {
        {"2026-06-01", "2026-03-01"},
        {"2026-05-31", "2026-02-28"},
        {"2024-05-30", "2024-02-29"},
        {"2026-01-15", "2025-10-15"},
    };

    (void)state;
    for (size_t at = 0; at < sizeof(cases) / sizeof(cases[0]); at++) {
        char text[DAY_TEXT_SIZE];

        day_text(day_three_months_before(day_named(cases[at].day)), text);
        assert_string_equal(text, cases[at].before);
    }
}

/* Messages are "<file><message>". */
static const struct {
    const char *content;
    const char *message;
} bad_worlds[] = {
    {"# comment\n\n{\n", ":3: not JSON: string or '}' expected near end of file (column 1)"},
    {"{\"merchant\":{},\"payment\":{}}\n", ":1: expected an object with one key"},
    {"{\"shop\":{}}\n",
     ":1: unknown kind \"shop\", expected merchant, payment, refund, order or movement"},
    {"{\"payment\":[]}\n", ":1: \"payment\" is not an object"},
    {MERCHANT(",\"colour\":1"), ":1: unknown key \"colour\""},
    {"{\"merchant\":{\"mchid\":\"1\"}}\n", ":1: key \"name\" is missing"},
    {MERCHANT(",\"mode\":\"both\""), ":1: key \"mode\": expected certificate or public_key"},
    {MERCHANT(",\"layout\":\"new\""), ":1: key \"layout\": expected current or legacy"},
    {MERCHANT(",\"fund_style\":\"x\""), ":1: key \"fund_style\": expected fee_rows or net"},
    {MERCHANT("") MERCHANT(""), ":2: merchant 1900000001 is there twice"},
    {PAYMENT(""), ":1: no merchant \"1900000001\" above this line"},
    {MERCHANT("") PAYMENT(",\"row_appid\":\"a,b\""),
     ":2: key \"row_appid\": expected a text without comma, back-tick and control characters"},
    {MERCHANT("") PAYMENT(",\"repeat\":0"),
     ":2: key \"repeat\": expected a whole number from 1 to 1000"},
    {MERCHANT("") PAYMENT(",\"coupon_fen\":1.5"),
     ":2: key \"coupon_fen\": expected a whole number from 0 to 1000000000000"},
    {MERCHANT("") PAYMENT(",\"coupon_fen\":10001"), ":2: coupons are above total_fen"},
    {MERCHANT("") PAYMENT(",\"trade_bill\":0"), ":2: key \"trade_bill\": expected true or false"},
    {MERCHANT("") PAYMENT(",\"appid\":\"wxa\""),
     ":2: not JSON: duplicate object key near '\"appid\"' (column 166)"},
    {MERCHANT("") PAYMENT("") PAYMENT(""), ":3: transaction_id 42001 is there twice"},
    {MERCHANT("") REFUND("1", "2026-06-01T00:00:00+08:00", "1", ""),
     ":2: no payment with transaction_id 42001"},
    {MERCHANT("") PAYMENT("") REFUND("1", "2026-05-31T08:59:59+08:00", "1", ""),
     ":3: refund R1 is before its payment"},
    {MERCHANT("") PAYMENT("") REFUND("1", "2026-06-01T00:00:00", "1", ""),
     ":3: key \"time\": expected a time like 2026-05-31T23:59:59+08:00"},
    {MERCHANT("") PAYMENT("") REFUND("1", "2026-06-01T00:00:00+08:00", "1", "")
         REFUND("2", "2026-06-01T00:00:00+08:00", "10000", ""),
     ":4: refunds of 42001 are above its total_fen"},
};

static void test_bad_worlds(void **state)
{
    (void)state;
    for (size_t at = 0; at < sizeof(bad_worlds) / sizeof(bad_worlds[0]); at++) {
        char *path = temporary_file(bad_worlds[at].content);
        struct fail fail = {0};

        assert_null(world_load(path, &fail));
        assert_memory_equal(fail.text, path, strlen(path));
        assert_string_equal(fail.text + strlen(path), bad_worlds[at].message);
        assert_int_equal(fail.exit_code, 65);
        remove_file(path);
    }
}

static void test_long_line(void **state)
{
    struct text content = {0};
    struct fail fail = {0};
    char *path;

    (void)state;
    text_put(&content, "#\n{\"merchant\":{\"name\":\"");
    while (content.size < WORLD_LINE_MAX)
        text_putc(&content, 'x');
    text_put(&content, "\"}}\n");
    path = temporary_file(content.bytes);
    assert_null(world_load(path, &fail));
    assert_string_equal(fail.text + strlen(path), ":2: longer than 64 KiB");
    remove_file(path);
    text_release(&content);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_three_months),
        cmocka_unit_test(test_bad_worlds),
        cmocka_unit_test(test_long_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
