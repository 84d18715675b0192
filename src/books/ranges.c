#include "books/ranges.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

/* The number as a range of its own; false when it is not letters, then digits. */
static bool parse(struct view number, struct books_range *ret_range)
{
    struct books_range range = {.digits = 0};
    size_t at = 0;

    while (at < number.length && is_letter(number.at[at]))
        at++;
    if (at > BOOKS_PREFIX_MAX)
        return false;
    range.prefix_length = at;
    for (; at < number.length && range.digits < BOOKS_DIGITS_MAX && is_digit(number.at[at]); at++) {
        range.least = range.least * 10 + (uint64_t)(number.at[at] - '0');
        range.digits++;
    }
    range.most = range.least;
    memcpy(range.prefix, number.at, range.prefix_length);
    memcpy(range.least_text, number.at, at);
    memcpy(range.most_text, number.at, at);
    *ret_range = range;
    return range.digits > 0;
}

/* One more than nines would have another digit, and with it another place in the order. */
static bool has_next(const struct books_range *range)
{
    uint64_t limit = 1;

    for (size_t i = 0; i < range->digits; i++)
        limit *= 10;
    return range->most + 1 < limit;
}

static struct books_range *find(struct books_ranges *ranges, const struct books_range *like)
{
    for (size_t i = 0; i < ranges->count; i++) {
        struct books_range *range = &ranges->at[i];

        if (range->digits == like->digits && range->prefix_length == like->prefix_length &&
            memcmp(range->prefix, like->prefix, like->prefix_length) == 0)
            return range;
    }
    return NULL;
}

static void widen(struct books_range *range, const struct books_range *one)
{
    if (one->least < range->least) {
        range->least = one->least;
        memcpy(range->least_text, one->least_text, sizeof(range->least_text));
    }
    if (one->most > range->most) {
        range->most = one->most;
        memcpy(range->most_text, one->most_text, sizeof(range->most_text));
    }
}

/* Does the number lie in a range as far as its bytes tell? What is no digit there would not be
 * noticed, which is no worse than an order of the server's own. */
static bool is_inside(const struct books_range *range, struct view number)
{
    size_t length = range->prefix_length + range->digits;

    return number.length >= length && memcmp(number.at, range->least_text, length) >= 0 &&
           memcmp(number.at, range->most_text, length) <= 0;
}

void books_ranges_add(struct books_ranges *ranges, struct view number)
{
    struct books_range one;
    struct books_range *range;

    if (ranges->irregular || (ranges->count == 1 && is_inside(&ranges->at[0], number)))
        return;
    ranges->irregular = !parse(number, &one) || !has_next(&one);
    if (ranges->irregular)
        return;
    range = find(ranges, &one);
    if (range != NULL) {
        widen(range, &one);
    } else if (ranges->count < BOOKS_RANGES_MAX) {
        ranges->at[ranges->count++] = one;
    } else {
        ranges->irregular = true;
    }
}

static void write(const struct books_range *range, uint64_t digits, char *to, size_t size)
{
    int length = snprintf(to, size, "%.*s%0*llu", (int)range->prefix_length, range->prefix,
                          (int)range->digits, (unsigned long long)digits);

    assert(length > 0 && (size_t)length < size);
}

struct books_range_text books_range_text(const struct books_range *range)
{
    struct books_range_text text;

    write(range, range->least, text.from, sizeof(text.from));
    write(range, range->most + 1, text.to, sizeof(text.to));
    return text;
}
