#include "held.h"

#include "alloc.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

/* Closes the gap at the front once it is half of all. */
static void close_gap(struct held *held)
{
    if (held->first * 2 < held->count)
        return;
    held->count -= held->first;
    if (held->count > 0)
        memmove(held->items, held->items + held->first, held->count * sizeof(*held->items));
    held->first = 0;
}

/* Mostly all are held for equally long: then the place is at the end. */
bool held_add(struct held *held, struct MHD_Connection *connection, int64_t due_ms)
{
    size_t at;

    if (held->closed)
        return false;
    close_gap(held);
    held->items = alloc_grow(held->items, &held->room, held->count + 1, sizeof(*held->items));
    for (at = held->count; at > held->first && held->items[at - 1].due_ms > due_ms; at--)
        held->items[at] = held->items[at - 1];
    held->items[at] = (struct held_connection){connection, due_ms};
    held->count++;
    MHD_suspend_connection(connection);
    return true;
}

void held_resume(struct held *held, int64_t now_ms)
{
    while (held->first < held->count && held->items[held->first].due_ms <= now_ms)
        MHD_resume_connection(held->items[held->first++].connection);
}

int64_t held_next_ms(const struct held *held)
{
    return held->first < held->count ? held->items[held->first].due_ms : INT64_MAX;
}

void held_close(struct held *held)
{
    held_resume(held, INT64_MAX);
    free(held->items);
    *held = (struct held){.closed = true};
}
