/* Beijing's civil time without the C library's zones. An instant is Unix seconds, a day counts from
 * 1970-01-01. */
#ifndef SIM_CIVIL_H
#define SIM_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

enum {
    BEIJING_OFFSET_S = 8 * 3600,
    DAY_S = 86400,
    DAY_NONE = INT32_MIN,
    DAY_TEXT_SIZE = sizeof("2026-05-31"),
    TIME_TEXT_SIZE = sizeof("2026-05-31 23:59:59"),
    INSTANT_TEXT_SIZE = sizeof("2026-05-31T23:59:59+08:00"),
};

/* RFC 3339 with `Z` or ±hh:mm and no fraction. */
bool instant_parse(const char *text, int64_t *ret_instant);

/* `yyyy-MM-dd`, a day that exists. */
bool day_parse(const char *text, int32_t *ret_day);

int32_t day_of(int64_t instant);
int64_t day_start(int32_t day);

/* The same day three calendar months earlier (the last of the month when there is none). */
int32_t day_three_months_before(int32_t day);

void day_text(int32_t day, char out[static DAY_TEXT_SIZE]);
void time_text(int64_t instant, char out[static TIME_TEXT_SIZE]);
void instant_text(int64_t instant, char out[static INSTANT_TEXT_SIZE]);

#endif
