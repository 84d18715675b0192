#include "text/table.h"

#include "base/buf.h"
#include "base/memory.h"
#include "text/csv.h"
#include "text/json.h"
#include "text/utf8.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* One printed line; far above any list of names and numbers, escaped. */
enum { LINE_MAX_BYTES = 64 << 20, ROWS_FIRST = 64 };

struct table {
    const struct table_column *columns;
    size_t column_count;
    struct arena arena;
    struct table_cell **rows;
    size_t row_count;
    size_t row_capacity;
};

struct table_cell table_text(struct view text)
{
    return (struct table_cell){.type = TABLE_TEXT, .text = text};
}

struct table_cell table_id(struct view text)
{
    return (struct table_cell){.type = TABLE_ID, .text = text};
}

struct table_cell table_date(struct date date)
{
    return (struct table_cell){.type = TABLE_DATE, .date = date};
}

struct table_cell table_instant(struct instant instant)
{
    return (struct table_cell){.type = TABLE_INSTANT, .instant = instant};
}

struct table_cell table_money(struct money money)
{
    return (struct table_cell){.type = TABLE_MONEY, .money = money};
}

struct table_cell table_fee(struct fee fee)
{
    return (struct table_cell){.type = TABLE_FEE, .fee = fee};
}

struct table_cell table_count(int64_t count)
{
    return (struct table_cell){.type = TABLE_COUNT, .count = count};
}

struct table_cell table_none(void)
{
    return (struct table_cell){.none = true};
}

struct table *table_new(const struct table_column *columns, size_t count)
{
    struct table *table = memory_alloc(sizeof(*table));

    assert(count > 0 && count <= TABLE_COLUMNS_MAX);
    table->columns = columns;
    table->column_count = count;
    table->arena = ARENA_INIT;
    return table;
}

void table_free(struct table *table)
{
    if (table == NULL)
        return;
    arena_release(&table->arena);
    free(table->rows);
    free(table);
}

size_t table_rows(const struct table *table)
{
    return table->row_count;
}

void table_add(struct table *table, const struct table_cell *cells, size_t count)
{
    struct table_cell *row = ARENA_ARRAY(&table->arena, struct table_cell, count);

    assert(count == table->column_count);
    for (size_t i = 0; i < count; i++) {
        assert(cells[i].none || cells[i].type == table->columns[i].type);
        row[i] = cells[i];
        if (!row[i].none && (row[i].type == TABLE_TEXT || row[i].type == TABLE_ID))
            row[i].text.at = arena_copy(&table->arena, cells[i].text.at, cells[i].text.length);
    }
    if (table->row_count == table->row_capacity) {
        table->row_capacity = table->row_capacity == 0 ? ROWS_FIRST : table->row_capacity * 2;
        table->rows = memory_resize(table->rows, table->row_capacity, sizeof(struct table_cell *));
    }
    table->rows[table->row_count++] = row;
}

bool table_format_parse(const char *name, enum table_format *ret_format)
{
    static const struct {
        const char *name;
        enum table_format format;
    } formats[] = {
        {"text", TABLE_TEXT_FORMAT}, {"csv", TABLE_CSV_FORMAT}, {"json", TABLE_JSON_FORMAT}};

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strcmp(formats[i].name, name) == 0) {
            *ret_format = formats[i].format;
            return true;
        }
    }
    return false;
}

/* Ranges that terminals show two columns wide (Unicode's East Asian width W and F, in blocks), and
 * marks that take none. */
static size_t code_width(uint32_t code)
{
    static const struct {
        uint32_t first, last;
        size_t width;
    } ranges[] = {{0x0300, 0x036F, 0},   {0x1100, 0x115F, 2},   {0x200B, 0x200F, 0},
                  {0x2E80, 0x303E, 2},   {0x3041, 0xA4CF, 2},   {0xAC00, 0xD7A3, 2},
                  {0xF900, 0xFAFF, 2},   {0xFE00, 0xFE0F, 0},   {0xFE30, 0xFE6F, 2},
                  {0xFEFF, 0xFEFF, 0},   {0xFF01, 0xFF60, 2},   {0xFFE0, 0xFFE6, 2},
                  {0x1F300, 0x1F64F, 2}, {0x1F900, 0x1F9FF, 2}, {0x20000, 0x3FFFD, 2}};

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (code >= ranges[i].first && code <= ranges[i].last)
            return ranges[i].width;
    }
    return 1;
}

