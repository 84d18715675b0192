#include "civil.h"

#include <stddef.h>
#include <string.h>

struct civil {
    int year;
    int month;
    int day;
};

/* Days are counted from 1 March, so that the leap day is the last one of its year; 400 years
 * repeat. */
static int32_t civil_to_day(struct civil civil)
{
    int year = civil.month <= 2 ? civil.year - 1 : civil.year;
    int month = civil.month <= 2 ? civil.month + 9 : civil.month - 3;
    int era = (year >= 0 ? year : year - 399) / 400;
    int of_era = year - era * 400;
    int of_year = (153 * month + 2) / 5 + civil.day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static struct civil civil_of_day(int32_t day)
{
    int32_t shifted = day + 719468;
    int era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int in_era = shifted - era * 146097;
    int year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int in_year = in_era - (365 * year + year / 4 - year / 100);
    int month = (5 * in_year + 2) / 153;
    struct civil civil = {.day = in_year - (153 * month + 2) / 5 + 1};

    civil.month = month < 10 ? month + 3 : month - 9;
    civil.year = year + era * 400 + (civil.month <= 2 ? 1 : 0);
    return civil;
}

static bool digits_at(const char *text, size_t count, int *ret_value)
{
    int value = 0;

    for (size_t at = 0; at < count; at++) {
        if (text[at] < '0' || text[at] > '9')
            return false;
        value = value * 10 + (text[at] - '0');
    }
    *ret_value = value;
    return true;
}

/* The first ten characters of `text`. */
static bool date_at(const char *text, int32_t *ret_day)
{
    struct civil civil;
    struct civil back;
    int32_t day;

    if (strnlen(text, 10) < 10 || text[4] != '-' || text[7] != '-' ||
        !digits_at(text, 4, &civil.year) || !digits_at(text + 5, 2, &civil.month) ||
        !digits_at(text + 8, 2, &civil.day) || civil.month < 1 || civil.month > 12 || civil.day < 1)
        return false;
    day = civil_to_day(civil);
    back = civil_of_day(day);
    if (back.month != civil.month || back.day != civil.day)
        return false;
    *ret_day = day;
    return true;
}

bool day_parse(const char *text, int32_t *ret_day)
{
    return strlen(text) == 10 && date_at(text, ret_day);
}

static bool offset_parse(const char *text, int *ret_seconds)
{
    int hours;
    int minutes;

    if (strcmp(text, "Z") == 0) {
        *ret_seconds = 0;
        return true;
    }
    if (strlen(text) != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':' ||
        !digits_at(text + 1, 2, &hours) || !digits_at(text + 4, 2, &minutes) || hours > 23 ||
        minutes > 59)
        return false;
    *ret_seconds = (hours * 60 + minutes) * (text[0] == '-' ? -60 : 60);
    return true;
}

bool instant_parse(const char *text, int64_t *ret_instant)
{
    int32_t day;
    int hour;
    int minute;
    int second;
    int offset;

    if (strnlen(text, 19) < 19 || !date_at(text, &day) || text[10] != 'T' || text[13] != ':' ||
        text[16] != ':' || !digits_at(text + 11, 2, &hour) || !digits_at(text + 14, 2, &minute) ||
        !digits_at(text + 17, 2, &second) || hour > 23 || minute > 59 || second > 59 ||
        !offset_parse(text + 19, &offset))
        return false;
    *ret_instant = (int64_t)day * DAY_S + hour * 3600 + minute * 60 + second - offset;
    return true;
}

int32_t day_of(int64_t instant)
{
    int64_t beijing = instant + BEIJING_OFFSET_S;

    return (int32_t)((beijing >= 0 ? beijing : beijing - (DAY_S - 1)) / DAY_S);
}

int64_t day_start(int32_t day)
{
    return (int64_t)day * DAY_S - BEIJING_OFFSET_S;
}

int32_t day_three_months_before(int32_t day)
{
    struct civil civil = civil_of_day(day);
    struct civil next = {civil.year, civil.month - 2, 1};
    int32_t earlier;
    int32_t last;

    if (next.month < 1) {
        next.month += 12;
        next.year--;
    }
    last = civil_to_day(next) - 1;
    earlier = last - civil_of_day(last).day + civil.day;
    return earlier < last ? earlier : last;
}

static void two_digits(char *out, int value)
{
    out[0] = (char)('0' + value / 10);
    out[1] = (char)('0' + value % 10);
}

void day_text(int32_t day, char out[static DAY_TEXT_SIZE])
{
    struct civil civil = civil_of_day(day);

    two_digits(out, civil.year / 100);
    two_digits(out + 2, civil.year % 100);
    out[4] = '-';
    two_digits(out + 5, civil.month);
    out[7] = '-';
    two_digits(out + 8, civil.day);
    out[10] = '\0';
}

void time_text(int64_t instant, char out[static TIME_TEXT_SIZE])
{
    int32_t day = day_of(instant);
    int second = (int)(instant - day_start(day));

    day_text(day, out);
    out[10] = ' ';
    two_digits(out + 11, second / 3600);
    out[13] = ':';
    two_digits(out + 14, second / 60 % 60);
    out[16] = ':';
    two_digits(out + 17, second % 60);
    out[19] = '\0';
}

void instant_text(int64_t instant, char out[static INSTANT_TEXT_SIZE])
{
    char beijing[TIME_TEXT_SIZE];

    time_text(instant, beijing);
    beijing[10] = 'T';
    memcpy(out, beijing, TIME_TEXT_SIZE - 1);
    memcpy(out + TIME_TEXT_SIZE - 1, "+08:00", sizeof("+08:00"));
}
