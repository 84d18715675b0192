#include "wxpay/retry.h"

#include <assert.h>

/* base × 2^(count-1), not above the cap. */
static int64_t step_ms(const struct wxpay_retry *policy, int count)
{
    int64_t step = policy->base_ms;
    for (int i = 1; i < count && step < policy->cap_ms; i++)
        step *= 2;
    return step < policy->cap_ms ? step : policy->cap_ms;
}

bool wxpay_retry_next(const struct wxpay_retry *policy, struct wxpay_attempts *attempts,
                      enum wxpay_outcome outcome, int64_t retry_after_s, uint32_t chance,
                      int64_t *ret_wait_ms)
{
    assert(policy->base_ms >= 0 && policy->cap_ms <= INT64_C(86400000));
    attempts->count++;
    if ((policy->outcomes & (unsigned)outcome) == 0 || attempts->count >= policy->attempts_max)
        return false;
    if (retry_after_s > policy->cap_ms / 1000)
        return false;

    int64_t step = step_ms(policy, attempts->count);
    int64_t jitter = (int64_t)((uint64_t)(step - step / 2) * chance >> 32);
    int64_t wait = step / 2 + jitter;
    if (wait < retry_after_s * 1000)
        wait = retry_after_s * 1000;
    if (wait > policy->wait_total_max_ms - attempts->waited_ms)
        return false;
    attempts->waited_ms += wait;
    *ret_wait_ms = wait;
    return true;
}

/* ---- Retry-After ----------------------------------------------------------------------------- */

/* Longer is as good as for ever. */
enum { AFTER_MAX_S = 24 * 60 * 60 };

static bool take_number(struct view *rest, size_t digits, char separator, int64_t *ret_number)
{
    struct view part;
    return view_take(rest, separator, &part) && part.length == digits &&
           view_to_int64(part, 0, 9999, ret_number);
}

static bool month_named(struct view name, int *ret_month)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (int i = 0; i < 12; i++) {
        if (view_equal_text(name, months[i])) {
            *ret_month = i + 1;
            return true;
        }
    }
    return false;
}

/* "08:49:37 GMT" */
static bool read_time(struct view *rest, int64_t *ret_us)
{
    int64_t hour, minute, second;

    if (!take_number(rest, 2, ':', &hour) || !take_number(rest, 2, ':', &minute) ||
        !take_number(rest, 2, ' ', &second) || !view_equal_text(*rest, "GMT"))
        return false;
    *ret_us = hour * INSTANT_HOUR + minute * INSTANT_MINUTE + second * INSTANT_SECOND;
    return hour <= 23 && minute <= 59 && second <= 60;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT"; the weekday is not held against the date. */
static bool read_date(struct view text, struct instant *ret_instant)
{
    struct view rest = text, weekday, month_name;
    int64_t day, year, time_us;
    int month;
    struct date date;

    if (!view_take(&rest, ' ', &weekday) || weekday.length != 4 || weekday.at[3] != ',' ||
        !take_number(&rest, 2, ' ', &day) || !view_take(&rest, ' ', &month_name) ||
        !month_named(month_name, &month) || !take_number(&rest, 4, ' ', &year) ||
        !read_time(&rest, &time_us) || !date_from_civil((int)year, month, (int)day, &date))
        return false;
    ret_instant->us = date.days * INSTANT_DAY + time_us;
    return true;
}

int64_t wxpay_retry_after_s(struct view header, struct instant now)
{
    struct instant at;
    int64_t seconds = 0;

    if (view_to_int64(header, 0, AFTER_MAX_S, &seconds))
        return seconds;
    if (!read_date(header, &at) || at.us <= now.us)
        return 0;
    seconds = (at.us - now.us + INSTANT_SECOND - 1) / INSTANT_SECOND;
    return seconds < AFTER_MAX_S ? seconds : AFTER_MAX_S;
}
