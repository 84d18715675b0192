/* Shared by the sources of read.h; nobody else includes it. */
#ifndef BOOKS_READ_STATE_H
#define BOOKS_READ_STATE_H

#include "books/read.h"

/* The empty view for NULL. */
struct view read_text(const struct pg_value *value);

/* Where rows of a record and an item go. */
struct read_filling {
    struct ledger *by_number; /* may be NULL */
    struct ledger *by_second; /* may be NULL: number and second text change places */
};

/* Takes number, second, appid, amount, status, time, item_no, kind, store_id, rental_no, item
 * amount; the context is a struct read_filling. */
bool read_fill(void *context, const struct pg_value *values, struct err *err);

/* Runs a query (mchid, from_no, to_no, rows_max) over each range. `*ret_whole` false: there are no
 * ranges of use, or there would be more than rows_max rows, and what `function` got is a part. */
struct read_ranges {
    const struct pg_query *query;
    const struct books_ranges *ranges;
    int64_t rows_max;
    pg_row_function *function;
    void *context;
};

bool read_in_ranges(struct pg *pg, struct view mchid, const struct read_ranges *read,
                    bool *ret_whole, struct err *err);

#endif
