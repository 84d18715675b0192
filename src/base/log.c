#include "base/log.h"

#include "base/buf.h"
#include "base/cleanup.h"

#include <assert.h>

enum { LINE_MAX_LENGTH = 8192 };

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_ERROR:
        return "error";
    case LOG_WARNING:
        return "warning";
    case LOG_INFO:
        return "info";
    case LOG_DEBUG:
        return "debug";
    }
    assert(false && "log level");
    return "";
}

/* A foreign text must not begin a line of its own, nor move the cursor of a terminal. */
static void blank_controls(struct buf *line)
{
    for (size_t i = 0; i < line->length; i++) {
        if ((unsigned char)line->at[i] < 0x20 || line->at[i] == 0x7F)
            line->at[i] = ' ';
    }
}

void log_line(const struct log *log, enum log_level level, const char *format, ...)
{
    char text[LINE_MAX_LENGTH];
    CLEANUP(buf_release) struct buf line = BUF_INIT(2 * sizeof(text));
    va_list list;
    int length;

    if (log->stream == NULL || level > log->level)
        return;
    va_start(list, format);
    length = vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    assert(length >= 0);
    buf_add_format(&line, "%s %s %s: %s%s", instant_text(clock_now(log->clock)).s,
                   level_name(level), log->program, text,
                   (size_t)length < sizeof(text) ? "" : " (cut)");
    blank_controls(&line);
    (void)fprintf(log->stream, "%s\n", buf_text(&line));
    (void)fflush(log->stream);
}

void log_err(const struct log *log, enum log_level level, const struct err *err)
{
    log_line(log, level, "%s", err->text);
    if (err->hint[0] != '\0')
        log_line(log, level, "hint: %s", err->hint);
}
