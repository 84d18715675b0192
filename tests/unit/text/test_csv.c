#include "text/csv.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 1 << 20 };

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* "line:cell|cell;" for each row. */
static bool see(void *context, const struct csv_row *row, struct err *err)
{
    struct buf *seen = context;

    (void)err;
    buf_add_format(seen, "%" PRId64 ":", row->line);
    for (size_t i = 0; i < row->count; i++) {
        buf_add_text(seen, i == 0 ? "" : "|");
        buf_add_view(seen, row->cells[i]);
    }
    buf_add_byte(seen, ';');
    return true;
}

static bool read_csv(struct view bytes, size_t piece, struct buf *seen, struct err *err)
{
    CLEANUP(csv_reader_done)
    struct csv_reader *reader = csv_reader_new((struct csv_handler){see, seen});

    *err = ERR_INIT;
    buf_clear(seen);
    while (bytes.length > 0) {
        size_t length = bytes.length < piece ? bytes.length : piece;

        if (!csv_reader_push(reader, view_from(bytes.at, length), err))
            return false;
        bytes = view_from(bytes.at + length, bytes.length - length);
    }
    return csv_reader_finish(reader, err);
}

static void reads_rows(void **state)
{
    static const struct {
        const char *text, *seen;
    } cases[] = {
        {"", ""},
        {"a", "1:a;"},
        {"a,b\nc,d\n", "1:a|b;2:c|d;"},
        {"a,b\r\nc,d\r\n", "1:a|b;2:c|d;"},
        {"a,b\r\nc,d", "1:a|b;2:c|d;"},
        {"\xEF\xBB\xBF"
         "a,b\n",
         "1:a|b;"},
        {"\xEF\xBB\xBF", ""},
        {"\xEF\xBB"
         "a\n",
         "1:\xEF\xBB"
         "a;"},
        {"\xEF\xBB", "1:\xEF\xBB;"},
        {",\n", "1:|;"},
        {"\"\"\n", "1:;"},
        {"\"a\",\"b\"\n", "1:a|b;"},
        {"\"a,\"\"b\"\"\",c\n", "1:a,\"b\"|c;"},
        {" a , b \n", "1: a | b ;"},
        {"\" a \"\n", "1: a ;"},
        {"\ta\t\n", "1:\ta\t;"},
        {"\"a\nb\",c\nd\n", "1:a\nb|c;3:d;"},
        {"\"a\r\nb\"\r\nd\r\n", "1:a\r\nb;3:d;"},
        {"a\n\nb\n", "1:a;2:;3:b;"},
        {"a\r\n\r\nb\r\n", "1:a;2:;3:b;"},
        {"\n", "1:;"},
        {"\r\n", "1:;"},
        {"a\rb\r", "1:a;1:b;"},
        {"\"\n\n\"\n\nx\n", "1:\n\n;4:;5:x;"},
        {"a\n\n", "1:a;2:;"},
        {"`a,`b\n", "1:`a|`b;"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        for (size_t piece = 1; piece < 9; piece++) {
            CLEANUP(buf_release) struct buf seen = BUF_INIT(ROOM);
            struct err err;

            if (!read_csv(view_of(cases[i].text), piece, &seen, &err))
                fail_msg("case %zu: %s", i, err.text);
            assert_string_equal(buf_text(&seen), cases[i].seen);
        }
    }
}

static void refuses_stray_quotes(void **state)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"a\nb\"c\n", "line 2: a quote stands where none may be"},
        {"a\n\"b\"c\n", "line 2: a quote stands where none may be"},
        {"a\n\"b\" ,c\n", "line 2: a quote stands where none may be"},
        {"a\n \"b\"\n", "line 2: a quote stands where none may be"},
        {"a\nb,\"c\nd\ne\n", "line 2: a quoted field is never closed"},
        {"\"", "line 1: a quoted field is never closed"},
        {"\"\"\"", "line 1: a quoted field is never closed"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        for (size_t piece = 1; piece < 9; piece++) {
            CLEANUP(buf_release) struct buf seen = BUF_INIT(ROOM);
            struct err err;

            assert_false(read_csv(view_of(cases[i].text), piece, &seen, &err));
            assert_string_equal(err.text, cases[i].error);
            assert_int_equal(err.kind, ERR_DATA);
        }
    }
}

