/* Platform certificates: fetching them, and judging replies with them. For the other files of this
 * room. */
#ifndef WXPAY_CERTIFICATES_H
#define WXPAY_CERTIFICATES_H

#include "wxpay/call.h"

/* Refreshing "at least every 12 hours" is what FACTS §2.5 asks for. */
#define WXPAY_CERTIFICATES_AGE_MAX (12 * INSTANT_HOUR)

/* Fetches the platform certificates into the client's keyring. ERR_ACCESS with a hint when the
 * merchant is in public-key mode. */
bool wxpay_certificates_load(struct wxpay *client, struct err *err);

/* As above, unless they are young enough or the client has a public key and does without. */
bool wxpay_certificates_refresh(struct wxpay *client, struct err *err);

/* The wxpay_accept_function of signed replies: a serial that is not known makes it fetch the
 * certificates, once. */
bool wxpay_accept_signed(struct wxpay *client, const struct http_reply *reply,
                         enum wxpay_verdict *ret_verdict, struct err *err);

#endif
