#include "slots.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

__extension__ typedef unsigned __int128 uint128;

enum { SLOTS_FIRST = 1 << 10, LARGE_PAGE = 2 * 1024 * 1024 };

void memory_prefer_large_pages(void *at, size_t size)
{
    uintptr_t first = ((uintptr_t)at + LARGE_PAGE - 1) & ~(uintptr_t)(LARGE_PAGE - 1);
    uintptr_t end = ((uintptr_t)at + size) & ~(uintptr_t)(LARGE_PAGE - 1);

    /* Only advice: without large pages all is as before, but slower. */
    if (end > first)
        (void)madvise((char *)at + (first - (uintptr_t)at), end - first, MADV_HUGEPAGE);
}

/* Order numbers differ mostly at their ends, so both halves of the product are kept. */
static inline uint64_t hash_word(uint64_t hash, uint64_t word)
{
    uint128 product = (uint128)(hash ^ word) * 0xD6E8FEB86659FD93U;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Eight bytes a step, the last ones together with some that were there before. */
uint64_t hash_text(struct view text)
{
    uint64_t hash = 0x9E3779B97F4A7C15U ^ text.length;
    uint64_t word = 0;
    size_t at = 0;

    for (; text.length - at > sizeof(word); at += sizeof(word)) {
        memcpy(&word, text.at + at, sizeof(word));
        hash = hash_word(hash, word);
    }
    if (text.length >= sizeof(word)) {
        memcpy(&word, text.at + text.length - sizeof(word), sizeof(word));
        hash = hash_word(hash, word);
    } else if (text.length > 0) {
        memcpy(&word, text.at, text.length);
        hash = hash_word(hash, word);
    }
    return hash ^ hash >> 29;
}

static struct slot *table_new(size_t size)
{
    struct slot *table = memory_alloc(size * sizeof(*table));

    memory_prefer_large_pages(table, size * sizeof(*table));
    return table;
}

void slots_init(struct slots *slots)
{
    slots->size = SLOTS_FIRST;
    slots->at = table_new(SLOTS_FIRST);
}

void slots_release(struct slots *slots)
{
    free(slots->at);
}

/* The first free slot of the hash. */
static struct slot *slots_free_slot(const struct slots *slots, uint64_t hash)
{
    size_t at = hash & (slots->size - 1);

    while (slots->at[at].place != 0)
        at = (at + 1) & (slots->size - 1);
    return &slots->at[at];
}

/* The table is rebuilt from the hashes it keeps: their low bits serve up to 2^32 slots. */
static void slots_grow(struct slots *slots)
{
    struct slots old = *slots;

    slots->size = old.size * 2;
    slots->at = table_new(slots->size);
    for (size_t i = 0; i < old.size; i++) {
        if (old.at[i].place != 0)
            *slots_free_slot(slots, old.at[i].hash) = old.at[i];
    }
    free(old.at);
}

void slots_add(struct slots *slots, uint64_t hash, uint32_t place)
{
    assert(place != 0);
    if (slots->used + slots->used / 3 >= slots->size)
        slots_grow(slots);
    slots->used++;
    *slots_free_slot(slots, (uint32_t)hash) = (struct slot){place, (uint32_t)hash};
}

void slots_ahead(const struct slots *slots, uint64_t hash)
{
    __builtin_prefetch(&slots->at[slots_start(hash) & (slots->size - 1)]);
}

size_t slots_start(uint64_t hash)
{
    return (uint32_t)hash;
}

const struct slot *slots_next(const struct slots *slots, uint64_t hash, size_t *at)
{
    for (;;) {
        const struct slot *slot = &slots->at[*at & (slots->size - 1)];

        (*at)++;
        if (slot->place == 0)
            return NULL;
        if (slot->hash == (uint32_t)hash)
            return slot;
    }
}
