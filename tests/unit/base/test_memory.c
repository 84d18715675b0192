#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "child.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static bool is_zero(const void *at, size_t size)
{
    const unsigned char *bytes = at;

    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

static void allocates_zeroed(void **state)
{
    unsigned char *memory = memory_alloc(1000);

    (void)state;
    assert_true(is_zero(memory, 1000));
    memory[999] = 7;
    memory = memory_resize(memory, 3000, 4);
    assert_int_equal(memory[999], 7);
    memory = memory_resize(memory, 0, 4);
    assert_non_null(memory);
    free(memory);
    memory = memory_alloc(0);
    assert_non_null(memory);
    free(memory);
}

static void copies_text(void **state)
{
    char *copy = memory_copy_text("押金");

    (void)state;
    assert_string_equal(copy, "押金");
    free(copy);
}

static void aligns_and_zeroes(void **state)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;

    (void)state;
    for (int round = 0; round < 3; round++) {
        for (size_t size = 0; size < 300; size++) {
            unsigned char *at = arena_alloc(&arena, size);

            assert_int_equal((uintptr_t)at % _Alignof(max_align_t), 0);
            assert_true(is_zero(at, size));
            memset(at, 0xA5, size);
        }
        arena_clear(&arena);
        assert_int_equal(arena.used, 0);
    }
}

/* Sizes small, of a block and of several, so that blocks are filled, skipped and made larger. */
static size_t size_at(size_t i)
{
    static const size_t sizes[] = {1, 17, 4096, 65536, 100, 65537, 30000, 40000, 300000, 0, 65000};

    return sizes[(i * 7 + i / 3) % LENGTH(sizes)];
}

enum { PIECES = 200 };

static void keeps_pieces_apart(void **state)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    unsigned char *at[PIECES];

    (void)state;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < PIECES; i++) {
            at[i] = arena_alloc(&arena, size_at(i));
            memset(at[i], (int)(i % 251), size_at(i));
        }
        for (size_t i = 0; i < PIECES; i++) {
            for (size_t b = 0; b < size_at(i); b++)
                assert_int_equal(at[i][b], i % 251);
        }
        arena_clear(&arena);
    }
}

static void reuses_its_blocks(void **state)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    void *first[PIECES];
    size_t used;

    (void)state;
    for (size_t i = 0; i < PIECES; i++)
        first[i] = arena_alloc(&arena, size_at(i));
    used = arena.used;
    for (int round = 0; round < 5; round++) {
        arena_clear(&arena);
        for (size_t i = 0; i < PIECES; i++)
            assert_ptr_equal(arena_alloc(&arena, size_at(i)), first[i]);
        assert_int_equal(arena.used, used);
    }
}

static void copies_bytes_with_a_terminator(void **state)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    char *copy = arena_copy(&arena, "ab\0cd", 5);

    (void)state;
    assert_memory_equal(copy, "ab\0cd", 6);
    assert_string_equal(arena_copy(&arena, NULL, 0), "");
}

static void makes_arrays(void **state)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    int64_t *numbers = ARENA_ARRAY(&arena, int64_t, 1000);

    (void)state;
    assert_true(is_zero(numbers, 1000 * sizeof(*numbers)));
    assert_non_null(ARENA_NEW(&arena, int64_t));
    arena_release(&arena);
    assert_null(arena.first);
    assert_int_equal(arena.used, 0);
    assert_non_null(ARENA_NEW(&arena, int64_t));
}

static void resize_beyond(void *context)
{
    (void)context;
    (void)memory_resize(NULL, SIZE_MAX / 2, 3);
}

static void array_beyond(void *context)
{
    struct arena arena = ARENA_INIT;

    (void)context;
    (void)ARENA_ARRAY(&arena, int64_t, SIZE_MAX / 4);
}

static void rounding_beyond(void *context)
{
    struct arena arena = ARENA_INIT;

    (void)context;
    (void)arena_alloc(&arena, SIZE_MAX - 3);
}

static void block_beyond(void *context)
{
    struct arena arena = ARENA_INIT;

    (void)context;
    (void)arena_alloc(&arena, SIZE_MAX - 32);
}

/* Sizes that cannot be counted end the process in words, and never in a piece that is too small. */
static void ends_the_process_where_sizes_overflow(void **state)
{
    void (*const attempts[])(void *) = {resize_beyond, array_beyond, rounding_beyond, block_beyond};

    (void)state;
    for (size_t i = 0; i < LENGTH(attempts); i++) {
        struct child_end end = child_run(attempts[i], NULL);

        assert_int_equal(end.code, 70);
        assert_memory_equal(end.errors, "payrecon: out of memory (", 25);
        assert_string_equal(strstr(end.errors, " bytes"), " bytes wanted)\n");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocates_zeroed),
        cmocka_unit_test(copies_text),
        cmocka_unit_test(aligns_and_zeroes),
        cmocka_unit_test(keeps_pieces_apart),
        cmocka_unit_test(reuses_its_blocks),
        cmocka_unit_test(copies_bytes_with_a_terminator),
        cmocka_unit_test(makes_arrays),
        cmocka_unit_test(ends_the_process_where_sizes_overflow),
    };
    return cmocka_run_group_tests_name("base/memory", tests, NULL, NULL);
}
