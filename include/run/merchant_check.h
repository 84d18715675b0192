/* Does WeChat Pay take a merchant's keys? `payrecon merchant check`, and the proof before other
 * keys come into use.
 *
 * One tiny signed request: applying for the trade bill of the last published day, which downloads
 * and stores nothing. Its reply has to be verified, so without a public key the platform
 * certificates are fetched and opened with the APIv3 key as well. */
#ifndef RUN_MERCHANT_CHECK_H
#define RUN_MERCHANT_CHECK_H

#include "run/job.h"
#include "run/merchant.h"
#include "run/merchant_diagnosis.h"

/* Asks with the keys in `keys_folder`. True: signature, serial, clock and rights are good, and the
 * reply was verified. Errors are those of wxpay/client.h. */
bool merchant_prove(const struct job *job, const struct merchant *merchant, const char *keys_folder,
                    struct err *err);

/* Fills *ret_diagnosis for an error of merchant_prove. */
struct merchant_diagnosis merchant_explain(const struct merchant *merchant,
                                           const struct err *failure);

/* Checks every merchant that --merchant names, or all, and prints one line for each, and a hint for
 * each that is not good. *ret_code is the worst of all. */
bool merchant_check(struct job *job, FILE *out, enum exit_code *ret_code, struct err *err);

#endif
