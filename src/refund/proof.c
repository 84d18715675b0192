#include "refund/proof.h"

#include <stdarg.h>
#include <stdio.h>

static void fail(struct proof *proof, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The first problem stays. */
static void fail(struct proof *proof, const char *format, ...)
{
    va_list args;

    if (!proof->holds)
        return;
    proof->holds = false;
    va_start(args, format);
    (void)vsnprintf(proof->problem, sizeof(proof->problem), format, args);
    va_end(args);
}

static struct money less(struct money from, struct money a, struct money b)
{
    return (struct money){from.fen - a.fen - b.fen};
}

/* What the books say it is, against what was done with it. */
static void check_status(const struct proof_deposit *deposit, struct proof *proof)
{
    struct money now = less(deposit->amount, deposit->refunded_now, deposit->deducted_now);

    if (now.fen < 0)
        fail(proof, "refunds and deductions exceed it by %s",
             money_text((struct money){-now.fen}).s);
    else if (view_equal(deposit->status, VIEW("REFUNDED")) && now.fen != 0)
        fail(proof, "REFUNDED in the books, but %s was neither refunded nor deducted",
             money_text(now).s);
    else if (view_equal(deposit->status, VIEW("HELD")) && now.fen == 0)
        fail(proof, "HELD in the books, but nothing of it is left");
    else if (!view_equal(deposit->status, VIEW("REFUNDED")) &&
             !view_equal(deposit->status, VIEW("HELD")) &&
             !view_equal(deposit->status, VIEW("REFUND_DUE")) &&
             !view_equal(deposit->status, VIEW("FORFEITED")))
        fail(proof, "status \"%.*s\" in the books", VIEW_ARG(deposit->status));
}

static void check_payment(const struct proof_deposit *deposit, struct proof *proof)
{
    if (!deposit->recorded)
        fail(proof, "%s was paid, and no deposit is recorded for it", money_text(deposit->item).s);
    else if (!deposit->paid)
        fail(proof, "its payment is not paid in the books");
    else if (!deposit->has_item)
        fail(proof, "its payment has no such deposit item");
    else if (deposit->item.fen != deposit->amount.fen)
        fail(proof, "its payment item is of %s", money_text(deposit->item).s);
    else if (deposit->shared)
        fail(proof, "another deposit has the same payment item");
}

struct proof proof_of_deposit(const struct proof_deposit *deposit)
{
    struct proof proof = {.holds = true};
    struct money rest;

    check_payment(deposit, &proof);
    if (!deposit->recorded) {
        proof.paid = proof.held = deposit->item;
        return proof;
    }
    if (!deposit->paid)
        return proof;
    proof.paid = deposit->amount;
    proof.refunded = deposit->refunded;
    proof.deducted = deposit->deducted;
    rest = less(deposit->amount, deposit->refunded, deposit->deducted);
    if (rest.fen < 0) {
        fail(&proof, "refunds and deductions exceed it by %s",
             money_text((struct money){-rest.fen}).s);
    } else if (view_equal(deposit->status, VIEW("FORFEITED"))) {
        proof.forfeited = rest;
    } else {
        proof.held = rest;
    }
    check_status(deposit, &proof);
    return proof;
}

bool proof_add(struct proof_sum *sum, const struct proof *proof)
{
    sum->deposits++;
    sum->exceptions += proof->holds ? 0 : 1;
    return money_add(&sum->paid, proof->paid) && money_add(&sum->refunded, proof->refunded) &&
           money_add(&sum->deducted, proof->deducted) &&
           money_add(&sum->forfeited, proof->forfeited) && money_add(&sum->held, proof->held);
}

bool proof_sum_holds(const struct proof_sum *sum)
{
    struct money right = sum->refunded;

    return sum->exceptions == 0 && money_add(&right, sum->deducted) &&
           money_add(&right, sum->forfeited) && money_add(&right, sum->held) &&
           right.fen == sum->paid.fen;
}
