#include "base/memory.h"

#include "base/err.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 64 * 1024 };

struct arena_block {
    struct arena_block *next;
    size_t size;
    size_t used;
    max_align_t data[];
};

_Noreturn void memory_exhausted(size_t wanted)
{
    fprintf(stderr, "payrecon: out of memory (%zu bytes wanted)\n", wanted);
    _Exit(EXIT_INTERNAL);
}

void *memory_alloc(size_t size)
{
    void *memory = calloc(1, size > 0 ? size : 1);

    if (memory == NULL)
        memory_exhausted(size);
    return memory;
}

void *memory_resize(void *old, size_t count, size_t size)
{
    size_t total;
    void *memory;

    if (__builtin_mul_overflow(count, size, &total))
        memory_exhausted(SIZE_MAX);
    memory = realloc(old, total > 0 ? total : 1);
    if (memory == NULL)
        memory_exhausted(total);
    return memory;
}

char *memory_copy_text(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(memory_alloc(size), text, size);
}

static struct arena_block *block_new(size_t least)
{
    size_t size = least > BLOCK_SIZE ? least : BLOCK_SIZE;
    size_t total;
    struct arena_block *block;

    if (__builtin_add_overflow(size, sizeof(*block), &total))
        memory_exhausted(size);
    block = memory_alloc(total);
    block->size = size;
    return block;
}

/* The first block from `last` on with room for `size`, made when there is none. */
static struct arena_block *block_with_room(struct arena *arena, size_t size)
{
    struct arena_block *block = arena->last;

    while (block != NULL && block->size - block->used < size) {
        if (block->next == NULL || block->next->size < size) {
            struct arena_block *fresh = block_new(size);

            fresh->next = block->next;
            block->next = fresh;
        }
        block = block->next;
    }
    if (block == NULL) {
        block = block_new(size);
        arena->first = block;
    }
    arena->last = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t rounded;
    struct arena_block *block;
    char *at;

    if (__builtin_add_overflow(size, _Alignof(max_align_t) - 1, &rounded))
        memory_exhausted(size);
    rounded &= ~(_Alignof(max_align_t) - 1);
    block = block_with_room(arena, rounded);
    at = (char *)block->data + block->used;
    block->used += rounded;
    arena->used += rounded;
    return memset(at, 0, size);
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        memory_exhausted(SIZE_MAX);
    return arena_alloc(arena, total);
}

char *arena_copy(struct arena *arena, const char *at, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);

    if (length > 0)
        memcpy(copy, at, length);
    copy[length] = '\0';
    return copy;
}

void arena_clear(struct arena *arena)
{
    for (struct arena_block *block = arena->first; block != NULL; block = block->next)
        block->used = 0;
    arena->last = arena->first;
    arena->used = 0;
}

void arena_release(struct arena *arena)
{
    struct arena_block *next;

    for (struct arena_block *block = arena->first; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    *arena = ARENA_INIT;
}
