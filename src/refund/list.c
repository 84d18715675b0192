#include "refund/list.h"

#include "text/csv.h"
#include "text/encoding.h"
#include "text/utf8.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_FIRST = 64, TEXT_FACTOR = 2, PROBLEM_MAX = 512 };

/* Columns that a list may have. */
enum column { COLUMN_DEPOSIT, COLUMN_REASON, COLUMN_MCHID, COLUMN_COUNT };

static const char *const heads[COLUMN_COUNT][2] = {
    [COLUMN_DEPOSIT] = {"deposit_id", "押金编号"},
    [COLUMN_REASON] = {"reason", "原因"},
    [COLUMN_MCHID] = {"mchid", "商户号"},
};

struct reading {
    const struct refund_list_defaults *defaults;
    struct arena *arena;
    struct refund_list list;
    size_t line_capacity;
    bool has_head;
    size_t head_count;           /* cells of the head */
    size_t places[COLUMN_COUNT]; /* SIZE_MAX: there is no such column */
    size_t rows;
};

/* ---- problems -------------------------------------------------------------------------------- */

static struct view keep(struct arena *arena, struct view text)
{
    return view_from(arena_copy(arena, text.at, text.length), text.length);
}

void refund_list_add_problem(struct refund_list *list, int64_t line, struct view text,
                             struct arena *arena)
{
    size_t at = list->problem_count;

    if ((at & (at - 1)) == 0) { /* room for twice as many at each power of two */
        struct refund_problem *more =
            ARENA_ARRAY(arena, struct refund_problem, at == 0 ? 1 : 2 * at);

        if (at > 0)
            memcpy(more, list->problems, at * sizeof(*more));
        list->problems = more;
    }
    list->problems[list->problem_count++] = (struct refund_problem){line, keep(arena, text)};
}

static int compare_problems(const void *a, const void *b)
{
    const struct refund_problem *one = a;
    const struct refund_problem *other = b;

    return (one->line > other->line) - (one->line < other->line);
}

void refund_list_sort_problems(struct refund_list *list)
{
    if (list->problem_count > 0)
        qsort(list->problems, list->problem_count, sizeof(*list->problems), compare_problems);
}

static void add_problem(struct reading *reading, int64_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add_problem(struct reading *reading, int64_t line, const char *format, ...)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(PROBLEM_MAX);
    va_list list;

    va_start(list, format);
    buf_add_format_list(&text, format, list);
    va_end(list);
    refund_list_add_problem(&reading->list, line, buf_view(&text), reading->arena);
}

const char *refund_reason_problem(struct view reason)
{
    if (!view_is_utf8(reason))
        return "the reason is not UTF-8";
    if (view_trim(reason).length == 0)
        return "the reason is empty";
    if (view_has_control(reason))
        return "the reason has control characters";
    if (reason.length > WXPAY_REASON_MAX)
        return "the reason has more than 80 bytes, which are 26 Chinese characters";
    return NULL;
}

/* ---- head ------------------------------------------------------------------------------------ */

static bool head_of(struct view cell, enum column *ret_column)
{
    for (int column = 0; column < COLUMN_COUNT; column++) {
        if (view_equal_ignore_case(cell, view_of(heads[column][0])) ||
            view_equal_text(cell, heads[column][1])) {
            *ret_column = (enum column)column;
            return true;
        }
    }
    return false;
}