static void add_many(struct buf *text, const char *what, size_t count)
{
    while (count-- > 0)
        buf_add_text(text, what);
}

static void limits_hold(void **state)
{
    static const struct {
        const char *what;
        size_t fits;
        const char *error;
    } cases[] = {
        {"x", CSV_FIELD_MAX, "line 2: a field has more than 65536 bytes"},
        {",", CSV_FIELDS_MAX - 1, "line 2: a row has more than 256 fields"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        CLEANUP(buf_release) struct buf text = BUF_INIT(ROOM);
        CLEANUP(buf_release) struct buf seen = BUF_INIT(ROOM);
        struct err err;

        buf_add_text(&text, "a\n");
        add_many(&text, cases[i].what, cases[i].fits);
        assert_true(read_csv(buf_view(&text), 1000, &seen, &err));
        add_many(&text, cases[i].what, 1);
        assert_false(read_csv(buf_view(&text), 1000, &seen, &err));
        assert_string_equal(err.text, cases[i].error);
        assert_int_equal(err.kind, ERR_LIMIT);
    }
}

static void rows_have_a_limit(void **state)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ROOM);
    CLEANUP(buf_release) struct buf seen = BUF_INIT(ROOM);
    struct err err;

    (void)state;
    for (size_t i = 0; i < CSV_ROW_MAX / 0x8000; i++) {
        add_many(&text, "x", 0x8000);
        buf_add_text(&text, ",");
    }
    assert_true(read_csv(buf_view(&text), 1000, &seen, &err));
    buf_add_text(&text, "x");
    assert_false(read_csv(buf_view(&text), 1000, &seen, &err));
    assert_string_equal(err.text, "line 1: a row has more than 262144 bytes");
}

static bool refuse(void *context, const struct csv_row *row, struct err *err)
{
    size_t *rows = context;

    (*rows)++;
    return err_set(err, ERR_LATER, "row of line %" PRId64, row->line);
}

static void the_handler_can_stop(void **state)
{
    size_t rows = 0;
    struct err err = ERR_INIT;
    CLEANUP(csv_reader_done)
    struct csv_reader *reader = csv_reader_new((struct csv_handler){refuse, &rows});

    (void)state;
    assert_false(csv_reader_push(reader, VIEW("a\nb\nc\n"), &err));
    assert_int_equal(rows, 1);
    assert_string_equal(err.text, "row of line 1");
    assert_int_equal(err.kind, ERR_LATER);
}

static void writes_the_store_profile(void **state)
{
    static const struct {
        enum csv_cell type;
        const char *value, *cell;
    } cases[] = {
        {CSV_CELL_TEXT, "", "\"\""},
        {CSV_CELL_TEXT, "门店", "\"门店\""},
        {CSV_CELL_TEXT, "say \"hi\", you", "\"say \"\"hi\"\", you\""},
        {CSV_CELL_TEXT, "=1+1", "\"'=1+1\""},
        {CSV_CELL_TEXT, "+1", "\"'+1\""},
        {CSV_CELL_TEXT, "-1", "\"'-1\""},
        {CSV_CELL_TEXT, "@x", "\"'@x\""},
        {CSV_CELL_TEXT, "＝1", "\"'＝1\""},
        {CSV_CELL_TEXT, "＋1", "\"'＋1\""},
        {CSV_CELL_TEXT, "－1", "\"'－1\""},
        {CSV_CELL_TEXT, "＠x", "\"'＠x\""},
        {CSV_CELL_TEXT, "  =1", "\"'  =1\""},
        {CSV_CELL_TEXT, "\u3000=1", "\"'\u3000=1\""},
        {CSV_CELL_TEXT, "\u00A0\x01=1", "\"'\u00A0=1\""},
        {CSV_CELL_TEXT, "\tx", "\"'x\""},
        {CSV_CELL_TEXT, "\rx", "\"'x\""},
        {CSV_CELL_TEXT, "\n=x", "\"'=x\""},
        {CSV_CELL_TEXT, "a=1", "\"a=1\""},
        {CSV_CELL_TEXT,
         "a\r\n\x07\x7F"
         "b",
         "\"ab\""},
        {CSV_CELL_ID, "4200001", "\"\t4200001\""},
        {CSV_CELL_ID, "=1", "\"\t'=1\""},
        {CSV_CELL_ID, "", "\"\t\""},
        {CSV_CELL_NUMBER, "-12.30", "\"-12.30\""},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        CLEANUP(buf_release) struct buf out = BUF_INIT(ROOM);
        CLEANUP(buf_release) struct buf expected = BUF_INIT(ROOM);
        struct csv_writer writer;

        buf_add_format(&expected, "\xEF\xBB\xBF%s,\"x\"\r\n\"y\"\r\n", cases[i].cell);
        csv_writer_init(&writer, CSV_PROFILE_STORE, &out);
        csv_writer_cell(&writer, cases[i].type, view_of(cases[i].value));
        csv_writer_cell(&writer, CSV_CELL_TEXT, VIEW("x"));
        csv_writer_end_row(&writer);
        csv_writer_cell(&writer, CSV_CELL_TEXT, VIEW("y"));
        csv_writer_end_row(&writer);
        assert_string_equal(buf_text(&out), buf_text(&expected));
    }
}

