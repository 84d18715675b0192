/* Batches of refunds for people: all of them, and one as its checker sees it. */
#ifndef RUN_REFUND_BATCH_VIEW_H
#define RUN_REFUND_BATCH_VIEW_H

#include "run/job.h"
#include "run/merchant.h"

#include <stdio.h>

/* One line a batch. */
bool refund_batch_print_list(struct job *job, struct pg *pg, const struct merchant_list *merchants,
                             FILE *out, struct err *err);

/* One line a request with its marks (refund/marks.h). As text with head, total, hash, what the
 * marks mean, and how to approve it; in one snapshot. ERR_USAGE when there is no such batch. */
bool refund_batch_print(struct job *job, struct pg *pg, struct view mchid, int32_t batch_no,
                        FILE *out, struct err *err);

#endif
