#include "text/gzip.h"

#include "base/memory.h"

#include <assert.h>
#include <inttypes.h>
#include <isa-l/igzip_lib.h>
#include <limits.h>
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

/* zlib's window bits 15, plus 16 for a gzip header and trailer. */
enum { WINDOW_GZIP = 15 + 16, MEMORY_LEVEL = 8 };

/* What one call of the inflater takes at most. */
enum { PIECE_MAX = 1 << 20 };

static const unsigned char MAGIC[2] = {0x1F, 0x8B};

enum stage {
    STAGE_START,   /* fewer than two bytes seen */
    STAGE_PLAIN,   /* passing through */
    STAGE_MEMBER,  /* inside a member */
    STAGE_BETWEEN, /* after the trailer of a member */
};

struct gzip_reader {
    struct gzip_sink sink;
    struct gzip_limits limits;
    enum stage stage;
    char held; /* the first byte while STAGE_START */
    size_t held_count;
    struct inflate_state inflate;
    int64_t packed_bytes;
    int64_t plain_bytes; /* handed to the sink */
    uint8_t window[GZIP_VIEW_SIZE];
};

struct gzip_reader *gzip_reader_new(struct gzip_sink sink, struct gzip_limits limits)
{
    struct gzip_reader *reader = memory_alloc(sizeof(*reader));

    reader->sink = sink;
    reader->limits = limits;
    return reader;
}

void gzip_reader_free(struct gzip_reader *reader)
{
    free(reader);
}

bool gzip_reader_is_packed(const struct gzip_reader *reader)
{
    return reader->stage == STAGE_MEMBER || reader->stage == STAGE_BETWEEN;
}

int64_t gzip_reader_plain_bytes(const struct gzip_reader *reader)
{
    return reader->plain_bytes;
}

static bool give(struct gzip_reader *reader, struct view plain, struct err *err)
{
    int64_t total;

    if (plain.length == 0)
        return true;
    if (__builtin_add_overflow(reader->plain_bytes, plain.length, &total) ||
        total > reader->limits.plain_max)
        return err_set(err, ERR_LIMIT, "more than %" PRId64 " plain bytes",
                       reader->limits.plain_max);
    if (gzip_reader_is_packed(reader) && total > GZIP_RATIO_FREE &&
        total / reader->limits.ratio_max > reader->packed_bytes)
        return err_set(err, ERR_LIMIT,
                       "gzip stream inflates to more than %" PRId64 " times its size",
                       reader->limits.ratio_max);
    reader->plain_bytes = total;
    return reader->sink.take(reader->sink.context, plain, err);
}

static void clear_window(struct gzip_reader *reader)
{
    reader->inflate.next_out = reader->window;
    reader->inflate.avail_out = sizeof(reader->window);
}

static bool give_window(struct gzip_reader *reader, struct err *err)
{
    size_t used = sizeof(reader->window) - reader->inflate.avail_out;

    clear_window(reader);
    return give(reader, view_from((const char *)reader->window, used), err);
}

static void inflate_start(struct gzip_reader *reader)
{
    isal_inflate_init(&reader->inflate);
    reader->inflate.crc_flag = ISAL_GZIP;
    clear_window(reader);
    reader->stage = STAGE_MEMBER;
}

static const char *damage_of(int result)
{
    switch (result) {
    case ISAL_INVALID_BLOCK:
        return "a block of no known form";
    case ISAL_INVALID_SYMBOL:
        return "a code of no meaning";
    case ISAL_INVALID_LOOKBACK:
        return "a look back behind its beginning";
    case ISAL_INVALID_WRAPPER:
        return "a head that is not gzip's";
    case ISAL_UNSUPPORTED_METHOD:
        return "another method than deflate";
    case ISAL_INCORRECT_CHECKSUM:
        return "bytes that are not those of its checksum";
    default:
        return "not understood";
    }
}

/* One call of the inflater; input or room for output is there. */
static bool inflate_step(struct gzip_reader *reader, struct err *err)
{
    uint32_t before = reader->inflate.avail_in;
    int result = isal_inflate(&reader->inflate);

    reader->packed_bytes += (int64_t)before - reader->inflate.avail_in;
    if (reader->inflate.block_state == ISAL_BLOCK_FINISH)
        reader->stage = STAGE_BETWEEN;
    return result >= ISAL_DECOMP_OK ||
           err_set(err, ERR_DATA, "gzip stream is damaged near byte %" PRId64 ": %s",
                   reader->packed_bytes, damage_of(result));
}

static bool member_next(struct gzip_reader *reader, struct err *err)
{
    if (*reader->inflate.next_in != MAGIC[0])
        return err_set(err, ERR_DATA, "gzip stream is followed by other bytes, at byte %" PRId64,
                       reader->packed_bytes);
    isal_inflate_reset(&reader->inflate);
    reader->inflate.crc_flag = ISAL_GZIP;
    reader->stage = STAGE_MEMBER;
    return true;
}

