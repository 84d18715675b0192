#include "names.h"

#include "books/ledger.h"

#include <stdlib.h>

bool names_index(struct names *names, struct view name, uint16_t *ret_index, struct err *err)
{
    uint64_t hash = hash_text(name);
    size_t at = slots_start(hash);
    const struct slot *slot;

    if (name.length == 0) {
        *ret_index = 0;
        return true;
    }
    while ((slot = slots_next(&names->slots, hash, &at)) != NULL) {
        if (view_equal(names->at[slot->place], name)) {
            *ret_index = (uint16_t)slot->place;
            return true;
        }
    }
    if (names->count > LEDGER_NAMES_MAX)
        return err_set(err, ERR_LIMIT,
                       "books name more than %d different stores or AppIDs in one day",
                       LEDGER_NAMES_MAX);
    /* Room doubles whenever the count is a power of two. */
    if ((names->count & (names->count - 1)) == 0)
        names->at = memory_resize(names->at, 2 * names->count, sizeof(*names->at));
    names->at[names->count] =
        view_from(arena_copy(&names->arena, name.at, name.length), name.length);
    slots_add(&names->slots, hash, (uint32_t)names->count);
    *ret_index = (uint16_t)names->count++;
    return true;
}

void names_init(struct names *names)
{
    names->at = memory_alloc(sizeof(*names->at));
    names->at[0] = view_from("", 0);
    names->count = 1;
    slots_init(&names->slots);
}

void names_release(struct names *names)
{
    arena_release(&names->arena);
    free(names->at);
    slots_release(&names->slots);
}
