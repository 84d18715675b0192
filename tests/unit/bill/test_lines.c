#include "base/cleanup.h"
#include "bill/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CELLS_MAX = 16, LINE_MAX_BYTES = 100, LONG_BYTES = 300 };

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void splits_values(void **state)
{
    static const struct {
        const char *line;
        size_t count;
        const char *cells[4];
    } cases[] = {
        {"`", 1, {""}},
        {"`a", 1, {"a"}},
        {"`,`", 2, {"", ""}},
        {"`a,`b,`c", 3, {"a", "b", "c"}},
        {"`a,b,`c", 2, {"a,b", "c"}},
        {"`a,,`c", 2, {"a,", "c"}},
        {"`a`b,`c", 2, {"a`b", "c"}},
        {"``,``,`", 3, {"`", "`", ""}},
        {"`12345678,`12345678,`1234567", 3, {"12345678", "12345678", "1234567"}},
        {"`1234567,`,`,`12345678901234567", 4, {"1234567", "", "", "12345678901234567"}},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct view cells[CELLS_MAX];
        struct bill_bytes bytes;

        assert_int_equal(bill_split_values(view_of(cases[i].line), cells, CELLS_MAX, &bytes),
                         cases[i].count);
        assert_int_equal(bytes.high.length, 0);
        assert_false(bytes.control);
        assert_false(bytes.nul);
        for (size_t c = 0; c < cases[i].count; c++)
            assert_true(view_equal_text(cells[c], cases[i].cells[c]));
    }
}

static void splits_names(void **state)
{
    struct view cells[CELLS_MAX];

    (void)state;
    assert_int_equal(bill_split_names(VIEW("a,,b`"), cells, CELLS_MAX), 3);
    assert_true(view_equal_text(cells[0], "a"));
    assert_int_equal(cells[1].length, 0);
    assert_true(view_equal_text(cells[2], "b`"));
}

static void counts_beyond_the_room(void **state)
{
    struct view cells[2] = {{NULL, 0}, {NULL, 0}};
    struct bill_bytes bytes;

    (void)state;
    assert_int_equal(bill_split_values(VIEW("`a,`b,`c,`d"), cells, 1, &bytes), 4);
    assert_null(cells[1].at);
    assert_int_equal(bill_split_names(VIEW("a,b,c"), cells, 1), 3);
    assert_null(cells[1].at);
}

/* Byte by byte: a separator is a comma and a back-tick behind the first byte of its cell or later.
 */
static size_t split_slowly(struct view line, struct view *cells)
{
    size_t count = 0;
    size_t start = 1;

    for (size_t i = 1; i + 1 < line.length; i++) {
        if (line.at[i] == ',' && line.at[i + 1] == '`') {
            cells[count++] = view_from(line.at + start, i - start);
            start = i + 2;
            i++;
        }
    }
    cells[count++] = view_from(line.at + start, line.length - start);
    return count;
}

/* Every byte above 0x7F is inside, and nothing is when there is none. */
static void expect_high(struct view high, struct view line)
{
    bool any = false;

    for (size_t i = 0; i < line.length; i++) {
        bool inside = line.at + i >= high.at && line.at + i < high.at + high.length;

        any |= (unsigned char)line.at[i] > 0x7F;
        assert_true(inside || (unsigned char)line.at[i] <= 0x7F);
    }
    assert_int_equal(high.length > 0, any);
    assert_true(high.length == 0 || high.at + high.length <= line.at + line.length);
}

