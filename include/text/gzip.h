/* gzip streams, in and out (RFC 1952). The only user of ISA-L, which inflates in half of zlib's
 * time, and of zlib, which deflates.
 *
 * The reader takes bytes as they arrive in pieces of any size and hands plain bytes to a sink in
 * views of GZIP_VIEW_SIZE bytes (the last one is smaller). It looks at the first two bytes: 1f 8b
 * is inflated, anything else passes through unchanged, in the views in which it came.
 *
 * Several members one after the other are one stream, as gunzip reads them. A stream that ends in
 * the middle, or is followed by bytes that are no member, is ERR_DATA, at gzip_reader_finish at the
 * latest: plain bytes that the sink saw before are worth nothing until finish has returned true.
 *
 * Limits: plain bytes, and plain bytes for each packed byte (a bomb), both ERR_LIMIT before the
 * sink sees more than allowed. After a failure the reader only takes gzip_reader_free. */
#ifndef TEXT_GZIP_H
#define TEXT_GZIP_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/view.h"

enum { GZIP_VIEW_SIZE = 128 * 1024 };

/* A bill of 10^7 rows has about 3.5 GB. */
#define GZIP_PLAIN_MAX (INT64_C(8) << 30)

/* Bills shrink to a tenth, test bills with equal rows to a hundredth; zlib's own limit is 1032. */
#define GZIP_RATIO_MAX INT64_C(400)

/* The ratio is not looked at below this many plain bytes. */
#define GZIP_RATIO_FREE (INT64_C(1) << 20)

/* Where plain (or packed) bytes go. False, with err set, ends the stream with that error. */
struct gzip_sink {
    bool (*take)(void *context, struct view bytes, struct err *err);
    void *context;
};

struct gzip_limits {
    int64_t plain_max; /* bytes */
    int64_t ratio_max; /* plain bytes for each packed byte */
};

#define GZIP_LIMITS ((struct gzip_limits){GZIP_PLAIN_MAX, GZIP_RATIO_MAX})

struct gzip_reader;

struct gzip_reader *gzip_reader_new(struct gzip_sink sink, struct gzip_limits limits);
void gzip_reader_free(struct gzip_reader *reader);
DEFINE_CLEANUP(gzip_reader_done, struct gzip_reader, gzip_reader_free)

bool gzip_reader_push(struct gzip_reader *reader, struct view bytes, struct err *err);
bool gzip_reader_finish(struct gzip_reader *reader, struct err *err);

/* Was the input gzip? Known after two bytes. */
bool gzip_reader_is_packed(const struct gzip_reader *reader);
int64_t gzip_reader_plain_bytes(const struct gzip_reader *reader);

/* One member with time 0 and no name: the same plain bytes give the same packed bytes.
 * `level` is zlib's, 1 fast … 9 small. */
struct gzip_writer;

struct gzip_writer *gzip_writer_new(struct gzip_sink sink, int level);
void gzip_writer_free(struct gzip_writer *writer);
DEFINE_CLEANUP(gzip_writer_done, struct gzip_writer, gzip_writer_free)

bool gzip_writer_push(struct gzip_writer *writer, struct view plain, struct err *err);
bool gzip_writer_finish(struct gzip_writer *writer, struct err *err);

#endif
