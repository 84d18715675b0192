#include "base/block_ring.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BLOCKS = 3, SIZE = 7, BYTES = 100000 };

/* The putter: pieces of all lengths from 0 on, until all is in or the taker has stopped. */
struct putter {
    struct block_ring *ring;
    const char *bytes;
    bool refused;
    pthread_t thread;
};

static void *put_all(void *context)
{
    struct putter *putter = context;
    size_t length = 0;

    for (size_t at = 0; at < BYTES && !putter->refused; at += length, length = (length + 1) % 50) {
        length = length < BYTES - at ? length : BYTES - at;
        putter->refused = !block_ring_put(putter->ring, view_from(putter->bytes + at, length));
    }
    block_ring_end(putter->ring);
    return NULL;
}

static void start(struct putter *putter, char *bytes)
{
    for (size_t i = 0; i < BYTES; i++)
        bytes[i] = (char)(i * 31 / 7);
    *putter = (struct putter){.ring = block_ring_new(BLOCKS, SIZE), .bytes = bytes};
    assert_int_equal(pthread_create(&putter->thread, NULL, put_all, putter), 0);
}

static void stop(struct putter *putter)
{
    assert_int_equal(pthread_join(putter->thread, NULL), 0);
    block_ring_free(putter->ring);
}

static void all_bytes_come_in_order(void **state)
{
    static char bytes[BYTES];
    struct putter putter;
    struct view block;
    size_t at = 0;

    (void)state;
    start(&putter, bytes);
    while (block_ring_take(putter.ring, &block)) {
        assert_in_range(block.length, 1, SIZE);
        assert_true(at + block.length <= BYTES);
        assert_memory_equal(block.at, bytes + at, block.length);
        at += block.length;
    }
    assert_int_equal(at, BYTES);
    assert_false(block_ring_take(putter.ring, &block));
    stop(&putter);
    assert_false(putter.refused);
}

static void a_putter_that_waits_is_told_of_the_stop(void **state)
{
    static char bytes[BYTES];
    struct putter putter;
    struct view block;

    (void)state;
    start(&putter, bytes);
    assert_true(block_ring_take(putter.ring, &block));
    block_ring_stop(putter.ring);
    stop(&putter);
    assert_true(putter.refused);
}

static void what_was_put_before_the_end_is_still_taken(void **state)
{
    struct block_ring *ring = block_ring_new(BLOCKS, SIZE);
    struct view block;

    (void)state;
    assert_true(block_ring_put(ring, VIEW("twelve bytes")));
    assert_true(block_ring_put(ring, VIEW("")));
    block_ring_end(ring);
    assert_true(block_ring_take(ring, &block));
    assert_true(view_equal(block, VIEW("twelve ")));
    assert_true(block_ring_take(ring, &block));
    assert_true(view_equal(block, VIEW("bytes")));
    assert_false(block_ring_take(ring, &block));
    block_ring_free(ring);
}

/* A block may be written in its place. */
static void rooms_are_handed_on(void **state)
{
    struct block_ring *ring = block_ring_new(BLOCKS, SIZE);
    struct view block;
    char *room;

    (void)state;
    for (size_t i = 0; i < (size_t)2 * BLOCKS; i++) {
        room = block_ring_room(ring);
        assert_non_null(room);
        assert_ptr_equal(block_ring_room(ring), room);
        memset(room, (int)('a' + i), SIZE);
        block_ring_hand_on(ring, 1 + i);
        assert_true(block_ring_take(ring, &block));
        assert_ptr_equal(block.at, room);
        assert_int_equal(block.length, 1 + i);
        assert_int_equal(block.at[i], 'a' + i);
    }
    block_ring_stop(ring);
    assert_null(block_ring_room(ring));
    block_ring_free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_bytes_come_in_order),
        cmocka_unit_test(a_putter_that_waits_is_told_of_the_stop),
        cmocka_unit_test(what_was_put_before_the_end_is_still_taken),
        cmocka_unit_test(rooms_are_handed_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
