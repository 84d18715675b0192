/* A client of WeChat Pay that signs for a merchant, as the configuration says. */
#ifndef RUN_MERCHANT_CLIENT_H
#define RUN_MERCHANT_CLIENT_H

#include "run/job.h"
#include "run/merchant.h"
#include "wxpay/client.h"

/* Each attempt is logged (run/attempt_log.h). `pool` outlives the client; texts are taken from
 * `arena`, which does, too. The errors are those of wxpay_open: keys that are missing or wrong
 * (ERR_ACCESS), addresses (ERR_CONFIG). */
bool merchant_open_client(struct job *job, const struct merchant *merchant, struct wxpay_pool *pool,
                          struct arena *arena, struct wxpay **ret_client, struct err *err);

#endif
