/* Shared by the sources of ledger.h: an open hash table of places by text. */
#ifndef BOOKS_SLOTS_H
#define BOOKS_SLOTS_H

#include "base/view.h"

/* A slot of an open hash table: the place of a thing, 0 for none, and enough of its hash to pass by
 * most others without looking at them. */
struct slot {
    uint32_t place;
    uint32_t hash;
};

struct slots {
    struct slot *at;
    size_t size; /* a power of two */
    size_t used;
};

uint64_t hash_text(struct view text);

void slots_init(struct slots *slots);
void slots_release(struct slots *slots);

/* The caller has looked: the thing is not in the table. `place` is not 0. */
void slots_add(struct slots *slots, uint64_t hash, uint32_t place);

/* Brings the first slot of the hash into the cache. */
void slots_ahead(const struct slots *slots, uint64_t hash);

/* The next slot of the hash, or NULL; `*at` begins as slots_start(hash). */
size_t slots_start(uint64_t hash);
const struct slot *slots_next(const struct slots *slots, uint64_t hash, size_t *at);

/* Tells the kernel that large pages suit this memory: a million random looks cost half then. */
void memory_prefer_large_pages(void *at, size_t size);

#endif
