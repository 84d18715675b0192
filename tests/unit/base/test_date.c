#include "base/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { BAD = -77 };

/* The calendar once more, a day at a time. */
struct calendar {
    int year, month, day;
    int weekday;
};

static bool leap(int year)
{
    return year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
}

static void next_day(struct calendar *calendar)
{
    bool thirty = calendar->month == 4 || calendar->month == 6 || calendar->month == 9 ||
                  calendar->month == 11;
    int last = calendar->month != 2 ? (thirty ? 30 : 31) : leap(calendar->year) ? 29 : 28;

    calendar->weekday = calendar->weekday % 7 + 1;
    if (++calendar->day <= last)
        return;
    calendar->day = 1;
    if (++calendar->month <= 12)
        return;
    calendar->month = 1;
    calendar->year++;
}

static void knows_every_day_from_1900_to_9999(void **state)
{
    struct calendar calendar = {1900, 1, 1, 1}; /* a Monday */
    int32_t days = -25567;

    (void)state;
    for (; calendar.year <= 9999; next_day(&calendar), days++) {
        struct date date = {0};
        int year, month, day;
        bool good = date_from_civil(calendar.year, calendar.month, calendar.day, &date);

        date_to_civil((struct date){days}, &year, &month, &day);
        if (!good || date.days != days || year != calendar.year || month != calendar.month ||
            day != calendar.day || date_weekday(date) != calendar.weekday)
            fail_msg("day %d is %04d-%02d-%02d", days, calendar.year, calendar.month, calendar.day);
    }
    assert_int_equal(days, 2932897);
}

static void reads_the_days_it_prints(void **state)
{
    (void)state;
    for (int32_t days = -25567; days < 2932897; days += 37) {
        struct date date = {BAD};

        assert_true(date_parse(view_of(date_text((struct date){days}).s), &date));
        assert_int_equal(date.days, days);
    }
    assert_string_equal(date_text((struct date){0}).s, "1970-01-01");
    assert_string_equal(date_text(date_add((struct date){0}, 365)).s, "1971-01-01");
    assert_string_equal(date_text(date_add((struct date){0}, -1)).s, "1969-12-31");
    assert_string_equal(date_text((struct date){2932896}).s, "9999-12-31");
}

static void parses_days(void **state)
{
    static const struct {
        const char *text;
        int32_t days;
    } cases[] = {
        {"1970-01-01", 0},
        {"2026-05-31", 20604},
        {"2024-02-29", 19782},
        {"2000-02-29", 11016},
        {"1900-01-01", -25567},
        {"9999-12-31", 2932896},
        {"1900-02-29", BAD},
        {"2100-02-29", BAD},
        {"2023-02-29", BAD},
        {"2026-04-31", BAD},
        {"2026-00-10", BAD},
        {"2026-13-01", BAD},
        {"2026-05-00", BAD},
        {"2026-05-32", BAD},
        {"1899-12-31", BAD},
        {"0000-01-01", BAD},
        {"2026-5-31", BAD},
        {"26-05-31", BAD},
        {"20260531", BAD},
        {"2026/05/31", BAD},
        {"2026-05-31 ", BAD},
        {" 2026-05-31", BAD},
        {"2026-05-311", BAD},
        {"2026-05-3", BAD},
        {"-026-05-31", BAD},
        {"2026-+5-31", BAD},
        {"2026-05-3a", BAD},
        {"10000-01-01", BAD},
        {"", BAD},
        {"yyyy-mm-dd", BAD},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct date date = {BAD};

        assert_int_equal(date_parse(view_of(cases[i].text), &date), cases[i].days != BAD);
        assert_int_equal(date.days, cases[i].days);
    }
    assert_false(date_parse((struct view){NULL, 0}, &(struct date){0}));
    assert_false(date_from_civil(10000, 1, 1, &(struct date){0}));
    assert_false(date_from_civil(2026, -1, 1, &(struct date){0}));
}

/* An instant, its day in Beijing, and the two ways it is printed. */
static const struct {
    int64_t us;
    const char *day, *printed, *in_bills;
} JOINS[] = {
    {0, "1970-01-01", "1970-01-01T08:00:00+08:00", "1970-01-01 08:00:00"},
    {-1, "1970-01-01", "1970-01-01T07:59:59+08:00", "1970-01-01 07:59:59"},
    {INT64_C(-28800000000), "1970-01-01", "1970-01-01T00:00:00+08:00", "1970-01-01 00:00:00"},
    {INT64_C(-28800000001), "1969-12-31", "1969-12-31T23:59:59+08:00", "1969-12-31 23:59:59"},
    {INT64_C(1780243199000000), "2026-05-31", "2026-05-31T23:59:59+08:00", "2026-05-31 23:59:59"},
    {INT64_C(1780243199999999), "2026-05-31", "2026-05-31T23:59:59+08:00", "2026-05-31 23:59:59"},
    {INT64_C(1780243200000000), "2026-06-01", "2026-06-01T00:00:00+08:00", "2026-06-01 00:00:00"},
    /* China had summer time in 1986–1991, Shanghai its own time before 1928; not here */
    {INT64_C(517514400000000), "1986-05-27", "1986-05-27T02:00:00+08:00", "1986-05-27 02:00:00"},
    {INT64_C(-2208988800000000), "1900-01-01", "1900-01-01T08:00:00+08:00", "1900-01-01 08:00:00"},
};

