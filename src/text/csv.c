#include "text/csv.h"

#include "base/memory.h"

#include <assert.h>
#include <csv.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 4096 };

static const char BOM[] = "\xEF\xBB\xBF";

enum { BOM_LENGTH = sizeof(BOM) - 1 };

struct csv_reader {
    struct csv_handler handler;
    struct csv_parser parser;
    int parser_idle;   /* parser.pstate between two rows */
    size_t bom_length; /* bytes of a BOM seen so far; BOM_LENGTH: past it */
    int64_t line;
    int64_t row_line;
    bool line_used; /* a byte that is no line end was on this line */
    struct buf row; /* cells one after the other */
    size_t ends[CSV_FIELDS_MAX];
    struct view cells[CSV_FIELDS_MAX];
    size_t count;
    bool failed;
    struct err *err; /* of the call going on */
};

/* libcsv grows its buffer for one field through this. Refusing is how a field gets a limit. */
static void *field_resize(void *old, size_t size)
{
    return size > CSV_FIELD_MAX ? NULL : memory_resize(old, size, 1);
}

static int never_space(unsigned char c)
{
    (void)c;
    return 0;
}

struct csv_reader *csv_reader_new(struct csv_handler handler)
{
    struct csv_reader *reader = memory_alloc(sizeof(*reader));
    int result = csv_init(&reader->parser, CSV_STRICT | CSV_STRICT_FINI);

    assert(result == 0);
    csv_set_realloc_func(&reader->parser, field_resize);
    csv_set_blk_size(&reader->parser, BLOCK_SIZE);
    csv_set_space_func(&reader->parser, never_space);
    reader->handler = handler;
    reader->parser_idle = reader->parser.pstate;
    reader->line = 1;
    reader->row = BUF_INIT(CSV_ROW_MAX);
    return reader;
}

void csv_reader_free(struct csv_reader *reader)
{
    if (reader == NULL)
        return;
    csv_free(&reader->parser);
    buf_release(&reader->row);
    free(reader);
}

static void row_fail(struct csv_reader *reader, const char *what, size_t limit)
{
    (void)err_set(reader->err, ERR_LIMIT, "line %" PRId64 ": a row has more than %zu %s",
                  reader->row_line, limit, what);
    reader->failed = true;
}

static void field_done(void *field, size_t length, void *context)
{
    struct csv_reader *reader = context;

    if (reader->failed)
        return;
    if (reader->count == CSV_FIELDS_MAX) {
        row_fail(reader, "fields", CSV_FIELDS_MAX);
        return;
    }
    buf_add(&reader->row, field, length);
    if (reader->row.overflowed) {
        row_fail(reader, "bytes", CSV_ROW_MAX);
        return;
    }
    reader->ends[reader->count++] = reader->row.length;
}

static void row_done(int terminator, void *context)
{
    struct csv_reader *reader = context;
    struct csv_row row = {reader->row_line, reader->count, reader->cells};
    size_t start = 0;

    (void)terminator;
    if (reader->failed)
        return;
    for (size_t i = 0; i < reader->count; i++) {
        reader->cells[i] = view_from(buf_text(&reader->row) + start, reader->ends[i] - start);
        start = reader->ends[i];
    }
    if (!reader->handler.row(reader->handler.context, &row, reader->err))
        reader->failed = true;
    buf_clear(&reader->row);
    reader->count = 0;
    reader->row_line = reader->line; /* of a row that follows a lone CR */
}

static bool parser_error(struct csv_reader *reader)
{
    switch (csv_error(&reader->parser)) {
    case CSV_EPARSE:
        return err_set(reader->err, ERR_DATA, "line %" PRId64 ": a quote stands where none may be",
                       reader->line);
    case CSV_ENOMEM:
    case CSV_ETOOBIG:
        return err_set(reader->err, ERR_LIMIT, "line %" PRId64 ": a field has more than %d bytes",
                       reader->row_line, CSV_FIELD_MAX);
    default:
        return err_set(reader->err, ERR_BUG, "line %" PRId64 ": %s", reader->line,
                       csv_strerror(csv_error(&reader->parser)));
    }
}

/* A piece holds at most one line feed, as its last byte. libcsv swallows empty lines, so they are
 * seen here. */
