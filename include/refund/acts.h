/* The chain of what people did about refunds (recon.refund_act): is it whole?
 *
 * Each act's hash is SHA-256 over the hash before and the act's bytes; recon.refund_queue holds how
 * many there are and the newest hash. So an act that was changed, taken out, put between or cut off
 * shows, as long as not everything behind it was made anew. */
#ifndef REFUND_ACTS_H
#define REFUND_ACTS_H

#include "base/date.h"
#include "base/err.h"
#include "base/view.h"

#include <stdint.h>

struct pg;

/* Texts live during the call. */
struct refund_act {
    int64_t no; /* from 1 */
    struct instant at;
    struct view who; /* database login */
    struct view act; /* REQUEST, BATCH, APPROVE, REJECT, WITHDRAW, RESET, QUERY, PROPOSE, RESOLVE */
    struct view subject; /* refund number, batch, or what the queue was */
    struct view said;
};

/* Called for each act that is right, in order. `pg` cannot be used inside. */
typedef void refund_act_function(void *context, const struct refund_act *act);

/* Verifies the chain of one merchant, and that each approved batch of which something may still be
 * sent is the list that was approved: its hash, count and total, and the act that says so; and that
 * each refund that two people have resolved has the acts of both. ERR_DATA names the act, the batch
 * or the refund that is wrong. `function` may be NULL. Reads all acts, as a stream.
 * Not inside a transaction that has changed refunds. */
bool refund_acts_verify(struct pg *pg, struct view mchid, refund_act_function *function,
                        void *context, struct err *err);

/* Bytes of an act taken apart. False when they are not what recon.refund_act_add writes. Pure. */
bool refund_act_read(struct view bytes, struct refund_act *ret_act);

#endif
