/* The bytes of a bill on their way in: kept in a temporary file without a name while they are
 * digested and inflated. So no transaction is open while the network is slow, and nothing is
 * written to the database when the bytes are what it has already.
 *
 * The file is in $TMPDIR, or in /var/tmp: bills may be large. */
#ifndef RUN_INCOMING_H
#define RUN_INCOMING_H

#include "base/cleanup.h"
#include "base/err.h"
#include "base/view.h"

enum { INCOMING_PIECE_SIZE = 1 << 20 };

struct incoming;

/* ERR_IO when no temporary file can be made. */
bool incoming_open(struct incoming **ret_incoming, struct err *err);
void incoming_close(struct incoming *incoming);
DEFINE_CLEANUP(incoming_done, struct incoming, incoming_close)

/* Fails with ERR_IO when the temporary file does not take it. What is wrong with the bytes is told
 * by incoming_finish. */
bool incoming_push(struct incoming *incoming, struct view bytes, struct err *err);

struct incoming_digests {
    bool intact;       /* a whole gzip stream within the limits of text/gzip.h, or plain bytes */
    struct err damage; /* why not, when not intact */
    char received_sha256[64 + 1];
    char plain_sha1[40 + 1]; /* "" when not intact */
    int64_t received_bytes, plain_bytes;
};

/* Once, after the last push. */
void incoming_finish(struct incoming *incoming, struct incoming_digests *ret_digests);

/* After incoming_finish: all bytes again, in pieces of INCOMING_PIECE_SIZE (the last is smaller).
 * `take` returns false with `err` set to stop. May be repeated. */
typedef bool incoming_function(void *context, struct view piece, struct err *err);
bool incoming_each(struct incoming *incoming, incoming_function *take, void *context,
                   struct err *err);

#endif
