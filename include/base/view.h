/* Bytes that somebody else owns: a pointer and a length. Never terminated, may hold any byte, may
 * be empty (`at` may then be NULL). Parsers advance a view and return whether they found what they
 * looked for. */
#ifndef BASE_VIEW_H
#define BASE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view {
    const char *at;
    size_t length;
};

/* For printf: printf("%.*s", VIEW_ARG(view)). Lengths above INT_MAX are cut. */
#define VIEW_ARG(view) view_print_length(view), (view).at == NULL ? "" : (view).at
int view_print_length(struct view view);

/* A string literal as a view, and as the initialiser of a static one. */
#define VIEW(literal) ((struct view)VIEW_INIT(literal))
#define VIEW_INIT(literal)                                                                         \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

struct view view_of(const char *text); /* NULL is the empty view */
struct view view_from(const char *at, size_t length);

bool view_equal(struct view a, struct view b);
bool view_equal_text(struct view view, const char *text);
bool view_equal_ignore_case(struct view a, struct view b); /* ASCII letters only */
bool view_starts_with(struct view view, struct view prefix);
bool view_ends_with(struct view view, struct view suffix);
int view_compare(struct view a, struct view b); /* byte order, as memcmp */
struct view view_trim(struct view view);        /* without blanks, tabs, CR, LF at both ends */

/* Moves past `prefix` and returns true, or leaves `rest` alone. */
bool view_skip(struct view *rest, struct view prefix);

/* Takes what stands before the first `separator` and moves past it; without one takes all and
 * leaves `rest` empty. Returns false only when `rest` was empty. */
bool view_take(struct view *rest, char separator, struct view *ret_part);

/* Decimal digits only, the whole view, within [least, most]. */
bool view_to_int64(struct view view, int64_t least, int64_t most, int64_t *ret_value);

bool view_is_utf8(struct view view); /* valid UTF-8: shortest form, no surrogates */

/* Is there a byte below 0x20: a tab, a line end, NUL, …? */
bool view_has_control(struct view view);

#endif
