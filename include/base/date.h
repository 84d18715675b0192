/* Days and instants.
 *
 * `struct date` is a day number since 1970-01-01 in the proleptic Gregorian calendar, years
 * 1900–9999. `struct instant` is microseconds since 1970-01-01T00:00:00Z. They meet in one place
 * only: beijing_day and beijing_start, at +08:00, where there is no summer time (FACTS §3.4). A
 * bill day is a date; its instants are [beijing_start(day), beijing_start(day + 1)). The process's
 * time zone is never asked. */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include "base/view.h"

struct date {
    int32_t days;
};

struct instant {
    int64_t us;
};

struct date_text {
    char s[16];
};

struct instant_text {
    char s[40];
};

#define INSTANT_SECOND INT64_C(1000000)
#define INSTANT_MINUTE (60 * INSTANT_SECOND)
#define INSTANT_HOUR (60 * INSTANT_MINUTE)
#define INSTANT_DAY (24 * INSTANT_HOUR)

bool date_from_civil(int year, int month, int day, struct date *ret_date);
void date_to_civil(struct date date, int *ret_year, int *ret_month, int *ret_day);
struct date date_add(struct date date, int32_t days);
int date_weekday(struct date date); /* 1 Monday … 7 Sunday */

bool date_parse(struct view text, struct date *ret_date); /* exactly YYYY-MM-DD */
struct date_text date_text(struct date date);

struct date beijing_day(struct instant instant);
struct instant beijing_start(struct date day);

/* "2026-05-31 23:59:59", meant as Beijing time, as bills print it. */
bool instant_parse_beijing(struct view text, struct instant *ret_instant);

/* RFC 3339 with offset or Z, fraction of at most six digits: "2018-06-08T10:34:56+08:00". */
bool instant_parse_rfc3339(struct view text, struct instant *ret_instant);

struct instant_text instant_text(struct instant instant);         /* "2026-05-31T23:59:59+08:00" */
struct instant_text instant_text_beijing(struct instant instant); /* "2026-05-31 23:59:59" */

#endif
