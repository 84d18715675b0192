/* Command line options: one array parses them and prints the help.
 *
 *     struct date day;
 *     const struct option_row rows[] = {
 *         {"day", 'd', OPTION_DATE, &day, &has_day, "YYYY-MM-DD", "the bill day"},
 *     };
 *
 * Long options as `--name value` or `--name=value`, short ones as `-d value`; `--` ends them; words
 * that are no options are collected in order. An option given twice is an error, but for
 * OPTION_TEXTS. Texts point into argv. */
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include "base/date.h"
#include "base/err.h"

#include <stdio.h>

enum { OPTION_TEXTS_MAX = 256, OPTION_WORDS_MAX = 4096 };

enum option_type {
    OPTION_FLAG,    /* bool */
    OPTION_TEXT,    /* const char * */
    OPTION_TEXTS,   /* struct option_texts, may be repeated */
    OPTION_DATE,    /* struct date */
    OPTION_INSTANT, /* struct instant, RFC 3339 */
    OPTION_COUNT,   /* int64_t, 0 … 10^12 */
};

struct option_texts {
    const char *at[OPTION_TEXTS_MAX];
    size_t count;
};

struct option_row {
    const char *name;
    char letter; /* 0: no short form */
    enum option_type type;
    void *target;
    bool *given;            /* may be NULL */
    const char *value_name; /* shown in help; NULL for a flag */
    const char *help;
};

struct option_words {
    const char *at[OPTION_WORDS_MAX];
    size_t count;
};

/* Fails with ERR_USAGE; the message names the option. */
bool options_parse(const struct option_row *rows, size_t count, int argc, char *const argv[],
                   struct option_words *ret_words, struct err *err);

/* One line per row, aligned. */
void options_help(const struct option_row *rows, size_t count, FILE *out);

#endif
