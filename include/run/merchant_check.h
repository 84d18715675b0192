/* Does WeChat Pay take a merchant's keys? `payrecon merchant check`, and the proof before other
 * keys come into use.
 *
 * Tiny signed requests: applying for the trade bill of the last published day, which downloads and
 * stores nothing. Without a public key the platform certificates are fetched before and opened with
 * the APIv3 key. With one it is a bill on offer that is signed; "nothing happened that day" is not,
 * so days further back are asked for until there is one. */
#ifndef RUN_MERCHANT_CHECK_H
#define RUN_MERCHANT_CHECK_H

#include "run/job.h"
#include "run/merchant.h"
#include "run/merchant_diagnosis.h"

/* So many days are asked for. */
enum { MERCHANT_PROOF_DAYS = 7 };

/* Asks with the keys in `keys_folder`. True: signature, serial, clock and rights are good.
 * `ret_verified`: WeChat Pay's own key was proved, too; false when there was no bill in all those
 * days. Errors are those of wxpay/client.h. */
bool merchant_prove(struct job *job, const struct merchant *merchant, const char *keys_folder,
                    bool *ret_verified, struct err *err);

/* What an error of merchant_prove means. */
struct merchant_diagnosis merchant_explain(const struct merchant *merchant,
                                           const struct err *failure);

/* Checks every merchant that --merchant names, or all, and prints one line for each, and a hint for
 * each that is not good. *ret_code is the worst of all. */
bool merchant_check(struct job *job, FILE *out, enum exit_code *ret_code, struct err *err);

#endif
