/* Log lines on a stream: `2026-06-01T10:30:00+08:00 info nightly: text`. One call, one line; line
 * ends and other control bytes inside are replaced by blanks. Only `run` and `jobs` log. Secrets
 * have a type that prints as `***`, personal data is not logged (DOMAIN §7). */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/clock.h"
#include "base/err.h"

#include <stdio.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

struct log {
    FILE *stream;        /* NULL: nothing is written */
    const char *program; /* "fetch", "nightly", … */
    enum log_level level;
    const struct clock *clock;
};

void log_line(const struct log *log, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* One line for the error and one more, "hint: …", when it has a hint. */
void log_err(const struct log *log, enum log_level level, const struct err *err);

#endif