static void joins_days_and_instants_at_plus_eight(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(JOINS); i++) {
        struct instant instant = {JOINS[i].us}, back = {BAD};
        struct date day = beijing_day(instant);

        assert_string_equal(date_text(day).s, JOINS[i].day);
        assert_string_equal(instant_text(instant).s, JOINS[i].printed);
        assert_string_equal(instant_text_beijing(instant).s, JOINS[i].in_bills);
        assert_true(beijing_start(day).us <= instant.us);
        assert_true(instant.us < beijing_start(date_add(day, 1)).us);
        assert_true(instant_parse_beijing(view_of(JOINS[i].in_bills), &back));
        assert_true(back.us <= instant.us && instant.us < back.us + INSTANT_SECOND);
        assert_true(instant_parse_rfc3339(view_of(JOINS[i].printed), &back));
        assert_true(back.us <= instant.us && instant.us < back.us + INSTANT_SECOND);
    }
    for (int32_t days = -25567; days < 2932897; days += 1009) {
        struct instant start = beijing_start((struct date){days});

        assert_int_equal(beijing_day(start).days, days);
        assert_int_equal(beijing_day((struct instant){start.us - 1}).days, days - 1);
    }
}

/* TZ is set to something else, to a zone with summer time, to Shanghai itself. */
static void never_asks_the_time_zone(void **state)
{
    static const char *const zones[] = {"America/New_York",    "UTC",       "Asia/Shanghai",
                                        "Australia/Lord_Howe", ":/nowhere", ""};

    for (size_t i = 0; i < LENGTH(zones); i++) {
        assert_int_equal(setenv("TZ", zones[i], 1), 0);
        tzset();
        joins_days_and_instants_at_plus_eight(state);
    }
    assert_int_equal(unsetenv("TZ"), 0);
    tzset();
}

static void parses_the_times_of_bills(void **state)
{
    static const struct {
        const char *text;
        int64_t us;
    } cases[] = {
        {"2026-05-31 23:59:59", INT64_C(1780243199000000)},
        {"1970-01-01 08:00:00", 0},
        {"2026-05-31T23:59:59", BAD},
        {"2026-05-31 24:00:00", BAD},
        {"2026-05-31 23:60:00", BAD},
        {"2026-05-31 23:59:60", BAD},
        {"2026-05-31 23:59", BAD},
        {"2026-05-31 23:59:5", BAD},
        {"2026-05-31 3:59:59", BAD},
        {"2026-05-31 23:59:59.0", BAD},
        {"2026-05-31  3:59:59", BAD},
        {"2026-02-30 23:59:59", BAD},
        {"2026-05-31", BAD},
        {"", BAD},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct instant instant = {BAD};

        assert_int_equal(instant_parse_beijing(view_of(cases[i].text), &instant),
                         cases[i].us != BAD);
        assert_int_equal(instant.us, cases[i].us);
    }
}

static void parses_rfc3339(void **state)
{
    static const struct {
        const char *text;
        int64_t us;
    } cases[] = {
        {"2018-06-08T10:34:56+08:00", INT64_C(1528425296000000)},
        {"2018-06-08T02:34:56Z", INT64_C(1528425296000000)},
        {"2018-06-07T21:34:56-05:00", INT64_C(1528425296000000)},
        {"2018-06-08T08:04:56+05:30", INT64_C(1528425296000000)},
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00-00:00", 0},
        {"1970-01-01T00:00:00.1Z", 100000},
        {"1970-01-01T00:00:00.000001Z", 1},
        {"1970-01-01T00:00:00.123456+00:00", 123456},
        {"1970-01-01T00:00:00.120+00:00", 120000},
        {"1970-01-01T00:00:00.1234567Z", BAD},
        {"1970-01-01T00:00:00.99999999999999999999999999999999999999999Z", BAD},
        {"1970-01-01T00:00:00.Z", BAD},
        {"1970-01-01T00:00:00", BAD},
        {"1970-01-01T00:00:00.5", BAD},
        {"1970-01-01T00:00:00 Z", BAD},
        {"1970-01-01 00:00:00Z", BAD},
        {"1970-01-01T00:00:00z", BAD},
        {"1970-01-01t00:00:00Z", BAD},
        {"1970-01-01T00:00:00ZZ", BAD},
        {"1970-01-01T00:00:00+0800", BAD},
        {"1970-01-01T00:00:00+8:00", BAD},
        {"1970-01-01T00:00:00+08:00 ", BAD},
        {"1970-01-01T00:00:00+24:00", BAD},
        {"1970-01-01T00:00:00+08:60", BAD},
        {"1970-01-01T00:00:00+08", BAD},
        {"1970-01-01T24:00:00Z", BAD},
        {"1970-01-01T00:60:00Z", BAD},
        {"1970-01-01T00:00:60Z", BAD},
        {"1970-02-29T00:00:00Z", BAD},
        {"1970-01-01T00:00Z", BAD},
        {"Z", BAD},
        {"", BAD},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct instant instant = {BAD};

        if (instant_parse_rfc3339(view_of(cases[i].text), &instant) != (cases[i].us != BAD) ||
            instant.us != cases[i].us)
            fail_msg("\"%s\" became %lld", cases[i].text, (long long)instant.us);
    }
    assert_false(instant_parse_rfc3339((struct view){NULL, 0}, &(struct instant){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_every_day_from_1900_to_9999),
        cmocka_unit_test(reads_the_days_it_prints),
        cmocka_unit_test(parses_days),
        cmocka_unit_test(joins_days_and_instants_at_plus_eight),
        cmocka_unit_test(never_asks_the_time_zone),
        cmocka_unit_test(parses_the_times_of_bills),
        cmocka_unit_test(parses_rfc3339),
    };
    return cmocka_run_group_tests_name("base/date", tests, NULL, NULL);
}
