/* A ring of blocks of bytes between two threads: one puts, the other takes, in order.
 *
 * What makes them work beside each other instead of taking turns: neither waits for the other
 * until the ring is full or empty, and who waits is woken when it is half full, because waking
 * somebody for every block costs more than most blocks. So a taker may not see a block before
 * others follow it, or the end. Either side may leave first: the taker with block_ring_stop,
 * the putter with block_ring_end. What a thread wrote before that the other may read after it was
 * told, so an error needs no lock of its own. Blocks are allocated when they are first used. */
#ifndef BASE_BLOCK_RING_H
#define BASE_BLOCK_RING_H

#include "base/cleanup.h"
#include "base/view.h"

struct block_ring;

/* At most `count` blocks of `size` bytes wait; both above 0. Freed when both threads have ended. */
struct block_ring *block_ring_new(size_t count, size_t size);
void block_ring_free(struct block_ring *ring);
DEFINE_CLEANUP(block_ring_done, struct block_ring, block_ring_free)

/* The putter's: copies the bytes into as many blocks as they need. False: the taker has stopped. */
bool block_ring_put(struct block_ring *ring, struct view bytes);
/* Instead, to write a block in its place: the free block, of `size` bytes and aligned for anything,
 * or NULL when the taker has stopped; then hands on its first `length` bytes. */
char *block_ring_room(struct block_ring *ring);
void block_ring_hand_on(struct block_ring *ring, size_t length);
void block_ring_end(struct block_ring *ring); /* nothing more is put */

/* The taker's: the next block, valid until the next call. False: all was taken and the putter has
 * ended. */
bool block_ring_take(struct block_ring *ring, struct view *ret_block);
void block_ring_stop(struct block_ring *ring); /* nothing more is taken */

#endif
