#include "text/gzip.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 4 << 20 };

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* `gzip -n` of "hello\n" by another program. */
static const char HELLO[] =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\xe7\x02\x00"
    "\x20\x30\x3a\x36\x06\x00\x00\x00";

static struct view hello(void)
{
    return view_from(HELLO, sizeof(HELLO) - 1);
}

static bool keep(void *context, struct view bytes, struct err *err)
{
    (void)err;
    buf_add_view(context, bytes);
    return true;
}

static void pack(struct view plain, struct buf *packed)
{
    struct err err = ERR_INIT;
    CLEANUP(gzip_writer_done)
    struct gzip_writer *writer = gzip_writer_new((struct gzip_sink){keep, packed}, 6);

    assert_true(gzip_writer_push(writer, plain, &err));
    assert_true(gzip_writer_finish(writer, &err));
}

static bool unpack(struct view bytes, size_t piece, struct gzip_limits limits, struct buf *plain,
                   struct err *err)
{
    CLEANUP(gzip_reader_done)
    struct gzip_reader *reader = gzip_reader_new((struct gzip_sink){keep, plain}, limits);

    *err = ERR_INIT;
    buf_clear(plain);
    while (bytes.length > 0) {
        size_t length = bytes.length < piece ? bytes.length : piece;

        if (!gzip_reader_push(reader, view_from(bytes.at, length), err))
            return false;
        bytes = view_from(bytes.at + length, bytes.length - length);
    }
    if (!gzip_reader_finish(reader, err))
        return false;
    assert_int_equal(gzip_reader_plain_bytes(reader), plain->length);
    return true;
}

static void reads_what_gzip_wrote(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 30; piece++) {
        CLEANUP(buf_release) struct buf plain = BUF_INIT(100);
        struct err err;

        assert_true(unpack(hello(), piece, GZIP_LIMITS, &plain, &err));
        assert_string_equal(buf_text(&plain), "hello\n");
    }
}

static void fill(struct buf *plain, size_t length)
{
    unsigned seed = 7;

    while (plain->length < length)
        buf_add_format(plain, "`%d,`0.00,`%d\n", rand_r(&seed), rand_r(&seed) % 100);
}

static void reads_what_we_wrote(void **state)
{
    static const size_t lengths[] = {0, 1, GZIP_VIEW_SIZE - 1, GZIP_VIEW_SIZE, 3000000};

    (void)state;
    for (size_t i = 0; i < LENGTH(lengths); i++) {
        CLEANUP(buf_release) struct buf plain = BUF_INIT(ROOM);
        CLEANUP(buf_release) struct buf packed = BUF_INIT(ROOM);
        CLEANUP(buf_release) struct buf again = BUF_INIT(ROOM);
        CLEANUP(buf_release) struct buf packed_again = BUF_INIT(ROOM);
        struct err err;

        fill(&plain, lengths[i]);
        pack(buf_view(&plain), &packed);
        pack(buf_view(&plain), &packed_again);
        assert_true(view_equal(buf_view(&packed), buf_view(&packed_again)));
        assert_memory_equal(packed.at, HELLO, 8); /* magic, deflate, no flags, time 0 */

        assert_true(unpack(buf_view(&packed), 1000, GZIP_LIMITS, &again, &err));
        assert_true(view_equal(buf_view(&plain), buf_view(&again)));
    }
}

static bool note_largest(void *context, struct view bytes, struct err *err)
{
    size_t *calls = context;

    (void)err;
    calls[bytes.length == GZIP_VIEW_SIZE ? 0 : 1]++;
    return true;
}

static void hands_out_large_views(void **state)
{
    CLEANUP(buf_release) struct buf plain = BUF_INIT(ROOM);
    CLEANUP(buf_release) struct buf packed = BUF_INIT(ROOM);
    size_t calls[2] = {0, 0};
    struct err err = ERR_INIT;
    CLEANUP(gzip_reader_done)
    struct gzip_reader *reader =
        gzip_reader_new((struct gzip_sink){note_largest, calls}, GZIP_LIMITS);

    (void)state;
    fill(&plain, (size_t)10 * GZIP_VIEW_SIZE + 1);
    pack(buf_view(&plain), &packed);
    for (size_t i = 0; i < packed.length; i++)
        assert_true(gzip_reader_push(reader, view_from(packed.at + i, 1), &err));
    assert_true(gzip_reader_finish(reader, &err));
    assert_int_equal(calls[0], 10);
    assert_int_equal(calls[1], 1);
    assert_true(gzip_reader_is_packed(reader));
}

static void plain_bytes_pass_through(void **state)
{
    static const char *const texts[] = {"", "x", "\x1f", "\x1fx", "xy", "\x8b\x1f", "hello"};

    (void)state;
    for (size_t i = 0; i < LENGTH(texts); i++) {
        for (size_t piece = 1; piece < 4; piece++) {
            CLEANUP(buf_release) struct buf plain = BUF_INIT(100);
            struct err err;

            assert_true(unpack(view_of(texts[i]), piece, GZIP_LIMITS, &plain, &err));
            assert_string_equal(buf_text(&plain), texts[i]);
        }
    }
}

static void members_follow_each_other(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 60; piece++) {
        CLEANUP(buf_release) struct buf packed = BUF_INIT(1000);
        CLEANUP(buf_release) struct buf plain = BUF_INIT(1000);
        struct err err;

        buf_add_view(&packed, hello());
        pack(VIEW(""), &packed);
        buf_add_view(&packed, hello());
        assert_true(unpack(buf_view(&packed), piece, GZIP_LIMITS, &plain, &err));
        assert_string_equal(buf_text(&plain), "hello\nhello\n");
    }
}

