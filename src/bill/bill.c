#include "bill/bill.h"

#include "base/memory.h"
#include "bill/decode.h"
#include "bill/lines.h"
#include "bill/totals.h"
#include "text/csv.h"
#include "text/utf8.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char BOM[] = "\xEF\xBB\xBF";

enum { BOM_LENGTH = sizeof(BOM) - 1 };

/* What the next line is. */
enum stage {
    STAGE_HEAD,
    STAGE_ROWS,
    STAGE_FOOT, /* the values of the summary, its names are read */
    STAGE_END,
};

/* One line or row, cut into cells by either dialect. */
struct cut {
    int64_t line;
    struct view raw;
    const struct view *cells;
    size_t count;
    bool plain; /* valid UTF-8 without control characters */
};

struct bill_reader {
    enum bill_dialect dialect;
    struct bill_handler handler;
    struct bill_limits limits;
    enum bill_state state;
    enum stage stage;
    bool unended; /* the current line is the last one and has no line end */
    struct bill_totals totals;
    struct bill_decoder decoder;
    struct bill_foot foot;

    struct bill_lines lines;            /* BILL_DIALECT_API */
    struct csv_reader *csv;             /* BILL_DIALECT_EXPORT */
    struct view cells[BILL_FIELDS_MAX]; /* of the line at hand */
    char first[BOM_LENGTH];             /* bytes of the file; EXPORT only */
    char last;
};

static bool take_line(void *context, struct view line, struct err *err);
static bool take_export_row(void *context, const struct csv_row *row, struct err *err);

struct bill_reader *bill_reader_new(enum bill_dialect dialect, struct bill_handler handler,
                                    struct bill_limits limits)
{
    struct bill_reader *reader = memory_alloc(sizeof(*reader));

    reader->dialect = dialect;
    reader->handler = handler;
    reader->limits = limits;
    bill_lines_init(&reader->lines, take_line, reader, limits.line_max);
    if (dialect == BILL_DIALECT_EXPORT)
        reader->csv = csv_reader_new((struct csv_handler){take_export_row, reader});
    return reader;
}

void bill_reader_free(struct bill_reader *reader)
{
    if (reader == NULL)
        return;
    csv_reader_free(reader->csv);
    bill_lines_release(&reader->lines);
    bill_decoder_release(&reader->decoder);
    free(reader);
}

enum bill_state bill_reader_state(const struct bill_reader *reader)
{
    return reader->state;
}

const struct bill_totals *bill_reader_totals(const struct bill_reader *reader)
{
    return &reader->totals;
}

const char *bill_state_name(enum bill_state state)
{
    static const char *const names[] = {
        [BILL_READING] = "unfinished",       [BILL_OK] = "clean",
        [BILL_UNREADABLE] = "unreadable",    [BILL_TOTALS] = "totals differ",
        [BILL_TRUNCATED] = "truncated",      [BILL_TOO_LARGE] = "too large",
        [BILL_STOPPED] = "stopped by caller"};

    return names[state];
}

/* Ends the reading: the error is set, the line is put before it. Whatever is wrong with a last line
 * that has no end is that the file was cut. */
static bool fail(struct bill_reader *reader, enum bill_state state, int64_t line, struct err *err)
{
    if (state == BILL_UNREADABLE && err->kind == ERR_LIMIT)
        state = BILL_TOO_LARGE;
    if (state == BILL_UNREADABLE && reader->unended && reader->stage != STAGE_END)
        state = BILL_TRUNCATED;
    reader->state = state;
    return err_wrap(err, "line %" PRId64, line);
}

static bool unreadable(struct bill_reader *reader, int64_t line, const char *what, struct err *err)
{
    (void)err_set(err, ERR_DATA, "%s", what);
    return fail(reader, BILL_UNREADABLE, line, err);
}

static bool truncated(struct bill_reader *reader, int64_t line, const char *what, struct err *err)
{
    (void)err_set(err, ERR_DATA, "%s", what);
    return fail(reader, BILL_TRUNCATED, line, err);
}

static bool take_head(struct bill_reader *reader, const struct cut *cut, struct err *err)
{
    struct bill_head head;
    size_t text_max = reader->limits.line_max;

    if (!bill_head_read(cut->cells, cut->count, &head, err))
        return fail(reader, BILL_UNREADABLE, cut->line, err);

    if (reader->dialect == BILL_DIALECT_EXPORT && text_max < CSV_ROW_MAX)
        text_max = CSV_ROW_MAX;
    bill_decoder_init(&reader->decoder, &head, text_max);
    reader->totals.layout = head.layout;
    reader->totals.columns = head.width;
    reader->stage = STAGE_ROWS;
    return true;
}

