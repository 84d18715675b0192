/* The refund object of the API (FACTS §5.1), the same for creation, query and abnormal refunds. */
#ifndef SIM_REFUND_REPLY_H
#define SIM_REFUND_REPLY_H

#include "ledger.h"

#include <jansson.h>

/* As it is at `now`; funded_at has to be right for it (ledger_account). `accepted` NULL: of the
 * world. The caller owns the object. */
json_t *refund_object(const struct refund *refund, const struct accepted *accepted, int64_t now);

#endif