static bool read_head(struct reading *reading, const struct csv_row *row, struct err *err)
{
    for (int column = 0; column < COLUMN_COUNT; column++)
        reading->places[column] = SIZE_MAX;
    for (size_t i = 0; i < row->count; i++) {
        struct view cell = view_trim(row->cells[i]);
        enum column column;

        if (!head_of(cell, &column))
            continue;
        if (reading->places[column] != SIZE_MAX)
            return err_set(err, ERR_DATA, "line %" PRId64 ": two columns %s", row->line,
                           heads[column][0]);
        reading->places[column] = i;
    }
    if (reading->places[COLUMN_DEPOSIT] == SIZE_MAX)
        return err_set(err, ERR_DATA, "line %" PRId64 ": no column is called %s or %s", row->line,
                       heads[COLUMN_DEPOSIT][0], heads[COLUMN_DEPOSIT][1]);
    reading->head_count = row->count;
    reading->has_head = true;
    return true;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static bool is_blank(const struct csv_row *row)
{
    for (size_t i = 0; i < row->count; i++) {
        if (view_trim(row->cells[i]).length > 0)
            return false;
    }
    return true;
}

/* Blanks and tabs round a cell are a spreadsheet's (DOMAIN §7: a tab keeps numbers whole). */
static struct view cell_of(const struct reading *reading, const struct csv_row *row,
                           enum column column, struct view fallback)
{
    size_t place = reading->places[column];
    struct view cell = place == SIZE_MAX ? VIEW("") : view_trim(row->cells[place]);

    return cell.length > 0 ? cell : fallback;
}

/* Adds a problem and returns false when the line cannot be taken. */
static bool check_line(struct reading *reading, const struct refund_line *line)
{
    struct view wanted = reading->defaults->mchid;
    const char *problem = refund_reason_problem(line->reason);

    if (line->deposit_id.length == 0)
        problem = "it names no deposit";
    else if (line->deposit_id.length > REFUND_DEPOSIT_ID_MAX)
        problem = "the deposit's number has more than 128 bytes";
    else if (view_has_control(line->deposit_id))
        problem = "the deposit's number has control characters";
    else if (line->mchid.length == 0)
        problem = "it names no merchant, and --merchant is not given";
    else if (view_has_control(line->mchid))
        problem = "the merchant's number has control characters";
    if (problem != NULL) {
        add_problem(reading, line->line, "%s", problem);
        return false;
    }
    if (wanted.length > 0 && !view_equal(line->mchid, wanted)) {
        add_problem(reading, line->line, "it is of merchant %s, not of %.*s",
                    utf8_excerpt(line->mchid).s, VIEW_ARG(wanted));
        return false;
    }
    return true;
}

static void add_line(struct reading *reading, const struct refund_line *line)
{
    struct refund_list *list = &reading->list;

    if (list->count == reading->line_capacity) {
        size_t capacity = list->count == 0 ? LINES_FIRST : 2 * list->count;
        struct refund_line *more = ARENA_ARRAY(reading->arena, struct refund_line, capacity);

        if (list->count > 0)
            memcpy(more, list->lines, list->count * sizeof(*more));
        list->lines = more;
        reading->line_capacity = capacity;
    }
    list->lines[list->count++] = (struct refund_line){line->line, keep(reading->arena, line->mchid),
                                                      keep(reading->arena, line->deposit_id),
                                                      keep(reading->arena, line->reason)};
}

static bool read_row(void *context, const struct csv_row *row, struct err *err)
{
    struct reading *reading = context;
    struct refund_line line = {.line = row->line};

    if (is_blank(row))
        return true;
    if (!reading->has_head)
        return read_head(reading, row, err);
    if (reading->rows++ == REFUND_LIST_ROWS_MAX)
        return err_set(err, ERR_LIMIT, "line %" PRId64 ": more than %d deposits", row->line,
                       REFUND_LIST_ROWS_MAX);
    if (row->count != reading->head_count) {
        add_problem(reading, row->line, "it has %zu columns, the head has %zu", row->count,
                    reading->head_count);
        return true;
    }
    line.deposit_id = cell_of(reading, row, COLUMN_DEPOSIT, VIEW(""));
    line.reason = cell_of(reading, row, COLUMN_REASON, reading->defaults->reason);
    line.mchid = cell_of(reading, row, COLUMN_MCHID, reading->defaults->mchid);
    if (check_line(reading, &line))
        add_line(reading, &line);
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_deposits(const void *a, const void *b)
{
    const struct refund_line *one = a;
    const struct refund_line *other = b;
    int order = view_compare(one->mchid, other->mchid);

    if (order == 0)
        order = view_compare(one->deposit_id, other->deposit_id);
    return order != 0 ? order : compare_numbers(one->line, other->line);
}

static int compare_lines(const void *a, const void *b)
{
    const struct refund_line *one = a;
    const struct refund_line *other = b;
    int order = view_compare(one->mchid, other->mchid);

    return order != 0 ? order : compare_numbers(one->line, other->line);
}

static bool same_deposit(const struct refund_line *one, const struct refund_line *other)
{
    return view_equal(one->mchid, other->mchid) && view_equal(one->deposit_id, other->deposit_id);
}

/* The first line that names a deposit stays. */
static void drop_repeated(struct reading *reading)
{
    struct refund_list *list = &reading->list;
    size_t kept = 0;

    if (list->count > 0)
        qsort(list->lines, list->count, sizeof(*list->lines), compare_deposits);
    for (size_t i = 0; i < list->count; i++) {
        if (kept > 0 && same_deposit(&list->lines[kept - 1], &list->lines[i]))
            add_problem(reading, list->lines[i].line, "deposit %s is in line %" PRId64 " already",
                        utf8_excerpt(list->lines[i].deposit_id).s, list->lines[kept - 1].line);
        else
            list->lines[kept++] = list->lines[i];
    }
    list->count = kept;
    if (kept > 0)
        qsort(list->lines, kept, sizeof(*list->lines), compare_lines);
}

bool refund_list_read(struct view bytes, const struct refund_list_defaults *defaults,
                      struct arena *arena, struct refund_list *ret_list, struct err *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)TEXT_FACTOR * REFUND_LIST_BYTES_MAX);
    struct reading reading = {.defaults = defaults, .arena = arena};
    CLEANUP(csv_reader_done)
    struct csv_reader *reader = csv_reader_new((struct csv_handler){read_row, &reading});

    if (bytes.length > REFUND_LIST_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d bytes", REFUND_LIST_BYTES_MAX);
    if (!encoding_to_utf8(bytes, &text, err) || !csv_reader_push(reader, buf_view(&text), err) ||
        !csv_reader_finish(reader, err))
        return false;
    if (!reading.has_head)
        return err_set(err, ERR_DATA, "line 1: the list is empty");
    drop_repeated(&reading);
    refund_list_sort_problems(&reading.list);
    *ret_list = reading.list;
    return true;
}

size_t refund_list_run(const struct refund_list *list, size_t from)
{
    size_t to = from + 1;

    assert(from < list->count);
    while (to < list->count && view_equal(list->lines[to].mchid, list->lines[from].mchid))
        to++;
    return to - from;
}
