/* Where the money of a bill day went, as parts that add up to its trade bill (DOMAIN §6). Pure.
 *
 * Payments and refunds are both positive and never netted; a fee is less what was returned. */
#ifndef SETTLE_PARTS_H
#define SETTLE_PARTS_H

#include "base/err.h"
#include "base/memory.h"
#include "base/money.h"

enum settle_part_kind {
    PART_STORE,        /* key: the store */
    PART_UNATTRIBUTED, /* key: the store that is unknown or closed, "-" for none */
    PART_HELD,         /* key: class of the finding; counts are rows of the bill */
    PART_OPERATOR,     /* key: kind of item, or COUPON */
};

struct settle_part {
    enum settle_part_kind kind;
    struct view key;
    int64_t payment_items, refund_items;
    struct money payments, refunds;
    struct fee fee;
};

/* In the order of kind, then key. */
struct settle_parts {
    struct arena arena; /* the keys */
    struct settle_part *at;
    size_t count, capacity;
};

#define SETTLE_PARTS_INIT ((struct settle_parts){.arena = ARENA_INIT})

const char *settle_part_name(enum settle_part_kind kind);
bool settle_part_by_name(struct view name, enum settle_part_kind *ret_kind);

/* The part of this name, made when it is missing. Valid until the next call. */
struct settle_part *settle_parts_get(struct settle_parts *parts, enum settle_part_kind kind,
                                     struct view key);
void settle_parts_release(struct settle_parts *parts);

/* False when a sum does not fit; the part is then in no particular state. */
bool settle_part_add(struct settle_part *part, bool refund, struct money amount, struct fee fee)
    __attribute__((warn_unused_result));

#endif
