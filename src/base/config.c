#include "base/config.h"

#include "base/file.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum { ROWS_MAX = 64 };

struct reading {
    const struct config_row *rows;
    size_t count;
    const char *path;
    struct arena *arena;
    int line;
    int seen_at[ROWS_MAX]; /* line of each key, 0 when not yet seen */
};

/* A relative path is meant from the folder of the configuration file. */
static const char *path_of(struct reading *reading, struct view value)
{
    const char *slash = strrchr(reading->path, '/');
    struct buf path = BUF_INIT(2 * CONFIG_FILE_MAX);
    const char *copy;

    if (slash != NULL && !view_starts_with(value, VIEW("/")))
        buf_add(&path, reading->path, (size_t)(slash - reading->path) + 1);
    buf_add_view(&path, value);
    copy = arena_copy(reading->arena, buf_text(&path), path.length);
    buf_release(&path);
    return copy;
}

static bool set_value(struct reading *reading, const struct config_row *row, struct view value,
                      struct err *err)
{
    switch (row->type) {
    case CONFIG_TEXT:
        *(const char **)row->target = arena_copy(reading->arena, value.at, value.length);
        return true;
    case CONFIG_PATH:
        *(const char **)row->target = path_of(reading, value);
        return true;
    case CONFIG_COUNT:
        if (view_to_int64(value, row->least, row->most, row->target))
            return true;
        return err_set(
            err, ERR_CONFIG,
            "%s:%d: key \"%s\": \"%.*s\" is not a whole number from %" PRId64 " to %" PRId64,
            reading->path, reading->line, row->key, VIEW_ARG(value), row->least, row->most);
    }
    assert(false && "type of key");
    return false;
}

static bool set_key(struct reading *reading, struct view key, struct view value, struct err *err)
{
    for (size_t i = 0; i < reading->count; i++) {
        if (!view_equal_text(key, reading->rows[i].key))
            continue;
        if (reading->seen_at[i] != 0)
            return err_set(err, ERR_CONFIG, "%s:%d: key \"%s\" stands in line %d already",
                           reading->path, reading->line, reading->rows[i].key, reading->seen_at[i]);
        reading->seen_at[i] = reading->line;
        if (value.length == 0)
            return err_set(err, ERR_CONFIG, "%s:%d: key \"%s\" has no value", reading->path,
                           reading->line, reading->rows[i].key);
        return set_value(reading, &reading->rows[i], value, err);
    }
    return err_set(err, ERR_CONFIG, "%s:%d: unknown key \"%.*s\"", reading->path, reading->line,
                   VIEW_ARG(key));
}

static bool read_line(struct reading *reading, struct view line, struct err *err)
{
    struct view rest = view_trim(line);
    struct view key;

    if (!view_is_utf8(line) || (line.length > 0 && memchr(line.at, '\0', line.length) != NULL))
        return err_set(err, ERR_CONFIG, "%s:%d: not UTF-8 text", reading->path, reading->line);
    if (rest.length == 0 || rest.at[0] == '#')
        return true;
    if (memchr(rest.at, '=', rest.length) == NULL)
        return err_set(err, ERR_CONFIG, "%s:%d: not a line \"key = value\"", reading->path,
                       reading->line);
    (void)view_take(&rest, '=', &key);
    return set_key(reading, view_trim(key), view_trim(rest), err);
}

static bool set_defaults(struct reading *reading, struct err *err)
{
    for (size_t i = 0; i < reading->count; i++) {
        const struct config_row *row = &reading->rows[i];

        if (reading->seen_at[i] != 0)
            continue;
        if (row->fallback == NULL)
            return err_set(err, ERR_CONFIG, "%s: key \"%s\" is missing", reading->path, row->key);
        if (row->fallback[0] == '\0' && row->type != CONFIG_COUNT)
            *(const char **)row->target = "";
        else if (!set_value(reading, row, view_of(row->fallback), err))
            return false;
    }
    return true;
}

bool config_read(const struct config_row *rows, size_t count, const char *path, struct arena *arena,
                 struct err *err)
{
    struct reading reading = {.rows = rows, .count = count, .path = path, .arena = arena};
    CLEANUP(buf_release) struct buf content = BUF_INIT(CONFIG_FILE_MAX);
    struct view rest, line;

    assert(count <= ROWS_MAX);

    if (!file_read(path, &content, err)) {
        if (err->kind == ERR_IO)
            err->kind = ERR_CONFIG;
        return false;
    }

    rest = buf_view(&content);
    while (view_take(&rest, '\n', &line)) {
        reading.line++;
        if (!read_line(&reading, line, err))
            return false;
    }
    return set_defaults(&reading, err);
}

void config_print(const struct config_row *rows, size_t count, FILE *out)
{
    for (size_t i = 0; i < count; i++) {
        const char *fallback = rows[i].fallback;

        (void)fprintf(out, "%s# %s\n", i > 0 ? "\n" : "", rows[i].help);
        if (fallback == NULL)
            (void)fprintf(out, "%s =\n", rows[i].key);
        else
            (void)fprintf(out, "#%s =%s%s\n", rows[i].key, fallback[0] != '\0' ? " " : "",
                          fallback);
    }
}
