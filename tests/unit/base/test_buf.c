#include "base/buf.h"
#include "base/cleanup.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/expect.h"
#include "child.h"

static void starts_empty(void **state)
{
    CLEANUP(buf_release) struct buf buf = BUF_INIT(10);

    (void)state;
    assert_string_equal(buf_text(&buf), "");
    assert_int_equal(buf_view(&buf).length, 0);
    buf_clear(&buf);
    assert_string_equal(buf_text(&buf), "");
}

static void adds_in_every_way(void **state)
{
    CLEANUP(buf_release) struct buf buf = BUF_INIT(1000);
    char *room;

    (void)state;
    buf_add(&buf, "a\0b", 3);
    buf_add(&buf, NULL, 0);
    buf_add_view(&buf, VIEW("cd"));
    buf_add_view(&buf, (struct view){NULL, 0});
    buf_add_text(&buf, "ef");
    buf_add_byte(&buf, 'g');
    buf_add_format(&buf, "%d-%s", 42, "h");
    room = buf_reserve(&buf, 100);
    assert_non_null(room);
    memcpy(room, "ij", 2);
    buf_grown(&buf, 2);
    assert_int_equal(buf.length, 14);
    assert_memory_equal(buf_text(&buf), "a\0bcdefg42-hij", 15);
    assert_false(buf.overflowed);
}

static void is_terminated_after_a_reserve_that_was_not_used(void **state)
{
    CLEANUP(buf_release) struct buf buf = BUF_INIT(1000);
    char *room = buf_reserve(&buf, 10);

    (void)state;
    assert_non_null(room);
    assert_string_equal(buf_text(&buf), "");
}

static void grows_to_its_maximum_and_no_further(void **state)
{
    (void)state;
    for (size_t max = 0; max < 300; max++) {
        CLEANUP(buf_release) struct buf buf = BUF_INIT(max);

        for (size_t i = 0; i < max; i++)
            buf_add_byte(&buf, (char)('a' + i % 26));
        assert_false(buf.overflowed);
        assert_int_equal(buf.length, max);
        assert_true(buf.capacity <= max + 1);
        buf_add(&buf, "", 0);
        assert_false(buf.overflowed);
        buf_add_byte(&buf, 'x');
        assert_true(buf.overflowed);
        assert_int_equal(buf.length, max);
        assert_int_equal(strlen(buf_text(&buf)), max);
    }
}

/* What does not fit is dropped whole, and so is everything after it, though it would fit. */
static void stays_overflowed_until_cleared(void **state)
{
    CLEANUP(buf_release) struct buf buf = BUF_INIT(6);

    (void)state;
    buf_add_text(&buf, "abc");
    buf_add_text(&buf, "defg");
    assert_true(buf.overflowed);
    buf_add_byte(&buf, 'x');
    buf_add_text(&buf, "");
    buf_add_format(&buf, "%d", 1);
    assert_null(buf_reserve(&buf, 1));
    assert_string_equal(buf_text(&buf), "abc");

    buf_clear(&buf);
    assert_false(buf.overflowed);
    assert_string_equal(buf_text(&buf), "");
    buf_add_format(&buf, "%s", "abcdef");
    assert_string_equal(buf_text(&buf), "abcdef");
    assert_false(buf.overflowed);
    buf_add_format(&buf, "%s", "");
    assert_false(buf.overflowed);
}

static void refuses_sizes_that_would_wrap(void **state)
{
    CLEANUP(buf_release) struct buf buf = BUF_INIT(100);

    (void)state;
    buf_add_text(&buf, "abc");
    assert_null(buf_reserve(&buf, SIZE_MAX));
    assert_true(buf.overflowed);
    assert_string_equal(buf_text(&buf), "abc");
}

static void keeps_its_memory_when_cleared(void **state)
{
    CLEANUP(buf_release) struct buf buf = BUF_INIT(1000);
    const char *at;

    (void)state;
    buf_add_text(&buf, "0123456789");
    at = buf.at;
    buf_clear(&buf);
    buf_add_text(&buf, "abc");
    assert_ptr_equal(buf.at, at);
    buf_release(&buf);
    assert_null(buf.at);
    assert_int_equal(buf.max, 1000);
    buf_add_text(&buf, "again");
    expect_view(buf_view(&buf), "again");
}

static void grow_unreserved(void *context)
{
    struct buf buf = BUF_INIT(100);

    (void)context;
    (void)buf_reserve(&buf, 63);
    buf_grown(&buf, 64);
}

static void asserts_that_growth_was_reserved(void **state)
{
    (void)state;
    assert_int_equal(child_run(grow_unreserved, NULL).signal, SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_empty),
        cmocka_unit_test(adds_in_every_way),
        cmocka_unit_test(is_terminated_after_a_reserve_that_was_not_used),
        cmocka_unit_test(grows_to_its_maximum_and_no_further),
        cmocka_unit_test(stays_overflowed_until_cleared),
        cmocka_unit_test(refuses_sizes_that_would_wrap),
        cmocka_unit_test(keeps_its_memory_when_cleared),
        cmocka_unit_test(asserts_that_growth_was_reserved),
    };
    return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
