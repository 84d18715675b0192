/* Allocation that cannot fail, and the arena.
 *
 * Out of memory ends the process with exit code 70 and one line on stderr: a batch job can be run
 * again, and half of all branches vanish. The *size* of foreign data is never unlimited: whoever
 * allocates for foreign bytes has a limit of its own, checked before.
 *
 * An arena belongs to one task (a bill day, a batch). What is taken from it lives until the arena
 * is cleared or released; there is no single free. Blocks are reused after arena_clear. Memory is
 * aligned for any type and zeroed. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include "base/cleanup.h"

#include <stddef.h>

void *memory_alloc(size_t size); /* zeroed; free() it */
void *memory_resize(void *old, size_t count,
                    size_t size);         /* checked count*size; new part not zeroed */
char *memory_copy_text(const char *text); /* free() it */
_Noreturn void memory_exhausted(size_t wanted);

struct arena_block;

struct arena {
    struct arena_block *first;
    struct arena_block *last;
    size_t used; /* bytes handed out, for statistics */
};

#define ARENA_INIT ((struct arena){.first = NULL})

void *arena_alloc(struct arena *arena, size_t size);
char *arena_copy(struct arena *arena, const char *at, size_t length); /* terminated copy */
void arena_clear(struct arena *arena);
void arena_release(struct arena *arena);

/* One object of a type, or an array of `count` (checked for overflow). */
#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_alloc_array((arena), (count), sizeof(type)))
void *arena_alloc_array(struct arena *arena, size_t count, size_t size);

#endif
