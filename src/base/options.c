#include "base/options.h"

#include <assert.h>
#include <string.h>

#define COUNT_MAX INT64_C(1000000000000)

enum { SEEN_MAX = 64 };

struct scan {
    const struct option_row *rows;
    size_t count;
    char *const *argv;
    int argc;
    int at;
    bool seen[SEEN_MAX];
};

static bool set_value(const struct option_row *row, const char *value, struct err *err)
{
    struct view text = view_of(value);
    struct option_texts *texts;

    switch (row->type) {
    case OPTION_FLAG:
        *(bool *)row->target = true;
        return true;
    case OPTION_TEXT:
        *(const char **)row->target = value;
        return true;
    case OPTION_TEXTS:
        texts = row->target;
        if (texts->count == OPTION_TEXTS_MAX)
            return err_set(err, ERR_USAGE, "option --%s is given more than %d times", row->name,
                           OPTION_TEXTS_MAX);
        texts->at[texts->count++] = value;
        return true;
    case OPTION_DATE:
        if (date_parse(text, row->target))
            return true;
        return err_set(err, ERR_USAGE, "option --%s: \"%s\" is not a day like 2026-05-31",
                       row->name, value);
    case OPTION_INSTANT:
        if (instant_parse_rfc3339(text, row->target))
            return true;
        return err_set(err, ERR_USAGE,
                       "option --%s: \"%s\" is not a time like 2026-06-01T10:30:00+08:00",
                       row->name, value);
    case OPTION_COUNT:
        if (view_to_int64(text, 0, COUNT_MAX, row->target))
            return true;
        return err_set(err, ERR_USAGE, "option --%s: \"%s\" is not a whole number", row->name,
                       value);
    }
    assert(false && "type of option");
    return false;
}

/* Sets row `index`; `value` is what stood behind `=`, or NULL. */
static bool apply(struct scan *scan, size_t index, const char *value, struct err *err)
{
    const struct option_row *row = &scan->rows[index];

    if (scan->seen[index] && row->type != OPTION_TEXTS)
        return err_set(err, ERR_USAGE, "option --%s is given twice", row->name);
    scan->seen[index] = true;
    if (row->given != NULL)
        *row->given = true;
    if (row->type == OPTION_FLAG && value != NULL)
        return err_set(err, ERR_USAGE, "option --%s takes no value", row->name);
    if (row->type != OPTION_FLAG && value == NULL) {
        if (scan->at == scan->argc)
            return err_set(err, ERR_USAGE, "option --%s needs a value", row->name);
        value = scan->argv[scan->at++];
    }
    return set_value(row, value, err);
}

static bool parse_long(struct scan *scan, const char *word, struct err *err)
{
    struct view rest = view_of(word);
    struct view name;
    bool found = view_take(&rest, '=', &name);
    const char *value = found && name.length < strlen(word) ? word + name.length + 1 : NULL;

    for (size_t i = 0; i < scan->count; i++) {
        if (view_equal_text(name, scan->rows[i].name))
            return apply(scan, i, value, err);
    }
    return err_set(err, ERR_USAGE, "unknown option --%.*s", VIEW_ARG(name));
}

static bool parse_short(struct scan *scan, const char *word, struct err *err)
{
    for (size_t i = 0; i < scan->count; i++) {
        if (scan->rows[i].letter != 0 && scan->rows[i].letter == word[0] && word[1] == '\0')
            return apply(scan, i, NULL, err);
    }
    return err_set(err, ERR_USAGE, "unknown option -%s", word);
}

static bool add_word(struct option_words *words, const char *word, struct err *err)
{
    if (words->count == OPTION_WORDS_MAX)
        return err_set(err, ERR_USAGE, "more than %d arguments", OPTION_WORDS_MAX);
    words->at[words->count++] = word;
    return true;
}

bool options_parse(const struct option_row *rows, size_t count, int argc, char *const argv[],
                   struct option_words *ret_words, struct err *err)
{
    struct scan scan = {.rows = rows, .count = count, .argv = argv, .argc = argc, .at = 1};
    bool options_end = false;

    assert(count <= SEEN_MAX);
    ret_words->count = 0;
    while (scan.at < argc) {
        const char *word = argv[scan.at++];
        bool done;

        if (!options_end && strcmp(word, "--") == 0) {
            options_end = true;
            continue;
        }
        if (!options_end && word[0] == '-' && word[1] == '-')
            done = parse_long(&scan, word + 2, err);
        else if (!options_end && word[0] == '-' && word[1] != '\0')
            done = parse_short(&scan, word + 1, err);
        else
            done = add_word(ret_words, word, err);
        if (!done)
            return false;
    }
    return true;
}

void options_help(const struct option_row *rows, size_t count, FILE *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct option_row *row = &rows[i];
        char left[64];

        (void)snprintf(left, sizeof(left), "%c%c%s --%s%s%s", row->letter != 0 ? '-' : ' ',
                       row->letter != 0 ? row->letter : ' ', row->letter != 0 ? "," : " ",
                       row->name, row->value_name != NULL ? " " : "",
                       row->value_name != NULL ? row->value_name : "");
        (void)fprintf(out, "  %-30s %s\n", left, row->help);
    }
}