static void agrees_with_a_slow_split(void **state)
{
    static const char alphabet[] = ",``,a_\x7F\x20\x01\x80\xFF";
    unsigned seed = 1;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        char text[LONG_BYTES] = "`";
        struct view line = {text, 1 + (size_t)rand_r(&seed) % (LONG_BYTES - 1)};
        size_t letters = sizeof(alphabet) - 1 - (size_t)rand_r(&seed) % 4;
        size_t rare = (size_t)rand_r(&seed) % LONG_BYTES;
        struct view fast[LONG_BYTES], slow[LONG_BYTES];
        struct bill_bytes bytes;
        size_t count;

        for (size_t i = 1; i < line.length; i++)
            text[i] = alphabet[(size_t)rand_r(&seed) % letters];
        if (rare > 0 && rare < line.length)
            text[rare] = '\xE4';
        count = bill_split_values(line, fast, LONG_BYTES, &bytes);
        assert_int_equal(count, split_slowly(line, slow));
        for (size_t i = 0; i < count; i++) {
            assert_ptr_equal(fast[i].at, slow[i].at);
            assert_int_equal(fast[i].length, slow[i].length);
        }
        expect_high(bytes.high, line);
        assert_int_equal(bytes.control, memchr(text, '\x01', line.length) != NULL);
        assert_false(bytes.nul);
    }
}

static void finds_a_zero_byte_anywhere(void **state)
{
    (void)state;
    for (size_t length = 1; length < 140; length++) {
        for (size_t at = 1; at < length; at++) {
            char text[140];
            struct view cells[2];
            struct bill_bytes bytes;

            memset(text, 'a', sizeof(text));
            text[at] = '\0';
            (void)bill_split_values(view_from(text, length), cells, 2, &bytes);
            assert_true(bytes.nul);
            assert_true(bill_bytes_of(view_from(text, length)).nul);
        }
    }
}

struct lines_seen {
    struct buf text;
    size_t count;
};

static bool see(void *context, struct view line, struct err *err)
{
    struct lines_seen *seen = context;

    buf_add_view(&seen->text, line);
    buf_add_byte(&seen->text, ';');
    seen->count++;
    return seen->count < 5 || err_set(err, ERR_DATA, "enough");
}

static void collects_lines_from_pieces(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 20; piece++) {
        CLEANUP(bill_lines_release) struct bill_lines lines;
        struct lines_seen seen = {BUF_INIT(1000), 0};
        struct view bytes = VIEW("one\n\nthree\r\nfour\nrest");
        struct err err = ERR_INIT;

        bill_lines_init(&lines, see, &seen, 6);
        while (bytes.length > 0) {
            size_t length = bytes.length < piece ? bytes.length : piece;

            assert_true(bill_lines_push(&lines, view_from(bytes.at, length), &err));
            bytes = view_from(bytes.at + length, bytes.length - length);
        }
        assert_string_equal(buf_text(&seen.text), "one;;three\r;four;");
        assert_true(view_equal_text(bill_lines_rest(&lines), "rest"));
        assert_false(bill_lines_push(&lines, VIEW("x\n"), &err));
        assert_string_equal(err.text, "enough");
        buf_release(&seen.text);
    }
}

static void refuses_long_lines(void **state)
{
    static const char *const pieces[][2] = {
        {"1234567\n", ""}, {"123", "4567\n"}, {"123456", "7"}, {"1234567", ""}};

    (void)state;
    for (size_t i = 0; i < LENGTH(pieces); i++) {
        CLEANUP(bill_lines_release) struct bill_lines lines;
        struct lines_seen seen = {BUF_INIT(1000), 0};
        struct err err = ERR_INIT;

        bill_lines_init(&lines, see, &seen, 6);
        assert_false(bill_lines_push(&lines, view_of(pieces[i][0]), &err) &&
                     bill_lines_push(&lines, view_of(pieces[i][1]), &err));
        assert_string_equal(err.text, "longer than 6 bytes");
        assert_int_equal(err.kind, ERR_LIMIT);
        assert_int_equal(seen.count, 0);
        buf_release(&seen.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_values),
        cmocka_unit_test(splits_names),
        cmocka_unit_test(counts_beyond_the_room),
        cmocka_unit_test(agrees_with_a_slow_split),
        cmocka_unit_test(finds_a_zero_byte_anywhere),
        cmocka_unit_test(collects_lines_from_pieces),
        cmocka_unit_test(refuses_long_lines),
    };
    return cmocka_run_group_tests_name("bill/lines", tests, NULL, NULL);
}
