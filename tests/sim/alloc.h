/* Checked memory for the simulator: running out ends the process, a run can be repeated.
 * `struct arena` holds many small texts that live and die together. */
#ifndef SIM_ALLOC_H
#define SIM_ALLOC_H

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *newest;
};

void *alloc_zeroed(size_t count, size_t size);

/* Grows (or first makes) an array to at least `needed` elements; *room is what it then holds. */
void *alloc_grow(void *array, size_t *room, size_t needed, size_t size);

/* A copy of `size` bytes with a terminator behind it; the caller frees it. */
char *alloc_copy(const char *bytes, size_t size);

/* As alloc_copy, but it lives as long as the arena. */
const char *arena_copy(struct arena *arena, const char *bytes, size_t size);

void arena_release(struct arena *arena);

#endif
