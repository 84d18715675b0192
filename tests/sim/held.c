#include "held.h"

#include "alloc.h"

#include <microhttpd.h>
#include <stdlib.h>

struct held_connection {
    TAILQ_ENTRY(held_connection) link;
    struct MHD_Connection *connection;
    int64_t due_ms;
};

void held_init(struct held *held)
{
    TAILQ_INIT(held);
}

/* Mostly all are held for equally long: then the place is at the end. */
void held_add(struct held *held, struct MHD_Connection *connection, int64_t due_ms)
{
    struct held_connection *added = alloc_zeroed(1, sizeof(*added));
    struct held_connection *before = TAILQ_LAST(held, held);

    added->connection = connection;
    added->due_ms = due_ms;
    while (before != NULL && before->due_ms > due_ms)
        before = TAILQ_PREV(before, held, link);
    if (before != NULL)
        TAILQ_INSERT_AFTER(held, before, added, link);
    else
        TAILQ_INSERT_HEAD(held, added, link);
    MHD_suspend_connection(connection);
}

void held_resume(struct held *held, int64_t now_ms)
{
    struct held_connection *first;

    while ((first = TAILQ_FIRST(held)) != NULL && first->due_ms <= now_ms) {
        TAILQ_REMOVE(held, first, link);
        MHD_resume_connection(first->connection);
        free(first);
    }
}

int64_t held_next_ms(const struct held *held)
{
    const struct held_connection *first = TAILQ_FIRST(held);

    return first != NULL ? first->due_ms : INT64_MAX;
}
