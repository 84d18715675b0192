/* Shared by the sources of ledger.h: memory for a million things that are never freed one by one.
 *
 * Places are handed out in units of 8 bytes, so 32 bits reach 32 GiB; each thing lies in one block.
 * Place 0 is nobody's. */
#ifndef BOOKS_BLOCKS_H
#define BOOKS_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

enum { UNIT = 8, BLOCK_SIZE = 8 << 20, BLOCK_UNITS = BLOCK_SIZE / UNIT };

/* All zero: empty. */
struct blocks {
    char **at;
    size_t count;
    size_t used; /* units of the last block */
};

static inline void *blocks_at(const struct blocks *blocks, uint32_t place)
{
    return blocks->at[place / BLOCK_UNITS] + (size_t)(place % BLOCK_UNITS) * UNIT;
}

/* Units of the block of that index. */
size_t blocks_units(size_t block);

uint32_t blocks_take(struct blocks *blocks, size_t size);

/* Empty again. */
void blocks_release(struct blocks *blocks);

#endif
