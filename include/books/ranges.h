/* Numbers that begin alike, as few ranges of text. Pure.
 *
 * Platforms number their orders by time: letters, then digits that begin with the date. The numbers
 * of one day then lie close together in the key of every table that has them, and are read by range
 * instead of one by one or by a join. A range covers all numbers added and may cover others.
 *
 * Only letters and digits of ASCII count, and ranges differ in a digit: so nearly every collation
 * has the same order. A caller that must not miss anything looks for what it got none of by number.
 */
#ifndef BOOKS_RANGES_H
#define BOOKS_RANGES_H

#include "base/view.h"

/* 18 digits fit 64 bits, with room for one more. */
enum { BOOKS_RANGES_MAX = 8, BOOKS_PREFIX_MAX = 16, BOOKS_DIGITS_MAX = 18 };

struct books_range {
    char prefix[BOOKS_PREFIX_MAX]; /* letters */
    size_t prefix_length;
    size_t digits; /* how many follow that count */
    uint64_t least, most;
    char least_text[BOOKS_PREFIX_MAX + BOOKS_DIGITS_MAX]; /* prefix and digits of the least … */
    char most_text[BOOKS_PREFIX_MAX + BOOKS_DIGITS_MAX];  /* … and the most */
};

/* All zero: no numbers yet. */
struct books_ranges {
    struct books_range at[BOOKS_RANGES_MAX];
    size_t count;
    bool irregular; /* a number fits no range, or there are too many of them: they are of no use */
};

void books_ranges_add(struct books_ranges *ranges, struct view number);

/* From `from` on, before `to`. */
struct books_range_text {
    char from[BOOKS_PREFIX_MAX + BOOKS_DIGITS_MAX + 1];
    char to[BOOKS_PREFIX_MAX + BOOKS_DIGITS_MAX + 1];
};

struct books_range_text books_range_text(const struct books_range *range);

#endif
