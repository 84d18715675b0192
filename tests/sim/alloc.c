#include "alloc.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Texts of a world are tens of bytes: a block takes thousands of them. */
enum { ARENA_BLOCK_SIZE = 1 << 20 };

struct arena_block {
    struct arena_block *older;
    size_t used;
    size_t room;
    char bytes[];
};

static void *or_die(void *memory)
{
    if (memory != NULL)
        return memory;

    fputs("out of memory\n", stderr);
    abort();
}

void *alloc_zeroed(size_t count, size_t size)
{
    return or_die(calloc(count > 0 ? count : 1, size));
}

void *alloc_grow(void *array, size_t *room, size_t needed, size_t size)
{
    size_t wanted = *room < 16 ? 16 : *room;

    if (needed <= *room)
        return array;
    while (wanted < needed)
        wanted *= 2;
    if (wanted > SIZE_MAX / size)
        return or_die(NULL);
    *room = wanted;
    return or_die(realloc(array, wanted * size));
}

char *alloc_copy(const char *bytes, size_t size)
{
    char *copy = or_die(malloc(size + 1));

    memcpy(copy, bytes, size);
    copy[size] = '\0';
    return copy;
}

const char *arena_copy(struct arena *arena, const char *bytes, size_t size)
{
    struct arena_block *block = arena->newest;
    char *copy;

    if (block == NULL || block->room - block->used < size + 1) {
        size_t room = size + 1 > ARENA_BLOCK_SIZE ? size + 1 : ARENA_BLOCK_SIZE;

        block = or_die(malloc(sizeof(*block) + room));
        block->older = arena->newest;
        block->used = 0;
        block->room = room;
        arena->newest = block;
    }
    copy = block->bytes + block->used;
    memcpy(copy, bytes, size);
    copy[size] = '\0';
    block->used += size + 1;
    return copy;
}

void arena_release(struct arena *arena)
{
    while (arena->newest != NULL) {
        struct arena_block *older = arena->newest->older;

        free(arena->newest);
        arena->newest = older;
    }
}