static bool take_foot_names(struct bill_reader *reader, const struct cut *cut, struct err *err)
{
    if (!bill_foot_read(cut->cells, cut->count, reader->totals.layout, &reader->foot, err))
        return fail(reader, BILL_UNREADABLE, cut->line, err);

    reader->stage = STAGE_FOOT;
    return true;
}

/* A file of one line without end may be a bill that was cut, or something else altogether. */
static bool is_cut_head(const struct cut *cut)
{
    struct view cell = cut->cells[0];

    return bill_begins_head(cell) || view_starts_with(VIEW("交易时间"), cell) ||
           view_starts_with(VIEW("记账时间"), cell) ||
           view_starts_with(view_from(BOM, BOM_LENGTH), cell);
}

static bool take_names(struct bill_reader *reader, const struct cut *cut, struct err *err)
{
    if (reader->unended && reader->stage == STAGE_HEAD && !is_cut_head(cut))
        reader->unended = false;
    if (reader->unended && reader->stage != STAGE_END)
        return truncated(reader, cut->line, "the file ends in the middle of this line", err);
    switch (reader->stage) {
    case STAGE_HEAD:
        return take_head(reader, cut, err);
    case STAGE_ROWS:
        if (bill_begins_foot(cut->cells[0]))
            return take_foot_names(reader, cut, err);
        if (bill_begins_head(cut->cells[0]))
            return unreadable(reader, cut->line, "a second header", err);
        (void)err_set(err, ERR_DATA, "neither a row nor the summary: \"%s\"",
                      utf8_excerpt(cut->cells[0]).s);
        return fail(reader, BILL_UNREADABLE, cut->line, err);
    case STAGE_FOOT:
        return unreadable(reader, cut->line, "the values of the summary are missing", err);
    case STAGE_END:
        return unreadable(reader, cut->line, "a line after the summary", err);
    }
    assert(false);
    return false;
}

static bool give_trade(struct bill_reader *reader, const struct cut *cut, struct err *err)
{
    struct bill_row *row = &reader->decoder.trade;

    row->line = cut->line;
    row->raw = cut->raw;
    if (!bill_totals_add_trade(&reader->totals, row, err))
        return fail(reader, BILL_UNREADABLE, cut->line, err);
    if (reader->handler.trade != NULL && !reader->handler.trade(reader->handler.context, row, err))
        return fail(reader, BILL_STOPPED, cut->line, err);
    return true;
}

static bool give_fund(struct bill_reader *reader, const struct cut *cut, struct err *err)
{
    struct bill_fund_row *row = &reader->decoder.fund;

    row->line = cut->line;
    row->raw = cut->raw;
    if (!bill_totals_add_fund(&reader->totals, row, err))
        return fail(reader, BILL_UNREADABLE, cut->line, err);
    if (reader->handler.fund != NULL && !reader->handler.fund(reader->handler.context, row, err))
        return fail(reader, BILL_STOPPED, cut->line, err);
    return true;
}

static bool take_row(struct bill_reader *reader, const struct cut *cut, struct err *err)
{
    if (cut->count != reader->totals.columns) {
        (void)err_set(err, ERR_DATA, "found %zu fields, expected %zu", cut->count,
                      reader->totals.columns);
        return fail(reader, BILL_UNREADABLE, cut->line, err);
    }
    if (reader->totals.rows >= reader->limits.rows_max) {
        (void)err_set(err, ERR_LIMIT, "more than %" PRId64 " rows", reader->limits.rows_max);
        return fail(reader, BILL_UNREADABLE, cut->line, err);
    }
    if (!bill_decode(&reader->decoder, cut->cells, cut->plain, err))
        return fail(reader, BILL_UNREADABLE, cut->line, err);

    return reader->totals.layout == BILL_LAYOUT_FUND ? give_fund(reader, cut, err)
                                                     : give_trade(reader, cut, err);
}

/* The values of the summary. Without a line end behind it a number that was cut short could pass
 * for the same amount, unless a quote closes it. */