static bool push_piece(struct csv_reader *reader, struct view piece, bool ends_line)
{
    if (reader->parser.pstate == reader->parser_idle)
        reader->row_line = reader->line;
    for (size_t i = 0; i < piece.length && !reader->line_used; i++)
        reader->line_used = piece.at[i] != '\r' && piece.at[i] != '\n';

    if (ends_line && !reader->line_used && reader->parser.pstate == reader->parser_idle) {
        field_done(NULL, 0, reader);
        row_done('\n', reader);
    } else if (csv_parse(&reader->parser, piece.at, piece.length, field_done, row_done, reader) !=
               piece.length) {
        return !reader->failed && parser_error(reader);
    }
    if (ends_line) {
        reader->line++;
        reader->line_used = false;
    }
    return !reader->failed;
}

static bool push_lines(struct csv_reader *reader, struct view bytes)
{
    while (bytes.length > 0) {
        const char *end = memchr(bytes.at, '\n', bytes.length);
        size_t length = end == NULL ? bytes.length : (size_t)(end - bytes.at) + 1;

        if (!push_piece(reader, view_from(bytes.at, length), end != NULL))
            return false;
        bytes = view_from(bytes.at + length, bytes.length - length);
    }
    return true;
}

bool csv_reader_push(struct csv_reader *reader, struct view bytes, struct err *err)
{
    reader->err = err;
    while (bytes.length > 0 && reader->bom_length < BOM_LENGTH) {
        size_t seen = reader->bom_length;

        if (bytes.at[0] != BOM[seen]) {
            reader->bom_length = BOM_LENGTH;
            if (!push_lines(reader, view_from(BOM, seen)))
                return false;
            break;
        }
        reader->bom_length++;
        bytes = view_from(bytes.at + 1, bytes.length - 1);
    }
    return push_lines(reader, bytes);
}

bool csv_reader_finish(struct csv_reader *reader, struct err *err)
{
    reader->err = err;
    if (reader->bom_length < BOM_LENGTH && !push_lines(reader, view_from(BOM, reader->bom_length)))
        return false;
    if (csv_fini(&reader->parser, field_done, row_done, reader) != 0)
        return err_set(err, ERR_DATA, "line %" PRId64 ": a quoted field is never closed",
                       reader->row_line);
    return !reader->failed;
}

void csv_writer_init(struct csv_writer *writer, enum csv_profile profile, struct buf *out)
{
    *writer = (struct csv_writer){.out = out, .profile = profile};
    if (profile == CSV_PROFILE_STORE)
        buf_add(out, BOM, BOM_LENGTH);
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7F;
}

/* A spreadsheet takes the text for a formula: the first character after blanks is one of those that
 * begin formulas, in either width (DOMAIN §7). */
static bool looks_like_formula(struct view text)
{
    static const char *const starts[] = {"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"};

    for (;;) {
        for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
            if (view_starts_with(text, view_of(starts[i])))
                return true;
        }
        if (text.length > 0 && (text.at[0] == ' ' || is_control(text.at[0])))
            text = view_from(text.at + 1, text.length - 1);
        else if (!view_skip(&text, VIEW("\u3000")) && !view_skip(&text, VIEW("\u00A0")))
            return false;
    }
}

static void add_quoted(struct buf *out, struct view text, bool drop_controls)
{
    char *room = text.length > SIZE_MAX / 2 ? NULL : buf_reserve(out, 2 * text.length);
    size_t length = 0;

    if (room == NULL)
        return;
    for (size_t i = 0; i < text.length; i++) {
        if (drop_controls && is_control(text.at[i]))
            continue;
        if (text.at[i] == '"')
            room[length++] = '"';
        room[length++] = text.at[i];
    }
    buf_grown(out, length);
}

void csv_writer_cell(struct csv_writer *writer, enum csv_cell type, struct view value)
{
    bool store = writer->profile == CSV_PROFILE_STORE;
    bool foreign = store && type != CSV_CELL_NUMBER;

    if (writer->cells++ > 0)
        buf_add_byte(writer->out, ',');
    buf_add_byte(writer->out, '"');
    if (store && type == CSV_CELL_ID)
        buf_add_byte(writer->out, '\t');
    if (foreign && looks_like_formula(value))
        buf_add_byte(writer->out, '\'');
    add_quoted(writer->out, value, foreign);
    buf_add_byte(writer->out, '"');
}

void csv_writer_end_row(struct csv_writer *writer)
{
    assert(writer->cells > 0);
    buf_add_text(writer->out, writer->profile == CSV_PROFILE_STORE ? "\r\n" : "\n");
    writer->cells = 0;
}