size_t table_width(struct view text)
{
    size_t width = 0;

    while (text.length > 0) {
        uint32_t code = 0;
        size_t length = utf8_first(text, &code);

        width += length == 0 ? 1 : code_width(code);
        if (length == 0)
            length = 1;
        text = view_from(text.at + length, text.length - length);
    }
    return width;
}

/* The cell for people. Control characters must not reach a terminal, damaged bytes neither. */
static void add_for_people(struct buf *out, const struct table_cell *cell)
{
    size_t start = out->length;

    if (cell->none)
        return;
    switch (cell->type) {
    case TABLE_TEXT:
    case TABLE_ID:
        utf8_mend(cell->text, out);
        for (size_t i = start; i < out->length; i++) {
            if ((unsigned char)out->at[i] < 0x20 || out->at[i] == 0x7F)
                out->at[i] = ' ';
        }
        return;
    case TABLE_DATE:
        buf_add_text(out, date_text(cell->date).s);
        return;
    case TABLE_INSTANT:
        buf_add_text(out, instant_text_beijing(cell->instant).s);
        return;
    case TABLE_MONEY:
        buf_add_text(out, money_text(cell->money).s);
        return;
    case TABLE_FEE:
        buf_add_text(out, fee_text(cell->fee).s);
        return;
    case TABLE_COUNT:
        buf_add_format(out, "%" PRId64, cell->count);
        return;
    }
}

static bool is_number(enum table_type type)
{
    return type == TABLE_MONEY || type == TABLE_FEE || type == TABLE_COUNT;
}

static int64_t number_of(const struct table_cell *cell)
{
    if (cell->type == TABLE_MONEY)
        return cell->money.fen;
    return cell->type == TABLE_FEE ? cell->fee.millifen : cell->count;
}

static void widths_of(const struct table *table, size_t *ret_widths)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(LINE_MAX_BYTES);

    for (size_t c = 0; c < table->column_count; c++)
        ret_widths[c] = table_width(view_of(table->columns[c].head));
    for (size_t r = 0; r < table->row_count; r++) {
        for (size_t c = 0; c < table->column_count; c++) {
            size_t width;

            buf_clear(&text);
            add_for_people(&text, &table->rows[r][c]);
            width = table_width(buf_view(&text));
            if (width > ret_widths[c])
                ret_widths[c] = width;
        }
    }
}

static void add_blanks(struct buf *line, size_t count)
{
    while (count-- > 0)
        buf_add_byte(line, ' ');
}

static void add_padded(struct buf *line, struct view text, size_t width, bool right)
{
    size_t blanks = width - table_width(text);

    if (right)
        add_blanks(line, blanks);
    buf_add_view(line, text);
    if (!right)
        add_blanks(line, blanks);
}

/* Cells beside each other without blanks at the end. */
static void end_line(struct buf *line)
{
    while (line->length > 0 && line->at[line->length - 1] == ' ')
        line->length--;
    buf_add_byte(line, '\n');
}

static void text_row(const struct table *table, size_t row, const size_t *widths, struct buf *line)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(LINE_MAX_BYTES);

    for (size_t c = 0; c < table->column_count; c++) {
        buf_clear(&text);
        add_for_people(&text, &table->rows[row][c]);
        if (c > 0)
            buf_add_text(line, "  ");
        add_padded(line, buf_view(&text), widths[c], is_number(table->columns[c].type));
    }
    end_line(line);
}

static void text_head(const struct table *table, const size_t *widths, struct buf *line)
{
    for (size_t c = 0; c < table->column_count; c++) {
        if (c > 0)
            buf_add_text(line, "  ");
        add_padded(line, view_of(table->columns[c].head), widths[c],
                   is_number(table->columns[c].type));
    }
    end_line(line);
}

