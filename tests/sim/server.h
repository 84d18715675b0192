/* HTTPS on 127.0.0.1 with libmicrohttpd, driven from the caller's own poll loop. */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include "held.h"
#include "sim.h"

struct MHD_Daemon;

struct server {
    struct MHD_Daemon *daemon;
    int poll_fd;
    uint16_t port;
    struct sim *sim;
    struct held held;
};

/* Listens on a port that the kernel chooses, and sets sim->base_url unless it is set. The server
 * stays where it is. */
bool server_open(struct server *server, struct sim *sim, struct fail *fail);
void server_close(struct server *server);

/* How long the caller may wait on poll_fd before it runs the server again; -1: as long as it likes.
 */
int server_timeout_ms(const struct server *server);
void server_run(struct server *server);

#endif
