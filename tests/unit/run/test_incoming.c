#include "run/incoming.h"

#include "base/buf.h"
#include "text/gzip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../support/expect.h"

static bool add(void *context, struct view bytes, struct err *err)
{
    (void)err;
    buf_add_view(context, bytes);
    return true;
}

static void pack(struct view plain, struct buf *packed)
{
    CLEANUP(gzip_writer_done)
    struct gzip_writer *writer = gzip_writer_new((struct gzip_sink){add, packed}, 6);
    struct err err = ERR_INIT;

    expect_good(gzip_writer_push(writer, plain, &err), &err);
    expect_good(gzip_writer_finish(writer, &err), &err);
}

static struct incoming *take(struct view bytes, size_t step, struct incoming_digests *digests)
{
    struct err err = ERR_INIT;
    struct incoming *incoming;

    expect_good(incoming_open(&incoming, &err), &err);
    for (size_t i = 0; i < bytes.length; i += step) {
        size_t length = bytes.length - i < step ? bytes.length - i : step;

        expect_good(incoming_push(incoming, view_from(bytes.at + i, length), &err), &err);
    }
    incoming_finish(incoming, digests);
    return incoming;
}

static void test_gzip(void **state)
{
    CLEANUP(buf_release) struct buf packed = BUF_INIT(4096);
    CLEANUP(buf_release) struct buf again = BUF_INIT(4096);
    CLEANUP(incoming_done) struct incoming *incoming = NULL;
    struct incoming_digests digests;
    struct err err = ERR_INIT;

    (void)state;
    pack(VIEW("abc"), &packed);
    incoming = take(buf_view(&packed), 1, &digests);
    assert_true(digests.intact);
    assert_string_equal(digests.plain_sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_int_equal(digests.plain_bytes, 3);
    assert_int_equal(digests.received_bytes, packed.length);
    assert_int_equal(strlen(digests.received_sha256), 64);

    /* The bytes come back as received, as often as asked. */
    for (int i = 0; i < 2; i++) {
        buf_clear(&again);
        expect_good(incoming_each(incoming, add, &again, &err), &err);
        assert_true(view_equal(buf_view(&again), buf_view(&packed)));
    }
}

static void test_plain(void **state)
{
    struct incoming_digests digests;
    struct incoming *incoming = take(VIEW("abc"), 2, &digests);

    (void)state;
    incoming_close(incoming);
    assert_true(digests.intact);
    assert_string_equal(digests.plain_sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_string_equal(digests.received_sha256,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(digests.plain_bytes, 3);
}

/* Damaged bytes are kept all the same: they are evidence. */
static void test_damaged(void **state)
{
    CLEANUP(buf_release) struct buf packed = BUF_INIT(4096);
    CLEANUP(buf_release) struct buf again = BUF_INIT(4096);
    struct err err = ERR_INIT;

    (void)state;
    pack(VIEW("abcabcabcabc and more of it"), &packed);
    for (size_t length = 2; length < packed.length; length++) {
        CLEANUP(incoming_done) struct incoming *incoming = NULL;
        struct incoming_digests digests;

        incoming = take(view_from(packed.at, length), 7, &digests);
        assert_false(digests.intact);
        assert_int_equal(digests.damage.kind, ERR_DATA);
        assert_string_equal(digests.plain_sha1, "");
        assert_int_equal(strlen(digests.received_sha256), 64);
        buf_clear(&again);
        expect_good(incoming_each(incoming, add, &again, &err), &err);
        assert_true(view_equal(buf_view(&again), view_from(packed.at, length)));
    }
}

static void test_empty(void **state)
{
    struct incoming_digests digests;
    struct incoming *incoming = take(VIEW(""), 1, &digests);

    (void)state;
    incoming_close(incoming);
    assert_false(digests.intact);
    assert_string_equal(digests.damage.text, "no bytes at all");
}

struct pieces {
    size_t count;
    size_t last;
};

static bool count_piece(void *context, struct view piece, struct err *err)
{
    struct pieces *pieces = context;

    (void)err;
    pieces->count++;
    pieces->last = piece.length;
    return true;
}

static bool refuse(void *context, struct view piece, struct err *err)
{
    (void)context;
    (void)piece;
    return err_set(err, ERR_IO, "no more");
}

static void test_pieces(void **state)
{
    CLEANUP(incoming_done) struct incoming *incoming = NULL;
    struct incoming_digests digests;
    struct pieces pieces = {0, 0};
    struct err err = ERR_INIT;
    size_t size = 2 * (size_t)INCOMING_PIECE_SIZE + 5;
    char *bytes = malloc(size);

    (void)state;
    assert_non_null(bytes);
    memset(bytes, 'x', size);
    incoming = take(view_from(bytes, size), 100000, &digests);
    free(bytes);
    assert_int_equal(digests.received_bytes, size);
    expect_good(incoming_each(incoming, count_piece, &pieces, &err), &err);
    assert_int_equal(pieces.count, 3);
    assert_int_equal(pieces.last, 5);
    expect_err(incoming_each(incoming, refuse, NULL, &err), &err, ERR_IO, "no more");
}

static void test_no_folder(void **state)
{
    const char *before = getenv("TMPDIR");
    char *kept = before != NULL ? strdup(before) : NULL;
    struct incoming *incoming;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(setenv("TMPDIR", "/nowhere/at/all", 1), 0);
    expect_err(incoming_open(&incoming, &err), &err, ERR_IO,
               "could not make a temporary file in /nowhere/at/all: No such file or directory");
    if (kept != NULL)
        assert_int_equal(setenv("TMPDIR", kept, 1), 0);
    else
        assert_int_equal(unsetenv("TMPDIR"), 0);
    free(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gzip),    cmocka_unit_test(test_plain),
        cmocka_unit_test(test_damaged), cmocka_unit_test(test_empty),
        cmocka_unit_test(test_pieces),  cmocka_unit_test(test_no_folder),
    };

    return cmocka_run_group_tests_name("run/incoming", tests, NULL, NULL);
}
