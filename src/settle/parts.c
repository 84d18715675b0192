#include "settle/parts.h"

#include <stdlib.h>
#include <string.h>

enum { PARTS_FIRST = 16 };

static const char *const names[] = {
    [PART_STORE] = "STORE",
    [PART_UNATTRIBUTED] = "UNATTRIBUTED",
    [PART_HELD] = "HELD",
    [PART_OPERATOR] = "OPERATOR",
};

const char *settle_part_name(enum settle_part_kind kind)
{
    return names[kind];
}

bool settle_part_by_name(struct view name, enum settle_part_kind *ret_kind)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (view_equal_text(name, names[i])) {
            *ret_kind = (enum settle_part_kind)i;
            return true;
        }
    }
    return false;
}

static int compare(const struct settle_part *part, enum settle_part_kind kind, struct view key)
{
    return part->kind != kind ? (part->kind > kind) - (part->kind < kind)
                              : view_compare(part->key, key);
}

static struct settle_part *insert(struct settle_parts *parts, size_t index)
{
    struct settle_part *at;

    if (parts->count == parts->capacity) {
        parts->capacity = parts->capacity == 0 ? PARTS_FIRST : 2 * parts->capacity;
        parts->at = memory_resize(parts->at, parts->capacity, sizeof(*parts->at));
    }
    at = parts->at + index;
    memmove(at + 1, at, (parts->count - index) * sizeof(*at));
    parts->count++;
    return at;
}

struct settle_part *settle_parts_get(struct settle_parts *parts, enum settle_part_kind kind,
                                     struct view key)
{
    size_t least = 0;
    size_t most = parts->count;
    struct settle_part *part;

    while (least < most) {
        size_t middle = least + (most - least) / 2;
        int order = compare(&parts->at[middle], kind, key);

        if (order == 0)
            return &parts->at[middle];
        if (order < 0)
            least = middle + 1;
        else
            most = middle;
    }
    part = insert(parts, least);
    *part = (struct settle_part){
        .kind = kind, .key = {arena_copy(&parts->arena, key.at, key.length), key.length}};
    return part;
}

void settle_parts_release(struct settle_parts *parts)
{
    free(parts->at);
    arena_release(&parts->arena);
}

bool settle_part_add(struct settle_part *part, bool refund, struct money amount, struct fee fee)
{
    if (refund)
        part->refund_items++;
    else
        part->payment_items++;
    return money_add(refund ? &part->refunds : &part->payments, amount) && fee_add(&part->fee, fee);
}
