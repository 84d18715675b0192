#include "blocks.h"

#include "base/memory.h"
#include "slots.h"

#include <assert.h>
#include <stdlib.h>

enum { FIRST_UNITS = 8 << 10 };

/* Many ledgers are small: the first block is, too. */
size_t blocks_units(size_t block)
{
    return block == 0 ? FIRST_UNITS : BLOCK_UNITS;
}

static void block_add(struct blocks *blocks)
{
    size_t size = blocks_units(blocks->count) * UNIT;
    char *block = memory_alloc(size);

    memory_prefer_large_pages(block, size);
    blocks->at = memory_resize(blocks->at, blocks->count + 1, sizeof(*blocks->at));
    blocks->used = blocks->count == 0 ? 1 : 0;
    blocks->at[blocks->count++] = block;
}

uint32_t blocks_take(struct blocks *blocks, size_t size)
{
    size_t units = (size + UNIT - 1) / UNIT;
    size_t place;

    if (blocks->count == 0 || blocks->used + units > blocks_units(blocks->count - 1))
        block_add(blocks);
    place = (blocks->count - 1) * BLOCK_UNITS + blocks->used;
    assert(place <= UINT32_MAX);
    blocks->used += units;
    return (uint32_t)place;
}

void blocks_release(struct blocks *blocks)
{
    for (size_t i = 0; i < blocks->count; i++)
        free(blocks->at[i]);
    free(blocks->at);
    *blocks = (struct blocks){.at = NULL};
}
