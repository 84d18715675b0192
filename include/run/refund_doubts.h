/* Payments of a merchant whose refunds may come to more than they may (R07, R08): what one of their
 * refunds, or two of them, say alone. refund_check asks the rest of these few.
 *
 * Looking for them reads every refund of the last days beside its payment and its deposit. That is
 * a tenth of what reconciling a large day costs, so reconcile_day does it while it waits for the
 * books. */
#ifndef RUN_REFUND_DOUBTS_H
#define RUN_REFUND_DOUBTS_H

#include "base/date.h"
#include "base/memory.h"
#include "base/view.h"
#include "pg/pg.h"

struct refund_doubts {
    struct arena arena;
    struct view mchid;     /* whose they are; NULL: nobody was looked at yet */
    struct instant since;  /* refunds that were made before this are not among them */
    struct view *payments; /* order numbers, each once */
    size_t count, capacity;
};

#define REFUND_DOUBTS_INIT ((struct refund_doubts){.mchid = {NULL, 0}})

void refund_doubts_release(struct refund_doubts *doubts);

/* Reads them anew, unless `doubts` has the merchant's from far enough back: from the earliest of
 * `day` and the days that were reconciled within three days before `now`. Outside a transaction,
 * which it makes; of the caller `mchid` must stay. After an error there are none, and the
 * connection can be used again unless it is lost. */
bool refund_doubts_look(struct pg *pg, struct view mchid, struct date day, struct instant now,
                        struct refund_doubts *doubts, struct err *err);

#endif
