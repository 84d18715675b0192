/* The admin socket: a Unix socket for lines, each a command (command.h) that is answered by `ok` or
 * `error: <reason>`. */
#ifndef SIM_ADMIN_H
#define SIM_ADMIN_H

#include "sim.h"

/* A listening socket that only the owner can reach, or -1 and `fail`. A dead socket of that name is
 * replaced. */
int admin_open(const char *path, struct fail *fail);
void admin_close(int listener, const char *path);

/* Serves one waiting connection to its end. */
void admin_serve(int listener, struct sim *sim);

/* One command to a running simulator. */
bool admin_tell(const char *path, const char *command, struct fail *fail);

#endif
