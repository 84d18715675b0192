#include "bill/lines.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

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

/* Sixty-four bytes before their back-ticks are looked at one by one: a pass over the line costs a
 * few instructions a byte less than a search for each cell, and sees what kind of bytes there are
 * on the way. Sixteen at a time where every processor can, else eight, as numbers. */
enum { CHUNK = 64, FIRST_PRINTED = 0x20 };

struct chunk {
    uint64_t ticks; /* a bit for each byte that is a back-tick */
    bool high, control;
};

#if defined(__SSE2__) && !defined(BILL_LINES_PORTABLE)

static inline struct chunk chunk_at(const char *at)
{
    const __m128i tick = _mm_set1_epi8('`');
    const __m128i last_control = _mm_set1_epi8(FIRST_PRINTED - 1);
    uint64_t ticks = 0;
    int high = 0;
    int control = 0;

    for (unsigned i = 0; i < CHUNK; i += sizeof(__m128i)) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(at + i));
        int is_tick = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, tick));

        high |= _mm_movemask_epi8(bytes);
        control |= _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes));
        ticks |= (uint64_t)(unsigned)is_tick << i;
    }
    return (struct chunk){ticks, high != 0, control != 0};
}

#else

static const uint64_t ONES = UINT64_C(0x0101010101010101);
static const uint64_t HIGHS = UINT64_C(0x8080808080808080);

/* The first byte is the lowest one of the result. */
static inline uint64_t word_at(const char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* Not zero when a byte of `word` is below 0x20. */
static inline uint64_t control_bytes(uint64_t word)
{
    return (word - ONES * FIRST_PRINTED) & ~word & HIGHS;
}

/* The high bit of each byte of `word` that is zero, and no other. */
static inline uint64_t zero_bytes(uint64_t word)
{
    return ~(((word & ~HIGHS) + ~HIGHS) | word) & HIGHS;
}

/* The high bits of the eight bytes beside each other, the first byte's lowest. */
static inline uint64_t gather(uint64_t highs)
{
    return (highs >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

static inline struct chunk chunk_at(const char *at)
{
    uint64_t ticks = 0;
    uint64_t high = 0;
    uint64_t control = 0;

    for (unsigned i = 0; i < CHUNK; i += sizeof(uint64_t)) {
        uint64_t word = word_at(at + i);

        high |= word;
        control |= control_bytes(word);
        ticks |= gather(zero_bytes(word ^ (ONES * '`'))) << i;
    }
    return (struct chunk){ticks, (high & HIGHS) != 0, control != 0};
}

#endif

/* As chunk_at for the last `length` < CHUNK bytes. */
static inline struct chunk chunk_rest(const char *at, size_t length)
{
    char bytes[CHUNK];

    memset(bytes, ' ', sizeof(bytes));
    memcpy(bytes, at, length);
    return chunk_at(bytes);
}

struct split {
    const char *start; /* of the cell being read */
    struct view *cells;
    size_t max;
    size_t count;
};

static inline void add_cell(struct split *split, const char *end)
{
    if (split->count < split->max)
        split->cells[split->count] = view_from(split->start, (size_t)(end - split->start));
    split->count++;
}

/* `ticks` has a bit for each back-tick of the bytes from `at` on. */
static inline void split_at(struct split *split, const char *at, uint64_t ticks)
{
    for (; ticks != 0; ticks &= ticks - 1) {
        const char *tick = at + __builtin_ctzll(ticks);

        if (tick > split->start && tick[-1] == ',') {
            add_cell(split, tick - 1);
            split->start = tick + 1;
        }
    }
}

static bool has_nul(struct view bytes)
{
    return bytes.length > 0 && memchr(bytes.at, '\0', bytes.length) != NULL;
}

size_t bill_split_values(struct view line, struct view *cells, size_t max,
                         struct bill_bytes *ret_bytes)
{
    struct split split = {line.at + 1, cells, max, 0};
    const char *end = line.at + line.length;
    const char *high = end;
    const char *high_end = end;
    bool control = false;

    for (const char *at = line.at; at < end; at += CHUNK) {
        size_t left = (size_t)(end - at);
        struct chunk chunk = left >= CHUNK ? chunk_at(at) : chunk_rest(at, left);

        if (chunk.high) {
            high = high == end ? at : high;
            high_end = left >= CHUNK ? at + CHUNK : end;
        }
        control |= chunk.control;
        split_at(&split, at, chunk.ticks);
        if (left < CHUNK)
            break;
    }
    add_cell(&split, end);
    *ret_bytes = (struct bill_bytes){.high = view_from(high, (size_t)(high_end - high)),
                                     .control = control,
                                     .nul = control && has_nul(line)};
    return split.count;
}

struct bill_bytes bill_bytes_of(struct view bytes)
{
    bool high = false;

    for (size_t i = 0; i < bytes.length; i++)
        high |= (unsigned char)bytes.at[i] > 0x7F;
    return (struct bill_bytes){.high = high ? bytes : (struct view){NULL, 0},
                               .control = view_has_control(bytes),
                               .nul = has_nul(bytes)};
}
