#include "base/block_ring.h"

#include "base/memory.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct block {
    char *at;
    size_t length;
};

struct block_ring {
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* one waits at most: never both sides at once */
    size_t count, size;
    size_t first, filled;
    bool taken;   /* the taker looks at the first block */
    bool ended;   /* the putter puts in no more */
    bool stopped; /* the taker takes no more */
    struct block blocks[];
};

static void lock(struct block_ring *ring)
{
    int failed = pthread_mutex_lock(&ring->mutex);

    assert(failed == 0);
}

static void unlock(struct block_ring *ring)
{
    int failed = pthread_mutex_unlock(&ring->mutex);

    assert(failed == 0);
}

struct block_ring *block_ring_new(size_t count, size_t size)
{
    struct block_ring *ring = memory_alloc(sizeof(*ring) + count * sizeof(ring->blocks[0]));
    int failed;

    assert(count > 0 && size > 0);
    ring->count = count;
    ring->size = size;
    failed = pthread_mutex_init(&ring->mutex, NULL) | pthread_cond_init(&ring->changed, NULL);
    assert(failed == 0);
    return ring;
}

void block_ring_free(struct block_ring *ring)
{
    if (ring == NULL)
        return;
    for (size_t i = 0; i < ring->count; i++)
        free(ring->blocks[i].at);
    (void)pthread_cond_destroy(&ring->changed);
    (void)pthread_mutex_destroy(&ring->mutex);
    free(ring);
}

/* Behind those that wait. */
static struct block *free_block(struct block_ring *ring)
{
    return &ring->blocks[(ring->first + ring->filled) % ring->count];
}

char *block_ring_room(struct block_ring *ring)
{
    struct block *block = NULL;

    lock(ring);
    while (!ring->stopped && ring->filled == ring->count)
        (void)pthread_cond_wait(&ring->changed, &ring->mutex);
    if (!ring->stopped)
        block = free_block(ring);
    unlock(ring);
    if (block == NULL)
        return NULL;
    if (block->at == NULL)
        block->at = memory_alloc(ring->size);
    return block->at;
}

void block_ring_hand_on(struct block_ring *ring, size_t length)
{
    assert(length <= ring->size);
    lock(ring);
    free_block(ring)->length = length;
    ring->filled++;
    if (ring->filled >= (ring->count + 1) / 2)
        (void)pthread_cond_signal(&ring->changed);
    unlock(ring);
}

bool block_ring_put(struct block_ring *ring, struct view bytes)
{
    while (bytes.length > 0) {
        char *room = block_ring_room(ring);
        size_t length = bytes.length < ring->size ? bytes.length : ring->size;

        if (room == NULL)
            return false;
        memcpy(room, bytes.at, length);
        bytes.at += length;
        bytes.length -= length;
        block_ring_hand_on(ring, length);
    }
    return true;
}

static void leave(struct block_ring *ring, bool *side)
{
    lock(ring);
    *side = true;
    (void)pthread_cond_signal(&ring->changed);
    unlock(ring);
}

void block_ring_end(struct block_ring *ring)
{
    leave(ring, &ring->ended);
}

void block_ring_stop(struct block_ring *ring)
{
    leave(ring, &ring->stopped);
}

bool block_ring_take(struct block_ring *ring, struct view *ret_block)
{
    bool filled;

    lock(ring);
    if (ring->taken) {
        ring->taken = false;
        ring->first = (ring->first + 1) % ring->count;
        ring->filled--;
        if (ring->filled <= ring->count / 2)
            (void)pthread_cond_signal(&ring->changed);
    }
    while (ring->filled == 0 && !ring->ended)
        (void)pthread_cond_wait(&ring->changed, &ring->mutex);
    filled = ring->filled > 0;
    if (filled) {
        ring->taken = true;
        *ret_block = view_from(ring->blocks[ring->first].at, ring->blocks[ring->first].length);
    }
    unlock(ring);
    return filled;
}
