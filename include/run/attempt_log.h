/* Log lines for what WeChat Pay was asked, so that each Request-Id stands somewhere (FACTS §1.4):
 * at level info what is asked again and the platform certificates, which appear nowhere else; at
 * level debug the rest, which whoever asked logs or stores with its result. */
#ifndef RUN_ATTEMPT_LOG_H
#define RUN_ATTEMPT_LOG_H

#include "base/log.h"
#include "wxpay/attempt.h"

void attempt_log(const struct log *log, const struct wxpay_attempt *attempt);

#endif
