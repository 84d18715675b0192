/* The proof of one deposit: what was paid of it is what was given back, deducted, forfeited, and
 * held. Pure.
 *
 * As of an instant; the books' status is that of now, so it is held against what is so now. When
 * something was forfeited the contract does not say: what is forfeited counts so at any time. */
#ifndef REFUND_PROOF_H
#define REFUND_PROOF_H

#include "base/money.h"

#include <stdbool.h>

/* As the books and our requests have it. */
struct proof_deposit {
    bool recorded;       /* false: a deposit item was paid, and nobody recorded the deposit */
    bool paid;           /* its payment is PAID in the books */
    bool shared;         /* another deposit has the same payment item */
    bool has_item;       /* the payment has such a deposit item … */
    struct money item;   /* … of this amount */
    struct money amount; /* of the deposit */
    struct view status;  /* HELD, REFUND_DUE, REFUNDED, FORFEITED */
    struct money refunded, refunded_now; /* by then, and to this day */
    struct money deducted, deducted_now;
};

enum { PROOF_PROBLEM_MAX = 159 };

/* When it holds, paid = refunded + deducted + forfeited + held. `held` is never below zero. */
struct proof {
    struct money paid, refunded, deducted, forfeited, held;
    bool holds;
    char problem[PROOF_PROBLEM_MAX + 1]; /* why it does not hold; "" when it does */
};

struct proof proof_of_deposit(const struct proof_deposit *deposit);

/* Adds every amount, counts what does not hold. False when a sum leaves 64 bits. */
struct proof_sum {
    int64_t deposits, exceptions;
    struct money paid, refunded, deducted, forfeited, held;
};
bool proof_add(struct proof_sum *sum, const struct proof *proof);

/* The sums' identity, and no exception. */
bool proof_sum_holds(const struct proof_sum *sum);

#endif
