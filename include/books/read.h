/* Reads the rental contract (DOMAIN §4) into ledgers. The caller holds one PG_SNAPSHOT transaction
 * over all calls of a day. */
#ifndef BOOKS_READ_H
#define BOOKS_READ_H

#include "books/ledger.h"
#include "books/ranges.h"
#include "pg/pg.h"

/* From `from` on, before `to`. */
struct books_span {
    struct instant from, to;
};

struct books_numbers {
    const struct view *at;
    size_t count;
};

struct books_deposits {
    int64_t count;
    struct money sum;
};

/* Begins the snapshot, with memory for the join of a large day. */
bool books_begin(struct pg *pg, struct err *err);

struct books_day {
    struct ledger *payments;    /* paid within the span, with their items */
    struct ledger *refunds;     /* made by the platform within the span, with the item given back */
    struct books_ranges ranges; /* of the payments' numbers, when they were of use */
};

/* Reads a span by binary COPY into two empty ledgers. Cost follows the span, not the history: items
 * have no time of their own, so they are read by the ranges of the payments' numbers, and by a join
 * where the numbers lie too far apart. Refunds take their item from the payments where they can. */
bool books_read_day(struct pg *pg, struct view mchid, struct books_span span, struct books_day *day,
                    struct err *err);

struct books_payment_numbers {
    struct books_numbers out_trade_nos;
    struct books_numbers transaction_ids;
};

/* Payments with one of these numbers, of any time and status. `payments` is by out_trade_no,
 * `by_transaction` by transaction_id with out_trade_no as second text; either may be NULL. What is
 * added to `payments` counts as looked up. */
bool books_find_payments(struct pg *pg, struct view mchid,
                         const struct books_payment_numbers *numbers, struct ledger *payments,
                         struct ledger *by_transaction, struct err *err);

bool books_find_refunds(struct pg *pg, struct view mchid, struct books_numbers out_refund_nos,
                        struct ledger *refunds, struct err *err);

/* Paid payments of these rentals within the span. */
bool books_find_siblings(struct pg *pg, struct view mchid, struct books_numbers rental_nos,
                         struct books_span span, struct ledger *payments, struct err *err);

/* Deposits recorded for the paid payments of the span: how many, and the sum of the deposit items
 * that have one of their amount. By the payments that were read and the ranges of their numbers;
 * rows may be paired with those payments meanwhile. Once a day that was read. */
bool books_count_deposits_of(struct pg *pg, struct view mchid, struct books_span span,
                             const struct books_day *day, struct books_deposits *ret_deposits,
                             struct err *err);

/* The same by a join, whatever the numbers are. */
bool books_count_deposits(struct pg *pg, struct view mchid, struct books_span span,
                          struct books_deposits *ret_deposits, struct err *err);

/* Payments whose deposit items and deposits differ. Views live during the call. */
typedef bool books_deposit_function(void *context, struct view out_trade_no, struct money items,
                                    struct money deposits, struct err *err);
bool books_each_deposit_difference(struct pg *pg, struct view mchid, struct books_span span,
                                   books_deposit_function *function, void *context,
                                   struct err *err);

#endif