static void a_cut_stream_is_refused(void **state)
{
    CLEANUP(buf_release) struct buf plain = BUF_INIT(100);
    struct err err;

    (void)state;
    for (size_t length = 2; length < hello().length; length++) {
        assert_false(unpack(view_from(HELLO, length), 5, GZIP_LIMITS, &plain, &err));
        assert_int_equal(err.kind, ERR_DATA);
    }
    assert_false(unpack(view_from(HELLO, 20), 5, GZIP_LIMITS, &plain, &err));
    assert_string_equal(err.text, "gzip stream ends in the middle, after 20 bytes");
}

static void every_flipped_byte_of_data_is_noticed(void **state)
{
    CLEANUP(buf_release) struct buf plain = BUF_INIT(100);
    struct err err;

    (void)state;
    for (size_t at = 10; at < hello().length; at++) {
        char bytes[sizeof(HELLO)];

        if (at == 17) /* its upper bits are padding */
            continue;
        memcpy(bytes, HELLO, sizeof(HELLO));
        bytes[at] = (char)(bytes[at] ^ 0x10);
        assert_false(unpack(view_from(bytes, hello().length), 100, GZIP_LIMITS, &plain, &err));
        assert_int_equal(err.kind, ERR_DATA);
    }
    assert_string_equal(err.text, "gzip stream is damaged near byte 26: "
                                  "bytes that are not those of its checksum");
}

static void what_follows_a_member_is_refused(void **state)
{
    static const struct {
        const char *tail, *error;
    } cases[] = {
        {"x", "gzip stream is followed by other bytes, at byte 26"},
        {"\n", "gzip stream is followed by other bytes, at byte 26"},
        {"\x1f", "gzip stream ends in the middle, after 27 bytes"},
        {"\x1fx", "gzip stream ends in the middle, after 28 bytes"},
        {"\x1fxxxxxxxxxxxxxxxx", "gzip stream is damaged near byte 36: a head that is not gzip's"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        CLEANUP(buf_release) struct buf packed = BUF_INIT(1000);
        CLEANUP(buf_release) struct buf plain = BUF_INIT(1000);
        struct err err;

        buf_add_view(&packed, hello());
        buf_add_text(&packed, cases[i].tail);
        for (size_t piece = 1; piece < 40; piece += 13) {
            assert_false(unpack(buf_view(&packed), piece, GZIP_LIMITS, &plain, &err));
            assert_string_equal(err.text, cases[i].error);
            assert_int_equal(err.kind, ERR_DATA);
        }
    }
}

static void limits_hold(void **state)
{
    CLEANUP(buf_release) struct buf zeros = BUF_INIT(ROOM);
    CLEANUP(buf_release) struct buf packed = BUF_INIT(ROOM);
    CLEANUP(buf_release) struct buf plain = BUF_INIT(ROOM);
    struct err err;

    (void)state;
    while (zeros.length < (3 << 20))
        buf_add(&zeros, "0000000000000000", 16);
    pack(buf_view(&zeros), &packed);

    assert_false(unpack(buf_view(&packed), SIZE_MAX, GZIP_LIMITS, &plain, &err));
    assert_string_equal(err.text, "gzip stream inflates to more than 400 times its size");
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_in_range(plain.length, 1, (2 << 20));

    assert_true(unpack(buf_view(&packed), 100, (struct gzip_limits){3 << 20, 1100}, &plain, &err));
    assert_false(
        unpack(buf_view(&packed), 100, (struct gzip_limits){(3 << 20) - 1, 1100}, &plain, &err));
    assert_string_equal(err.text, "more than 3145727 plain bytes");
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_in_range(plain.length, 1, (3 << 20) - 1);

    assert_false(unpack(VIEW("hello"), 2, (struct gzip_limits){4, 400}, &plain, &err));
    assert_string_equal(err.text, "more than 4 plain bytes");
    assert_string_equal(buf_text(&plain), "hell");
}

static bool refuse(void *context, struct view bytes, struct err *err)
{
    (void)context;
    return err_set(err, ERR_IO, "no room for %zu bytes", bytes.length);
}

static void the_sink_can_stop(void **state)
{
    struct err err = ERR_INIT;
    CLEANUP(gzip_reader_done)
    struct gzip_reader *reader = gzip_reader_new((struct gzip_sink){refuse, NULL}, GZIP_LIMITS);
    CLEANUP(gzip_writer_done)
    struct gzip_writer *writer = gzip_writer_new((struct gzip_sink){refuse, NULL}, 1);

    (void)state;
    assert_true(gzip_reader_push(reader, hello(), &err));
    assert_false(gzip_reader_finish(reader, &err));
    assert_string_equal(err.text, "no room for 6 bytes");
    assert_false(gzip_writer_finish(writer, &err));
    assert_string_equal(err.text, "no room for 20 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_gzip_wrote),
        cmocka_unit_test(reads_what_we_wrote),
        cmocka_unit_test(hands_out_large_views),
        cmocka_unit_test(plain_bytes_pass_through),
        cmocka_unit_test(members_follow_each_other),
        cmocka_unit_test(a_cut_stream_is_refused),
        cmocka_unit_test(every_flipped_byte_of_data_is_noticed),
        cmocka_unit_test(what_follows_a_member_is_refused),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(the_sink_can_stop),
    };
    return cmocka_run_group_tests_name("text/gzip", tests, NULL, NULL);
}
