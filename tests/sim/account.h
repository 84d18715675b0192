/* One account of a merchant, played forward in time: what moved it, and its balance. The same play
 * answers "can it pay this refund?" and writes the fund-flow bill, so the two cannot differ.
 *
 * At the same second: payments, other movements, refunds of the world, refunds accepted at run
 * time. Refunds that wait for money are paid in their order as soon as there is enough (FACTS
 * §5.2). */
#ifndef SIM_ACCOUNT_H
#define SIM_ACCOUNT_H

#include "world.h"

/* A merchant with what the run added to its world. Refunds and movements are sorted by time. */
struct shop {
    const struct merchant *merchant;
    struct refund **refunds;
    size_t refund_count;
    size_t refund_room;
    struct movement *movements;
    size_t movement_count;
    size_t movement_room;
};

enum account_row_kind {
    ACCOUNT_PAYMENT,
    ACCOUNT_FEE,
    ACCOUNT_REFUND,
    ACCOUNT_FEE_BACK,
    ACCOUNT_REFUND_CLOSED,
    ACCOUNT_FEE_AGAIN,
    ACCOUNT_MOVEMENT,
};

/* One row of the fund flow. `payment`, `refund` or `movement` is set, as the kind says. */
struct account_row {
    enum account_row_kind kind;
    int64_t time;
    int64_t amount_fen; /* > 0: money in; never 0 */
    int64_t balance_fen;
    const struct payment *payment;
    const struct refund *refund;
    const struct movement *movement;
};

/* Gets each row in time order. */
struct account_reader {
    void (*row)(void *context, const struct account_row *row);
    void *context;
};

/* A refund under way: waiting to be paid, or to be given back at a time. */
struct account_item {
    const struct refund *refund;
    struct refund *unfunded; /* the same where it waits to be paid */
    int64_t time;
};

struct account_queue {
    struct account_item *items;
    size_t count;
    size_t room;
};

struct account {
    const struct shop *shop;
    enum account_kind kind;
    struct account_reader reader; /* `row` NULL: nobody */
    int64_t balance_fen;
    int64_t reached;
    size_t payment; /* next of each source */
    size_t movement;
    size_t added_movement;
    size_t refund;
    size_t added_refund;
    struct account_queue waiting;
    struct account_queue closing;
};

/* Before everything. */
void account_start(struct account *account, const struct shop *shop, enum account_kind kind);
void account_release(struct account *account);

/* Plays all that happens up to and with `until`, which never goes back. Sets funded_at of the
 * refunds accepted by then. */
void account_advance(struct account *account, int64_t until);

#endif
