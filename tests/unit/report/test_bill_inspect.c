/* All samples against tests/data/bills/expected.tsv, and what the report looks like. */
#include "report/bill_inspect.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/memory.h"
#include "text/csv.h"
#include "text/gzip.h"
#include "text/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SAMPLES "tests/data/bills/"

enum { ROOM = 1 << 20, COLUMNS_MAX = 32, PATH_SIZE = 256 };

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static enum exit_code report(const char *const *paths, size_t count, enum table_format format,
                             struct buf *text)
{
    enum exit_code code = EXIT_INTERNAL;
    struct err err = ERR_INIT;
    char *bytes = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&bytes, &length);

    assert_non_null(out);
    assert_true(report_bill_inspect(paths, count, format, out, &code, &err));
    assert_int_equal(fclose(out), 0);
    buf_clear(text);
    buf_add(text, bytes, length);
    free(bytes);
    return code;
}

/* The report's CSV: names, and the values of its one row. */
struct record {
    char cells[2][COLUMNS_MAX][ERR_TEXT_MAX];
    size_t count;
    size_t rows;
};

static bool record_row(void *context, const struct csv_row *row, struct err *err)
{
    struct record *record = context;

    (void)err;
    assert_in_range(record->rows, 0, 1);
    assert_in_range(row->count, 1, COLUMNS_MAX);
    for (size_t i = 0; i < row->count; i++)
        (void)snprintf(record->cells[record->rows][i], ERR_TEXT_MAX, "%.*s",
                       VIEW_ARG(row->cells[i]));
    record->count = row->count;
    record->rows++;
    return true;
}

static const char *record_get(const struct record *record, struct view name)
{
    for (size_t i = 0; i < record->count; i++) {
        if (view_equal_text(name, record->cells[0][i]))
            return record->cells[1][i];
    }
    fail_msg("no column %.*s", VIEW_ARG(name));
    return "";
}

static enum exit_code inspect_one(const char *path, struct record *record)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ROOM);
    enum exit_code code = report(&path, 1, TABLE_CSV_FORMAT, &text);
    CLEANUP(csv_reader_done)
    struct csv_reader *reader = csv_reader_new((struct csv_handler){record_row, record});
    struct err err = ERR_INIT;

    *record = (struct record){.rows = 0};
    assert_true(csv_reader_push(reader, buf_view(&text), &err));
    assert_true(csv_reader_finish(reader, &err));
    assert_int_equal(record->rows, 2);
    return code;
}

/* One line of expected.tsv; `packing` is what the report must say of the file's packing. */
static void compare(const char *path, struct view names, struct view values, const char *packing)
{
    static struct record record;
    enum exit_code code = inspect_one(path, &record);
    struct view name, value;

    assert_string_equal(record_get(&record, VIEW("file")), path);
    assert_string_equal(record_get(&record, VIEW("packing")), packing);
    assert_int_equal(code, strcmp(record_get(&record, VIEW("verdict")), "clean") == 0
                               ? EXIT_CLEAN
                               : EXIT_BAD_DATA);
    (void)view_take(&names, '\t', &name);
    (void)view_take(&values, '\t', &value);
    while (view_take(&names, '\t', &name)) {
        if (!view_take(&values, '\t', &value))
            value = view_from("", 0);
        if (!view_equal_text(value, record_get(&record, name)))
            fail_msg("%s: %.*s is \"%s\", expected \"%.*s\"", path, VIEW_ARG(name),
                     record_get(&record, name), VIEW_ARG(value));
    }
}

static bool keep(void *context, struct view bytes, struct err *err)
{
    (void)err;
    buf_add_view(context, bytes);
    return true;
}

static void write_packed(const char *from, const char *to)
{
    CLEANUP(buf_release) struct buf plain = BUF_INIT(ROOM);
    CLEANUP(buf_release) struct buf packed = BUF_INIT(ROOM);
    struct err err = ERR_INIT;
    CLEANUP(gzip_writer_done)
    struct gzip_writer *writer = gzip_writer_new((struct gzip_sink){keep, &packed}, 9);

    assert_true(file_read(from, &plain, &err));
    assert_true(gzip_writer_push(writer, buf_view(&plain), &err));
    assert_true(gzip_writer_finish(writer, &err));
    assert_true(file_write(to, buf_view(&packed), 0600, &err));
}

