/* The API's dialect: bytes to lines, lines to cells (FACTS §3.5). The hot path of a bill.
 *
 * Names stand between commas. A line of values begins with a back-tick and is split at the pair
 * comma + back-tick, so that a comma inside a text does no harm. Nothing is quoted. */
#ifndef BILL_LINES_H
#define BILL_LINES_H

#include "base/buf.h"
#include "base/err.h"

/* Collects lines from pieces: most are handed on as views into the piece, one that spans two pieces
 * is put together in `carry`. */
struct bill_lines {
    bool (*take)(void *context, struct view line, struct err *err); /* without its LF */
    void *context;
    struct buf carry;
};

void bill_lines_init(struct bill_lines *lines,
                     bool (*take)(void *context, struct view line, struct err *err), void *context,
                     size_t line_max);
void bill_lines_release(struct bill_lines *lines);

/* False when `take` was, with its error, or when a line is too long (ERR_LIMIT). */
bool bill_lines_push(struct bill_lines *lines, struct view bytes, struct err *err);

/* What came after the last LF. */
struct view bill_lines_rest(const struct bill_lines *lines);

struct bill_bytes {
    struct view high; /* no byte above 0x7F is outside of this; empty: there is none */
    bool control;     /* one is below 0x20 … */
    bool nul;         /* … or 0 */
};

struct bill_bytes bill_bytes_of(struct view bytes);

/* Cells into `cells`, as far as `max` reaches; returns how many there are. A line of values begins
 * with a back-tick; what its bytes are falls off on the way. */
size_t bill_split_names(struct view line, struct view *cells, size_t max);
size_t bill_split_values(struct view line, struct view *cells, size_t max,
                         struct bill_bytes *ret_bytes);

#endif
