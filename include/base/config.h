/* Configuration files: `key = value`, one a line, `#` begins a comment line, UTF-8. One array says
 * which keys exist; it reads the file and prints the sample. An unknown or repeated key, a line
 * without `=`, a value that does not fit: ERR_CONFIG with `file:line: key "x": …`. Relative paths
 * in values (CONFIG_PATH) are taken from the folder of the file. Values are copied into the arena.
 */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include "base/err.h"
#include "base/memory.h"
#include "base/view.h"

#include <stdio.h>

enum { CONFIG_FILE_MAX = 1 << 20 };

enum config_type {
    CONFIG_TEXT, /* const char * */
    CONFIG_PATH, /* const char *, made absolute or left relative to the process when the file's path
                    is relative */
    CONFIG_COUNT, /* int64_t within least … most */
};

struct config_row {
    const char *key;
    enum config_type type;
    void *target;
    const char *fallback; /* NULL: the key is required */
    int64_t least, most;  /* CONFIG_COUNT */
    const char *help;
};

bool config_read(const struct config_row *rows, size_t count, const char *path, struct arena *arena,
                 struct err *err);

/* The sample: each key with its help as comment and its default, required ones without a value. */
void config_print(const struct config_row *rows, size_t count, FILE *out);

#endif