struct folder {
    char path[PATH_SIZE];
    char file[PATH_SIZE + 8];
};

static int folder_make_temporary(void **state)
{
    struct folder *folder = memory_alloc(sizeof(*folder));
    const char *base = getenv("TMPDIR");

    (void)snprintf(folder->path, sizeof(folder->path), "%s/inspect-XXXXXX",
                   base == NULL ? "/tmp" : base);
    if (mkdtemp(folder->path) == NULL) {
        free(folder);
        return -1;
    }
    (void)snprintf(folder->file, sizeof(folder->file), "%s/bill", folder->path);
    *state = folder;
    return 0;
}

static int folder_remove(void **state)
{
    struct folder *folder = *state;

    (void)unlink(folder->file);
    (void)rmdir(folder->path);
    free(folder);
    return 0;
}

static void finds_what_is_expected(void **state)
{
    const struct folder *folder = *state;
    CLEANUP(buf_release) struct buf expected = BUF_INIT(ROOM);
    struct err err = ERR_INIT;
    struct view rest, names, line;
    size_t count = 0;

    assert_true(file_read(SAMPLES "expected.tsv", &expected, &err));
    rest = buf_view(&expected);
    assert_true(view_take(&rest, '\n', &names));
    for (; view_take(&rest, '\n', &line); count++) {
        struct view values = line, file;
        char path[PATH_SIZE];

        assert_true(view_take(&values, '\t', &file));
        (void)snprintf(path, sizeof(path), SAMPLES "%.*s", VIEW_ARG(file));
        compare(path, names, line, "plain");
        write_packed(path, folder->file);
        compare(folder->file, names, line, "gzip");
    }
    assert_int_equal(count, 14);
}

static void one_bad_file_does_not_stop_the_others(void **state)
{
    static const char *const paths[] = {
        SAMPLES "trade_all_2019_redacted_rows.csv",
        SAMPLES "no such file.csv",
        SAMPLES,
        "/dev/null",
        SAMPLES "trade_all_2021.csv",
    };
    static const char *const expected[] = {
        SAMPLES "trade_all_2019_redacted_rows.csv: line 4: summary differs from the rows: "
                "总交易单数 stated 48, computed 1; ",
        SAMPLES "no such file.csv: could not open the file: No such file or directory\n",
        SAMPLES ": could not read the file: Is a directory\n",
        "/dev/null: line 1: the file is empty\n  verdict   truncated\n",
        SAMPLES "trade_all_2021.csv: clean\n",
    };
    CLEANUP(buf_release) struct buf text = BUF_INIT(ROOM);

    (void)state;
    assert_int_equal(report(paths, LENGTH(paths), TABLE_TEXT_FORMAT, &text), EXIT_IO_ERROR);
    for (size_t i = 0; i < LENGTH(expected); i++) {
        if (strstr(buf_text(&text), expected[i]) == NULL)
            fail_msg("no \"%s\" in:\n%s", expected[i], buf_text(&text));
    }
}

static void prints_for_people(void **state)
{
    static const char *const paths[] = {SAMPLES "trade_all_2019_fixture_45rows.csv"};
    CLEANUP(buf_release) struct buf text = BUF_INIT(ROOM);

    (void)state;
    assert_int_equal(report(paths, 1, TABLE_TEXT_FORMAT, &text), EXIT_CLEAN);
    assert_string_equal(
        buf_text(&text),
        SAMPLES "trade_all_2019_fixture_45rows.csv: clean\n"
                "  verdict   clean\n"
                "  file      plain, 14686 bytes, UTF-8 with BOM, line end CRLF, api dialect\n"
                "  layout    ALL, 27 columns\n"
                "  period    2019-02-19 to 2019-02-19\n"
                "  rows      45\n"
                "  coupons   0.04\n"
                "  TOTAL                                   STATED          COMPUTED\n"
                "  总交易单数                                  45                45\n"
                "  应结订单总金额                            0.47              0.47\n"
                "  退款总金额                                0.14              0.14\n"
                "  充值券退款总金额                          0.00              0.00\n"
                "  手续费总金额                           0.08000           0.08000\n"
                "  订单总金额                                0.47              0.47\n"
                "  申请退款总金额                            0.14              0.14\n");
}

