/* Replies that are held back: connections that libmicrohttpd does not look at until their time has
 * come. The others are served meanwhile. */
#ifndef SIM_HELD_H
#define SIM_HELD_H

#include <stdbool.h>
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
    bool closed; /* nothing is held any more */
};

/* Suspends the connection until `due_ms` of the machine's monotonic clock. False, and nothing is
 * done, after held_close. */
bool held_add(struct held *held, struct MHD_Connection *connection, int64_t due_ms);

/* Resumes what is due. */
void held_resume(struct held *held, int64_t now_ms);

/* When the next one is due; INT64_MAX when none is held. */
int64_t held_next_ms(const struct held *held);

/* Resumes everything and holds nothing from now on. */
void held_close(struct held *held);

#endif
