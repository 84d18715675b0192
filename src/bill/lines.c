#include "bill/lines.h"

#include <string.h>

void bill_lines_init(struct bill_lines *lines,
                     bool (*take)(void *context, struct view line, struct err *err), void *context,
                     size_t line_max)
{
    *lines = (struct bill_lines){take, context, BUF_INIT(line_max)};
}

void bill_lines_release(struct bill_lines *lines)
{
    buf_release(&lines->carry);
}

struct view bill_lines_rest(const struct bill_lines *lines)
{
    return buf_view(&lines->carry);
}

static bool too_long(const struct bill_lines *lines, struct err *err)
{
    return err_set(err, ERR_LIMIT, "longer than %zu bytes", lines->carry.max);
}

static bool take_line(struct bill_lines *lines, struct view piece, struct err *err)
{
    bool taken;

    if (lines->carry.length == 0)
        return piece.length > lines->carry.max ? too_long(lines, err)
                                               : lines->take(lines->context, piece, err);
    buf_add_view(&lines->carry, piece);
    if (lines->carry.overflowed)
        return too_long(lines, err);
    taken = lines->take(lines->context, buf_view(&lines->carry), err);
    buf_clear(&lines->carry);
    return taken;
}

bool bill_lines_push(struct bill_lines *lines, struct view bytes, struct err *err)
{
    while (bytes.length > 0) {
        const char *end = memchr(bytes.at, '\n', bytes.length);
        size_t length;

        if (end == NULL) {
            buf_add_view(&lines->carry, bytes);
            return !lines->carry.overflowed || too_long(lines, err);
        }
        length = (size_t)(end - bytes.at);
        if (!take_line(lines, view_from(bytes.at, length), err))
            return false;
        bytes = view_from(end + 1, bytes.length - length - 1);
    }
    return true;
}

size_t bill_split_names(struct view line, struct view *cells, size_t max)
{
    size_t count = 0;
    const char *end = line.at + line.length;

    for (const char *start = line.at;;) {
        const char *comma = memchr(start, ',', (size_t)(end - start));

        if (count < max)
            cells[count] = view_from(start, (size_t)((comma == NULL ? end : comma) - start));
        count++;
        if (comma == NULL)
            return count;
        start = comma + 1;
    }
}

size_t bill_split_values(struct view line, struct view *cells, size_t max)
{
    size_t count = 0;
    const char *end = line.at + line.length;
    const char *start = line.at + 1;
    const char *tick = start;

    while ((tick = memchr(tick, '`', (size_t)(end - tick))) != NULL) {
        if (tick[-1] == ',') {
            if (count < max)
                cells[count] = view_from(start, (size_t)(tick - 1 - start));
            count++;
            start = tick + 1;
        }
        tick++;
    }
    if (count < max)
        cells[count] = view_from(start, (size_t)(end - start));
    return count + 1;
}

struct bill_bytes bill_bytes_of(struct view line)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t highs = UINT64_C(0x8080808080808080);
    uint64_t high = 0;
    uint64_t zero = 0;
    size_t i = 0;

    for (; i + sizeof(uint64_t) <= line.length; i += sizeof(uint64_t)) {
        uint64_t word;

        memcpy(&word, line.at + i, sizeof(word));
        high |= word;
        zero |= (word - ones) & ~word; /* its high bits: which bytes were zero */
    }
    for (; i < line.length; i++) {
        high |= (unsigned char)line.at[i];
        zero |= line.at[i] == '\0' ? highs : 0;
    }
    return (struct bill_bytes){(high & highs) == 0, (zero & highs) != 0};
}