/* The cell for programs, but numbers. */
static void add_for_programs(struct buf *out, const struct table_cell *cell)
{
    switch (cell->type) {
    case TABLE_TEXT:
    case TABLE_ID:
        buf_add_view(out, cell->text);
        return;
    case TABLE_DATE:
        buf_add_text(out, date_text(cell->date).s);
        return;
    case TABLE_INSTANT:
        buf_add_text(out, instant_text(cell->instant).s);
        return;
    case TABLE_MONEY:
    case TABLE_FEE:
    case TABLE_COUNT:
        buf_add_format(out, "%" PRId64, number_of(cell));
        return;
    }
}

static void csv_row_add(const struct table *table, size_t row, struct csv_writer *writer)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(LINE_MAX_BYTES);

    for (size_t c = 0; c < table->column_count; c++) {
        buf_clear(&text);
        if (!table->rows[row][c].none)
            add_for_programs(&text, &table->rows[row][c]);
        csv_writer_cell(writer, CSV_CELL_TEXT, buf_view(&text));
    }
    csv_writer_end_row(writer);
}

static void csv_head_add(const struct table *table, struct csv_writer *writer)
{
    for (size_t c = 0; c < table->column_count; c++)
        csv_writer_cell(writer, CSV_CELL_TEXT, view_of(table->columns[c].name));
    csv_writer_end_row(writer);
}

static void json_row_add(const struct table *table, size_t row, struct json_writer *writer)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(LINE_MAX_BYTES);

    json_writer_begin_object(writer);
    for (size_t c = 0; c < table->column_count; c++) {
        const struct table_cell *cell = &table->rows[row][c];

        json_writer_key(writer, table->columns[c].name);
        buf_clear(&text);
        if (cell->none) {
            json_writer_null(writer);
        } else if (is_number(cell->type)) {
            json_writer_integer(writer, number_of(cell));
        } else {
            add_for_programs(&text, cell);
            json_writer_text(writer, buf_view(&text));
        }
    }
    json_writer_end_object(writer);
}

/* Writes and empties the line. */
static void put(struct buf *line, FILE *out)
{
    assert(!line->overflowed);
    (void)fwrite(buf_text(line), 1, line->length, out);
    buf_clear(line);
}

static void print_text(const struct table *table, struct buf *line, FILE *out)
{
    size_t widths[TABLE_COLUMNS_MAX];

    widths_of(table, widths);
    text_head(table, widths, line);
    put(line, out);
    for (size_t r = 0; r < table->row_count; r++) {
        text_row(table, r, widths, line);
        put(line, out);
    }
}

static void print_csv(const struct table *table, struct buf *line, FILE *out)
{
    struct csv_writer writer;

    csv_writer_init(&writer, CSV_PROFILE_MACHINE, line);
    csv_head_add(table, &writer);
    put(line, out);
    for (size_t r = 0; r < table->row_count; r++) {
        csv_row_add(table, r, &writer);
        put(line, out);
    }
}

static void print_json(const struct table *table, struct buf *line, FILE *out)
{
    (void)fputs("[", out);
    for (size_t r = 0; r < table->row_count; r++) {
        struct json_writer writer;

        buf_add_text(line, r == 0 ? "\n" : ",\n");
        json_writer_init(&writer, line);
        json_row_add(table, r, &writer);
        put(line, out);
    }
    (void)fputs(table->row_count > 0 ? "\n]\n" : "]\n", out);
}

bool table_print(const struct table *table, enum table_format format, FILE *out, struct err *err)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(LINE_MAX_BYTES);

    switch (format) {
    case TABLE_TEXT_FORMAT:
        print_text(table, &line, out);
        break;
    case TABLE_CSV_FORMAT:
        print_csv(table, &line, out);
        break;
    case TABLE_JSON_FORMAT:
        print_json(table, &line, out);
        break;
    }
    if (fflush(out) != 0 || ferror(out) != 0)
        return err_set_errno(err, ERR_IO, errno, "could not write the output");
    return true;
}
