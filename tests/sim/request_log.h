/* One JSON object a line per request, written before the reply leaves: who has the reply can read
 * its line. */
#ifndef SIM_REQUEST_LOG_H
#define SIM_REQUEST_LOG_H

#include "reply.h"
#include "request.h"

#include <stdio.h>

/* NULL and `fail` when the file cannot be appended to. */
FILE *request_log_open(const char *path, struct fail *fail);

/* `log` NULL: nothing is kept. */
void request_log_write(FILE *log, const struct request *request, const struct reply *reply,
                       size_t bytes_sent);

#endif
