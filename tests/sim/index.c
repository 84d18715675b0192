#include "index.h"

#include "alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 64 };

static uint64_t hash_of(size_t scope, const char *number)
{
    uint64_t hash = 14695981039346656037U ^ scope;

    for (; *number != '\0'; number++)
        hash = (hash ^ (unsigned char)*number) * 1099511628211U;
    return hash ^ (hash >> 29);
}

/* The slot of that number, or the free one where it belongs. */
static struct index_slot *slot_of(const struct index *index, size_t scope, const char *number)
{
    size_t mask = index->room - 1;
    size_t at = hash_of(scope, number) & mask;

    while (index->slots[at].number != NULL &&
           (index->slots[at].scope != scope || strcmp(index->slots[at].number, number) != 0))
        at = (at + 1) & mask;
    return &index->slots[at];
}

static void grow(struct index *index)
{
    struct index grown = {.room = index->room == 0 ? ROOM_FIRST : index->room * 2};

    grown.slots = alloc_zeroed(grown.room, sizeof(*grown.slots));
    grown.count = index->count;
    for (size_t at = 0; at < index->room; at++) {
        const struct index_slot *slot = &index->slots[at];

        if (slot->number != NULL)
            *slot_of(&grown, slot->scope, slot->number) = *slot;
    }
    free(index->slots);
    *index = grown;
}

bool index_put(struct index *index, size_t scope, const char *number, size_t place)
{
    struct index_slot *slot;

    if (index->count * 2 >= index->room)
        grow(index);
    slot = slot_of(index, scope, number);
    if (slot->number != NULL)
        return false;
    *slot = (struct index_slot){number, scope, place};
    index->count++;
    return true;
}

bool index_find(const struct index *index, size_t scope, const char *number, size_t *ret_place)
{
    const struct index_slot *slot;

    if (index->room == 0)
        return false;
    slot = slot_of(index, scope, number);
    if (slot->number == NULL)
        return false;
    *ret_place = slot->place;
    return true;
}

void index_release(struct index *index)
{
    free(index->slots);
    *index = (struct index){0};
}
