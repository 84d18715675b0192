/* A stored bill as plain bytes, made on a thread of its own: evidence → inflate → blocks
 * in a ring (base/block_ring.h).
 *
 * So that inflating runs beside whatever the caller does with the bytes. At most BILL_STREAM_BLOCKS
 * blocks wait. The digest of the received bytes is known only at the end:
 * nothing counts before bill_stream_next has said so. */
#ifndef RUN_BILL_STREAM_H
#define RUN_BILL_STREAM_H

#include "run/evidence.h"

enum { BILL_STREAM_BLOCKS = 16 };

struct bill_stream;

/* `pg` is used by the stream's thread alone until bill_stream_close. */
struct bill_stream *bill_stream_open(struct pg *pg, struct view mchid, struct date day,
                                     const struct evidence_file *file);

/* The next block; valid until the next call. An empty one is the end: everything was there and the
 * digest is right. False: the error of reading, digesting or inflating (ERR_DATA when the bytes
 * are not those that were stored). */
bool bill_stream_next(struct bill_stream *stream, struct view *ret_block, struct err *err);

/* Stops the thread, whatever it is doing, and waits for it. */
void bill_stream_close(struct bill_stream *stream);
DEFINE_CLEANUP(bill_stream_done, struct bill_stream, bill_stream_close)

#endif
