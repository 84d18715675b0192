/* Replies that are held back: connections that libmicrohttpd does not look at until their time has
 * come. The others are served meanwhile. */
#ifndef SIM_HELD_H
#define SIM_HELD_H

#include <stddef.h>
#include <stdint.h>

struct MHD_Connection;

struct held_connection {
    struct MHD_Connection *connection;
    int64_t due_ms;
};

/* In the order of their times. Zero-initialised holds nothing. */
struct held {
    struct held_connection *items;
    size_t first; /* those before it are gone */
    size_t count; /* with them */
    size_t room;
};

/* Suspends the connection until `due_ms` of the machine's monotonic clock. */
void held_add(struct held *held, struct MHD_Connection *connection, int64_t due_ms);

/* Resumes what is due; INT64_MAX: everything. */
void held_resume(struct held *held, int64_t now_ms);

/* When the next one is due; INT64_MAX when none is held. */
int64_t held_next_ms(const struct held *held);

/* Nothing may be held any more. */
void held_release(struct held *held);

#endif