static void damaged_gzip_is_refused(void **state)
{
    const struct folder *folder = *state;
    const char *path = folder->file;
    static struct record record;
    CLEANUP(buf_release) struct buf packed = BUF_INIT(ROOM);
    struct err err = ERR_INIT;

    write_packed(SAMPLES "trade_all_2021.csv", path);
    assert_true(file_read(path, &packed, &err));

    assert_true(file_write(path, view_from(packed.at, packed.length - 1), 0600, &err));
    assert_int_equal(inspect_one(path, &record), EXIT_BAD_DATA);
    assert_string_equal(record_get(&record, VIEW("verdict")), "unreadable");
    assert_non_null(strstr(record_get(&record, VIEW("reason")), "gzip stream ends in the middle"));

    packed.at[packed.length - 6] ^= 1;
    assert_true(file_write(path, buf_view(&packed), 0600, &err));
    assert_int_equal(inspect_one(path, &record), EXIT_BAD_DATA);
    assert_non_null(strstr(record_get(&record, VIEW("reason")), "not those of its checksum"));
}

static void prints_json_that_reads(void **state)
{
    static const char *const paths[] = {SAMPLES "fundflow_basic_2021_inconsistent_summary.csv",
                                        SAMPLES "missing.csv"};
    CLEANUP(buf_release) struct buf text = BUF_INIT(ROOM);
    CLEANUP(json_doc_release) struct json_doc doc = JSON_DOC_INIT;
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct view verdict;
    int64_t expense = -1;
    struct err err = ERR_INIT;
    const struct json_field fields[] = {
        {"verdict", JSON_FIELD_TEXT, &verdict, JSON_REQUIRED},
        {"expense_fen", JSON_FIELD_INTEGER, &expense, JSON_OPTIONAL},
    };

    (void)state;
    assert_int_equal(report(paths, 2, TABLE_JSON_FORMAT, &text), EXIT_IO_ERROR);
    assert_true(json_doc_parse(buf_view(&text), ROOM, &doc, &err));
    assert_int_equal(json_node_count(json_doc_root(&doc)), 2);
    assert_true(
        json_node_unpack(json_node_at(json_doc_root(&doc), 0), JSON_FIELDS(fields), &arena, &err));
    assert_string_equal(verdict.at, "totals differ");
    assert_int_equal(expense, 2);
    assert_true(
        json_node_unpack(json_node_at(json_doc_root(&doc), 1), JSON_FIELDS(fields), &arena, &err));
    assert_string_equal(verdict.at, "cannot be read");
}

static void a_full_disk_is_an_error(void **state)
{
    static const enum table_format formats[] = {TABLE_TEXT_FORMAT, TABLE_CSV_FORMAT,
                                                TABLE_JSON_FORMAT};
    static const char *const paths[] = {SAMPLES "trade_all_2021.csv"};

    (void)state;
    for (size_t i = 0; i < LENGTH(formats); i++) {
        FILE *out = fopen("/dev/full", "w");
        enum exit_code code = EXIT_INTERNAL;
        struct err err = ERR_INIT;

        assert_non_null(out);
        assert_false(report_bill_inspect(paths, 1, formats[i], out, &code, &err));
        assert_int_equal(err.kind, ERR_IO);
        assert_non_null(strstr(err.text, ": No space left on device"));
        assert_int_equal(code, EXIT_INTERNAL);
        (void)fclose(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_what_is_expected, folder_make_temporary,
                                        folder_remove),
        cmocka_unit_test(one_bad_file_does_not_stop_the_others),
        cmocka_unit_test(prints_for_people),
        cmocka_unit_test_setup_teardown(damaged_gzip_is_refused, folder_make_temporary,
                                        folder_remove),
        cmocka_unit_test(prints_json_that_reads),
        cmocka_unit_test(a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests_name("report/bill_inspect", tests, NULL, NULL);
}
