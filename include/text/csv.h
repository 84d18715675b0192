/* CSV in and out (RFC 4180). The only user of libcsv.
 *
 * The reader is for files that other programs or people made: exports of the merchant platform,
 * lists, receipts, our own statements. (Bills as downloaded are another dialect, see bill/bill.h.)
 * Cells arrive exactly as written between commas or quotes: nothing is trimmed. A UTF-8 BOM at the
 * beginning is dropped. LF, CRLF and CR end a row; an empty line is a row of one empty cell. Lines
 * are counted by LF from 1; a row's line is that of its first byte, although quoted cells may hold
 * line ends. Quotes where none belong, or one that is never closed, are ERR_DATA with the line.
 *
 * The writer quotes every cell in both profiles (a writer that quotes "when needed" gets it wrong):
 *
 *   STORE    for people with Excel or WPS: BOM, CRLF, id cells with a leading TAB inside the
 * quotes, text cells guarded against formulas, control characters dropped (DOMAIN §7) MACHINE  for
 * programs: no BOM, LF, every byte as given */
#ifndef TEXT_CSV_H
#define TEXT_CSV_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"

/* Above: ERR_LIMIT. Remarks in bills have at most 2048 characters. */
enum { CSV_FIELD_MAX = 64 * 1024, CSV_ROW_MAX = 256 * 1024, CSV_FIELDS_MAX = 256 };

/* Cells live until the handler returns. */
struct csv_row {
    int64_t line;
    size_t count; /* at least 1 */
    const struct view *cells;
};

/* False, with err set, ends the reading with that error. */
struct csv_handler {
    bool (*row)(void *context, const struct csv_row *row, struct err *err);
    void *context;
};

struct csv_reader;

struct csv_reader *csv_reader_new(struct csv_handler handler);
void csv_reader_free(struct csv_reader *reader);
DEFINE_CLEANUP(csv_reader_done, struct csv_reader, csv_reader_free)

/* After a failure the reader only takes csv_reader_free. A last row without line end arrives in
 * csv_reader_finish. */
bool csv_reader_push(struct csv_reader *reader, struct view bytes, struct err *err);
bool csv_reader_finish(struct csv_reader *reader, struct err *err);

enum csv_profile { CSV_PROFILE_STORE, CSV_PROFILE_MACHINE };

enum csv_cell {
    CSV_CELL_TEXT,   /* names, notes: guarded in STORE */
    CSV_CELL_ID,     /* numbers that are names, and digests: leading TAB and guard in STORE */
    CSV_CELL_NUMBER, /* amounts, counts, dates, times, rates from our own writers: never guarded */
};

/* Asks nothing of the caller but a buffer; look at its `overflowed` once at the end. */
struct csv_writer {
    struct buf *out;
    enum csv_profile profile;
    size_t cells; /* of the row being written */
};

/* Writes the BOM that the profile wants. */
void csv_writer_init(struct csv_writer *writer, enum csv_profile profile, struct buf *out);
void csv_writer_cell(struct csv_writer *writer, enum csv_cell type, struct view value);
void csv_writer_end_row(struct csv_writer *writer);

#endif
