#include "base/date.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define BEIJING_OFFSET (8 * INSTANT_HOUR)

enum {
    YEAR_FIRST = 1900,
    YEAR_LAST = 9999,
    DAYS_OF_400_YEARS = 146097,
    DAYS_0000_03_01_TO_1970 = 719468
};

static int64_t floor_divide(int64_t value, int64_t divisor)
{
    int64_t quotient = value / divisor;

    return value % divisor < 0 ? quotient - 1 : quotient;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Years begin in March here, so that the leap day is the last one and months have a closed form. */
bool date_from_civil(int year, int month, int day, struct date *ret_date)
{
    int march_year, day_of_year, year_of_era;

    if (year < YEAR_FIRST || year > YEAR_LAST || month < 1 || month > 12 || day < 1 ||
        day > days_in_month(year, month))
        return false;
    march_year = month <= 2 ? year - 1 : year;
    year_of_era = march_year % 400;
    day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    ret_date->days = march_year / 400 * DAYS_OF_400_YEARS + year_of_era * 365 + year_of_era / 4 -
                     year_of_era / 100 + day_of_year - DAYS_0000_03_01_TO_1970;
    return true;
}

void date_to_civil(struct date date, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t days = (int64_t)date.days + DAYS_0000_03_01_TO_1970;
    int64_t era = floor_divide(days, DAYS_OF_400_YEARS);
    int day_of_era = (int)(days - era * DAYS_OF_400_YEARS);
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int march_month = (5 * day_of_year + 2) / 153;

    *ret_day = day_of_year - (153 * march_month + 2) / 5 + 1;
    *ret_month = march_month < 10 ? march_month + 3 : march_month - 9;
    *ret_year = (int)(era * 400) + year_of_era + (*ret_month <= 2);
}

struct date date_add(struct date date, int32_t days)
{
    return (struct date){date.days + days};
}

int date_weekday(struct date date)
{
    return (int)((((int64_t)date.days + 3) % 7 + 7) % 7) + 1;
}

/* Exactly `count` digits of `text` at `at`. */
static bool number_at(struct view text, size_t at, size_t count, int *ret_number)
{
    int number = 0;

    if (text.length < at + count)
        return false;
    for (size_t i = at; i < at + count; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        number = number * 10 + (text.at[i] - '0');
    }
    *ret_number = number;
    return true;
}

static bool byte_at(struct view text, size_t at, char byte)
{
    return text.length > at && text.at[at] == byte;
}

bool date_parse(struct view text, struct date *ret_date)
{
    int year, month, day;

    return text.length == 10 && number_at(text, 0, 4, &year) && byte_at(text, 4, '-') &&
           number_at(text, 5, 2, &month) && byte_at(text, 7, '-') && number_at(text, 8, 2, &day) &&
           date_from_civil(year, month, day, ret_date);
}

struct date_text date_text(struct date date)
{
    struct date_text text;
    int year, month, day;

    date_to_civil(date, &year, &month, &day);
    (void)snprintf(text.s, sizeof(text.s), "%04d-%02d-%02d", year, month, day);
    return text;
}

struct date beijing_day(struct instant instant)
{
    return (struct date){(int32_t)floor_divide(instant.us + BEIJING_OFFSET, INSTANT_DAY)};
}

struct instant beijing_start(struct date day)
{
    return (struct instant){(int64_t)day.days * INSTANT_DAY - BEIJING_OFFSET};
}

/* "hh:mm:ss" at `at` as microseconds of the day. */
static bool time_at(struct view text, size_t at, int64_t *ret_us)
{
    int hour, minute, second;

    if (!number_at(text, at, 2, &hour) || !byte_at(text, at + 2, ':') ||
        !number_at(text, at + 3, 2, &minute) || !byte_at(text, at + 5, ':') ||
        !number_at(text, at + 6, 2, &second) || hour > 23 || minute > 59 || second > 59)
        return false;
    *ret_us = hour * INSTANT_HOUR + minute * INSTANT_MINUTE + second * INSTANT_SECOND;
    return true;
}

bool instant_parse_beijing(struct view text, struct instant *ret_instant)
{
    struct date day;
    int64_t time_us;

    if (text.length != 19 || !date_parse(view_from(text.at, 10), &day) || !byte_at(text, 10, ' ') ||
        !time_at(text, 11, &time_us))
        return false;
    ret_instant->us = beijing_start(day).us + time_us;
    return true;
}

/* ".123" into microseconds; `*at` moves past it. Without a point: zero. */
static bool fraction_at(struct view text, size_t *at, int64_t *ret_us)
{
    int64_t us = 0;
    int count = 0;

    if (!byte_at(text, *at, '.')) {
        *ret_us = 0;
        return true;
    }
    (*at)++;
    for (; *at < text.length && text.at[*at] >= '0' && text.at[*at] <= '9'; (*at)++, count++) {
        if (count == 6)
            return false;
        us = us * 10 + (text.at[*at] - '0');
    }
    if (count == 0)
        return false;
    for (; count < 6; count++)
        us *= 10;
    *ret_us = us;
    return true;
}

/* "Z" or "+hh:mm" at the end of `text`. */
static bool offset_at(struct view text, size_t at, int64_t *ret_us)
{
    int hour, minute;
    bool negative = byte_at(text, at, '-');

    if (byte_at(text, at, 'Z') && text.length == at + 1) {
        *ret_us = 0;
        return true;
    }
    if ((!negative && !byte_at(text, at, '+')) || text.length != at + 6 ||
        !number_at(text, at + 1, 2, &hour) || !byte_at(text, at + 3, ':') ||
        !number_at(text, at + 4, 2, &minute) || hour > 23 || minute > 59)
        return false;
    *ret_us = (hour * INSTANT_HOUR + minute * INSTANT_MINUTE) * (negative ? -1 : 1);
    return true;
}

bool instant_parse_rfc3339(struct view text, struct instant *ret_instant)
{
    struct date day;
    int64_t time_us, fraction_us, offset_us;
    size_t at = 19;

    if (text.length < 20 || !date_parse(view_from(text.at, 10), &day) || !byte_at(text, 10, 'T') ||
        !time_at(text, 11, &time_us) || !fraction_at(text, &at, &fraction_us) ||
        !offset_at(text, at, &offset_us))
        return false;
    ret_instant->us = (int64_t)day.days * INSTANT_DAY + time_us + fraction_us - offset_us;
    return true;
}

static struct instant_text text_of(struct instant instant, const char *separator, const char *tail)
{
    struct instant_text text;
    struct date day = beijing_day(instant);
    int64_t second = floor_divide(instant.us - beijing_start(day).us, INSTANT_SECOND);

    (void)snprintf(text.s, sizeof(text.s), "%s%s%02d:%02d:%02d%s", date_text(day).s, separator,
                   (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60), tail);
    return text;
}

struct instant_text instant_text(struct instant instant)
{
    return text_of(instant, "T", "+08:00");
}

struct instant_text instant_text_beijing(struct instant instant)
{
    return text_of(instant, " ", "");
}
