/* GET /v3/bill/sub-merchant-fundflowbill: a bill in encrypted parts (FACTS §4.2). */
#ifndef SIM_SUB_BILL_H
#define SIM_SUB_BILL_H

#include "sim.h"
#include "token.h"

/* The bytes of one download: a part of the plain bill, packed when asked for, then AES-256-GCM with
 * key and nonce of the token and the tag at the end. */
void sub_bill_seal_part(const struct sim *sim, const struct token *token,
                        const struct made_bill *bill, struct text *out);

#endif
