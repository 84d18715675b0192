/* Connections that wait for their time without keeping the simulator busy. */
#ifndef SIM_PACING_H
#define SIM_PACING_H

#include <stddef.h>
#include <stdint.h>

struct MHD_Connection;

struct held_connection {
    struct MHD_Connection *connection;
    int64_t due_ms;
};

struct pacing {
    struct held_connection *held;
    size_t count;
    size_t room;
};

/* Milliseconds of a clock that only runs forward: --now does not stop it. */
int64_t pacing_now_ms(void);

/* Suspends a connection until then. */
void pacing_hold(struct pacing *pacing, struct MHD_Connection *connection, int64_t due_ms);

/* Resumes those whose time has come; INT64_MAX: all. */
void pacing_release_due(struct pacing *pacing, int64_t now_ms);

/* Until the first of them is due, at most `timeout_ms` (-1: no other reason to stop waiting). */
int pacing_timeout_ms(const struct pacing *pacing, int64_t now_ms, int timeout_ms);

/* Resumes all: the server ends. */
void pacing_close(struct pacing *pacing);

#endif