static bool take_foot(struct bill_reader *reader, const struct cut *cut, struct err *err)
{
    if (!bill_totals_read(&reader->totals, &reader->foot, cut->cells, cut->count, err))
        return fail(reader, BILL_UNREADABLE, cut->line, err);

    if (reader->unended && reader->last != '"' &&
        !bill_totals_last_is_whole(&reader->foot, cut->cells[cut->count - 1]))
        return truncated(reader, cut->line, "the file ends in the middle of this line", err);
    if (!bill_totals_compare(&reader->totals, err))
        return fail(reader, BILL_TOTALS, cut->line, err);

    reader->stage = STAGE_END;
    return true;
}

static bool take_values(struct bill_reader *reader, const struct cut *cut, struct err *err)
{
    switch (reader->stage) {
    case STAGE_HEAD:
        return unreadable(reader, cut->line, "values where the header belongs", err);
    case STAGE_ROWS:
        if (reader->unended)
            return truncated(reader, cut->line, "the file ends in the middle of this line", err);
        return take_row(reader, cut, err);
    case STAGE_FOOT:
        return take_foot(reader, cut, err);
    case STAGE_END:
        return unreadable(reader, cut->line, "a row after the summary", err);
    }
    assert(false);
    return false;
}

static bool take_empty(struct bill_reader *reader, int64_t line, struct err *err)
{
    if (reader->unended && reader->stage != STAGE_END)
        return truncated(reader, line, "the file ends in the middle of this line", err);
    return reader->stage == STAGE_END || unreadable(reader, line, "an empty line", err);
}

static void note_line_end(struct bill_totals *totals, bool cr)
{
    enum bill_line_end seen = cr ? BILL_LINE_END_CRLF : BILL_LINE_END_LF;

    if (totals->line_end == BILL_LINE_END_NONE)
        totals->line_end = seen;
    else if (totals->line_end != seen)
        totals->line_end = BILL_LINE_END_MIXED;
}

static bool cut_names(struct bill_reader *reader, struct cut *cut, struct err *err)
{
    if (bill_bytes_of(cut->raw).nul)
        return unreadable(reader, cut->line, "a byte of value 0", err);
    cut->count = bill_split_names(cut->raw, reader->cells, BILL_FIELDS_MAX);
    return take_names(reader, cut, err);
}

static bool cut_values(struct bill_reader *reader, struct cut *cut, struct err *err)
{
    struct bill_bytes bytes;

    cut->count = bill_split_values(cut->raw, reader->cells, BILL_FIELDS_MAX, &bytes);
    if (bytes.nul)
        return unreadable(reader, cut->line, "a byte of value 0", err);
    cut->plain = !bytes.control && view_is_utf8(bytes.high);
    return take_values(reader, cut, err);
}

/* The API's dialect. */
static bool take_line(void *context, struct view line, struct err *err)
{
    struct bill_reader *reader = context;
    struct cut cut = {.line = ++reader->totals.lines, .cells = reader->cells};
    bool cr = line.length > 0 && line.at[line.length - 1] == '\r';

    if (cr)
        line.length--;
    if (!reader->unended)
        note_line_end(&reader->totals, cr);
    if (cut.line == 1)
        reader->totals.has_bom = view_skip(&line, view_from(BOM, BOM_LENGTH));
    if (line.length == 0)
        return take_empty(reader, cut.line, err);

    cut.raw = line;
    return line.at[0] == '`' ? cut_values(reader, &cut, err) : cut_names(reader, &cut, err);
}

/* A row of an exported file. Back-ticks may be left in it: then each value has one. */
static bool export_values(struct bill_reader *reader, const struct csv_row *row, struct cut *cut,
                          struct err *err)
{
    bool ticked = view_starts_with(row->cells[0], VIEW("`"));

    cut->plain = true;
    for (size_t i = 0; i < row->count && i < BILL_FIELDS_MAX; i++) {
        struct bill_bytes bytes = bill_bytes_of(row->cells[i]);

        reader->cells[i] = row->cells[i];
        if (bytes.nul)
            return unreadable(reader, row->line, "a byte of value 0", err);
        if (ticked && !view_skip(&reader->cells[i], VIEW("`")))
            return unreadable(reader, row->line, "a value without back-tick", err);
        cut->plain &= !bytes.control && view_is_utf8(bytes.high);
    }
    cut->cells = reader->cells;
    return take_values(reader, cut, err);
}