static void writes_the_machine_profile(void **state)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT(ROOM);
    struct csv_writer writer;

    (void)state;
    csv_writer_init(&writer, CSV_PROFILE_MACHINE, &out);
    csv_writer_cell(&writer, CSV_CELL_TEXT, VIEW("=1\r\n\t\""));
    csv_writer_cell(&writer, CSV_CELL_ID, VIEW("0042"));
    csv_writer_cell(&writer, CSV_CELL_NUMBER, VIEW("-1"));
    csv_writer_end_row(&writer);
    assert_string_equal(buf_text(&out), "\"=1\r\n\t\"\"\",\"0042\",\"-1\"\n");
}

/* What the machine profile writes reads as it was. */
static void writes_what_it_reads(void **state)
{
    static const char alphabet[] = "ab,\"\r\n\t=\x01\xE4\xBD\xA0";
    unsigned seed = 3;

    (void)state;
    for (int round = 0; round < 5000; round++) {
        CLEANUP(buf_release) struct buf expected = BUF_INIT(ROOM);
        CLEANUP(buf_release) struct buf out = BUF_INIT(ROOM);
        CLEANUP(buf_release) struct buf seen = BUF_INIT(ROOM);
        struct csv_writer writer;
        struct err err;

        csv_writer_init(&writer, CSV_PROFILE_MACHINE, &out);
        buf_add_text(&expected, "1:");
        for (int cell = 0; cell < 3; cell++) {
            char text[12];
            size_t length = (size_t)rand_r(&seed) % sizeof(text);

            for (size_t i = 0; i < length; i++)
                text[i] = alphabet[(size_t)rand_r(&seed) % (sizeof(alphabet) - 1)];
            csv_writer_cell(&writer, CSV_CELL_TEXT, view_from(text, length));
            buf_add_text(&expected, cell == 0 ? "" : "|");
            buf_add(&expected, text, length);
        }
        csv_writer_end_row(&writer);
        buf_add_byte(&expected, ';');
        assert_true(read_csv(buf_view(&out), 1 + (size_t)rand_r(&seed) % 9, &seen, &err));
        assert_string_equal(buf_text(&seen), buf_text(&expected));
    }
}

static void a_full_buffer_is_seen_once(void **state)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT(20);
    struct csv_writer writer;

    (void)state;
    csv_writer_init(&writer, CSV_PROFILE_STORE, &out);
    for (int i = 0; i < 10; i++) {
        csv_writer_cell(&writer, CSV_CELL_TEXT, VIEW("12345"));
        csv_writer_end_row(&writer);
    }
    assert_true(out.overflowed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_rows),
        cmocka_unit_test(refuses_stray_quotes),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(rows_have_a_limit),
        cmocka_unit_test(the_handler_can_stop),
        cmocka_unit_test(writes_the_store_profile),
        cmocka_unit_test(writes_the_machine_profile),
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(a_full_buffer_is_seen_once),
    };
    return cmocka_run_group_tests_name("text/csv", tests, NULL, NULL);
}
