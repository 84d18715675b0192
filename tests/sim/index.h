/* From a number to its place in an array: open addressing over (scope, number), where the scope is
 * usually a merchant. The numbers are not copied and must live as long as the index.
 * Zero-initialised is empty. */
#ifndef SIM_INDEX_H
#define SIM_INDEX_H

#include <stdbool.h>
#include <stddef.h>

struct index_slot {
    const char *number; /* NULL: free */
    size_t scope;
    size_t place;
};

struct index {
    struct index_slot *slots;
    size_t room; /* a power of two, or 0 */
    size_t count;
};

/* False when the number is there already; then nothing changes. */
bool index_put(struct index *index, size_t scope, const char *number, size_t place);

bool index_find(const struct index *index, size_t scope, const char *number, size_t *ret_place);

void index_release(struct index *index);

#endif