static bool take_export_row(void *context, const struct csv_row *row, struct err *err)
{
    struct bill_reader *reader = context;
    struct cut cut = {.line = row->line, .cells = row->cells, .count = row->count};

    if (row->count == 1 && row->cells[0].length == 0)
        return take_empty(reader, row->line, err);
    if (bill_begins_head(row->cells[0]) || bill_begins_foot(row->cells[0]) ||
        reader->stage == STAGE_HEAD)
        return take_names(reader, &cut, err);
    return export_values(reader, row, &cut, err);
}

/* Errors of the CSV reader itself have their line already. */
static bool export_failed(struct bill_reader *reader, enum bill_state state, const struct err *err)
{
    if (reader->state == BILL_READING)
        reader->state = err->kind == ERR_LIMIT ? BILL_TOO_LARGE : state;
    return false;
}

static bool push_export(struct bill_reader *reader, struct view bytes, struct err *err)
{
    for (size_t i = 0; i < bytes.length; i++) {
        int64_t at = reader->totals.bytes - (int64_t)bytes.length + (int64_t)i;

        if (at < BOM_LENGTH)
            reader->first[at] = bytes.at[i];
        if (at == BOM_LENGTH - 1)
            reader->totals.has_bom = memcmp(reader->first, BOM, BOM_LENGTH) == 0;
        if (bytes.at[i] == '\n') {
            reader->totals.lines++;
            note_line_end(&reader->totals, reader->last == '\r');
        }
        reader->last = bytes.at[i];
    }
    return csv_reader_push(reader->csv, bytes, err) || export_failed(reader, BILL_UNREADABLE, err);
}

static bool push_api(struct bill_reader *reader, struct view bytes, struct err *err)
{
    if (bill_lines_push(&reader->lines, bytes, err))
        return true;
    return reader->state == BILL_READING &&
           fail(reader, BILL_UNREADABLE, reader->totals.lines + 1, err);
}

bool bill_reader_push(struct bill_reader *reader, struct view plain, struct err *err)
{
    assert(reader->state == BILL_READING);
    if (plain.length == 0)
        return true;
    if (__builtin_add_overflow(reader->totals.bytes, plain.length, &reader->totals.bytes) ||
        reader->totals.bytes > reader->limits.bytes_max) {
        (void)err_set(err, ERR_LIMIT, "more than %" PRId64 " bytes", reader->limits.bytes_max);
        return fail(reader, BILL_TOO_LARGE, reader->totals.lines + 1, err);
    }
    return reader->dialect == BILL_DIALECT_API ? push_api(reader, plain, err)
                                               : push_export(reader, plain, err);
}

static bool finish_lines(struct bill_reader *reader, struct err *err)
{
    struct view rest = bill_lines_rest(&reader->lines);

    if (reader->dialect == BILL_DIALECT_API) {
        reader->unended = rest.length > 0;
        return !reader->unended || take_line(reader, rest, err);
    }
    reader->unended = reader->totals.bytes > 0 && reader->last != '\n';
    reader->totals.lines += reader->unended ? 1 : 0;
    return csv_reader_finish(reader->csv, err) || export_failed(reader, BILL_TRUNCATED, err);
}

bool bill_reader_finish(struct bill_reader *reader, struct bill_totals *ret_totals, struct err *err)
{
    int64_t line;

    assert(reader->state == BILL_READING);
    if (!finish_lines(reader, err))
        return false;

    line = reader->totals.lines > 0 ? reader->totals.lines : 1;
    switch (reader->stage) {
    case STAGE_HEAD:
        return truncated(reader, line, "the file is empty", err);
    case STAGE_ROWS:
        return truncated(reader, line, "the bill ends without its summary", err);
    case STAGE_FOOT:
        return truncated(reader, line, "the bill ends without the values of its summary", err);
    case STAGE_END:
        reader->state = BILL_OK;
        *ret_totals = reader->totals;
        return true;
    }
    assert(false);
    return false;
}

enum bill_dialect bill_dialect_guess(struct view head)
{
    struct view line;

    (void)view_skip(&head, view_from(BOM, BOM_LENGTH));
    if (view_starts_with(head, VIEW("\"")))
        return BILL_DIALECT_EXPORT;
    if (!view_take(&head, '\n', &line) || head.length == 0)
        return BILL_DIALECT_API;
    if (head.at[0] == '"' || (head.at[0] >= '0' && head.at[0] <= '9'))
        return BILL_DIALECT_EXPORT;
    return BILL_DIALECT_API;
}