static bool inflate_piece(struct gzip_reader *reader, struct view packed, struct err *err)
{
    /* the inflater does not write there, but its header does not say so */
    reader->inflate.next_in = (uint8_t *)(uintptr_t)packed.at;
    reader->inflate.avail_in = (uint32_t)packed.length;
    while (reader->inflate.avail_in > 0 || reader->inflate.avail_out == 0) {
        if (reader->inflate.avail_out == 0 && !give_window(reader, err))
            return false;
        if (reader->stage == STAGE_BETWEEN && reader->inflate.avail_in > 0 &&
            !member_next(reader, err))
            return false;
        if (reader->stage == STAGE_MEMBER && !inflate_step(reader, err))
            return false;
    }
    return true;
}

static bool push_known(struct gzip_reader *reader, struct view bytes, struct err *err)
{
    if (reader->stage == STAGE_PLAIN)
        return give(reader, bytes, err);
    while (bytes.length > 0) {
        struct view piece =
            view_from(bytes.at, bytes.length > PIECE_MAX ? PIECE_MAX : bytes.length);

        if (!inflate_piece(reader, piece, err))
            return false;
        bytes = view_from(bytes.at + piece.length, bytes.length - piece.length);
    }
    return true;
}

static void decide(struct gzip_reader *reader, char first, char second)
{
    if ((unsigned char)first == MAGIC[0] && (unsigned char)second == MAGIC[1])
        inflate_start(reader);
    else
        reader->stage = STAGE_PLAIN;
}

bool gzip_reader_push(struct gzip_reader *reader, struct view bytes, struct err *err)
{
    if (bytes.length == 0)
        return true;
    if (reader->stage == STAGE_START) {
        if (reader->held_count + bytes.length < sizeof(MAGIC)) {
            reader->held = bytes.at[0];
            reader->held_count = 1;
            return true;
        }
        if (reader->held_count == 0) {
            decide(reader, bytes.at[0], bytes.at[1]);
        } else {
            decide(reader, reader->held, bytes.at[0]);
            if (!push_known(reader, view_from(&reader->held, 1), err))
                return false;
        }
    }
    return push_known(reader, bytes, err);
}

bool gzip_reader_finish(struct gzip_reader *reader, struct err *err)
{
    switch (reader->stage) {
    case STAGE_START:
        reader->stage = STAGE_PLAIN;
        return give(reader, view_from(&reader->held, reader->held_count), err);
    case STAGE_PLAIN:
        return true;
    case STAGE_MEMBER:
        return err_set(err, ERR_DATA, "gzip stream ends in the middle, after %" PRId64 " bytes",
                       reader->packed_bytes);
    case STAGE_BETWEEN:
        return give_window(reader, err);
    }
    assert(false);
    return false;
}

struct gzip_writer {
    struct gzip_sink sink;
    z_stream zlib;
    char window[GZIP_VIEW_SIZE];
};

struct gzip_writer *gzip_writer_new(struct gzip_sink sink, int level)
{
    struct gzip_writer *writer = memory_alloc(sizeof(*writer));
    int result;

    writer->sink = sink;
    result = deflateInit2(&writer->zlib, level, Z_DEFLATED, WINDOW_GZIP, MEMORY_LEVEL,
                          Z_DEFAULT_STRATEGY);
    if (result == Z_MEM_ERROR)
        memory_exhausted(sizeof(*writer));
    assert(result == Z_OK);
    return writer;
}

void gzip_writer_free(struct gzip_writer *writer)
{
    if (writer == NULL)
        return;
    (void)deflateEnd(&writer->zlib);
    free(writer);
}

/* Deflates what next_in holds until nothing more comes out. */
static bool deflate_all(struct gzip_writer *writer, int flush, struct err *err)
{
    int result;

    do {
        struct view packed;

        writer->zlib.next_out = (Bytef *)writer->window;
        writer->zlib.avail_out = sizeof(writer->window);
        result = deflate(&writer->zlib, flush);
        assert(result != Z_STREAM_ERROR);
        packed = view_from(writer->window, sizeof(writer->window) - writer->zlib.avail_out);
        if (packed.length > 0 && !writer->sink.take(writer->sink.context, packed, err))
            return false;
    } while (writer->zlib.avail_out == 0 || (flush == Z_FINISH && result != Z_STREAM_END));
    return true;
}

bool gzip_writer_push(struct gzip_writer *writer, struct view plain, struct err *err)
{
    while (plain.length > 0) {
        size_t length = plain.length > INT_MAX ? INT_MAX : plain.length;

        writer->zlib.next_in = (const Bytef *)plain.at;
        writer->zlib.avail_in = (uInt)length;
        if (!deflate_all(writer, Z_NO_FLUSH, err))
            return false;
        plain = view_from(plain.at + length, plain.length - length);
    }
    return true;
}

bool gzip_writer_finish(struct gzip_writer *writer, struct err *err)
{
    writer->zlib.next_in = NULL;
    writer->zlib.avail_in = 0;
    return deflate_all(writer, Z_FINISH, err);
}
