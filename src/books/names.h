/* Shared by the sources of ledger.h: texts numbered in the order they came. */
#ifndef BOOKS_NAMES_H
#define BOOKS_NAMES_H

#include "base/err.h"
#include "base/memory.h"
#include "slots.h"

/* Few different texts that come again and again: stores, AppIDs. Index 0 is the empty text. */
struct names {
    struct arena arena;
    struct view *at;
    size_t count;
    struct slots slots; /* by text; the place is the index */
};

void names_init(struct names *names);
void names_release(struct names *names);

/* The text's index, added when it is new. ERR_LIMIT above LEDGER_NAMES_MAX. */
bool names_index(struct names *names, struct view name, uint16_t *ret_index, struct err *err);

#endif
