/* Replies that are held back: connections that libmicrohttpd does not look at until their time has
 * come. The others are served meanwhile. */
#ifndef SIM_HELD_H
#define SIM_HELD_H

#include <stdint.h>
#include <sys/queue.h>

struct MHD_Connection;
struct held_connection;
TAILQ_HEAD(held, held_connection);

/* In the order of their times. */
void held_init(struct held *held);

/* Suspends the connection until `due_ms` of the machine's monotonic clock. */
void held_add(struct held *held, struct MHD_Connection *connection, int64_t due_ms);

/* Resumes what is due; INT64_MAX: everything. */
void held_resume(struct held *held, int64_t now_ms);

/* When the next one is due; INT64_MAX when none is held. */
int64_t held_next_ms(const struct held *held);

#endif
