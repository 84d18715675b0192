/* Platform certificates: when they are fetched, and what they prove (FACTS §2.4, §2.5). For the
 * other files of this room, and for whoever checks a merchant's keys online.
 *
 * They are fetched before the first signed call, again when they are twelve hours old, and when a
 * reply names a serial that is not known: for that at most once in WXPAY_ASK_AGAIN, so that a
 * serial nobody knows does not double every call. With a public key in the keyring nothing is
 * fetched until a reply names another serial: so the weeks in which a merchant changes from one to
 * the other work (FACTS §2.2). When fetching again fails the old ones go on while they are valid.
 */
#ifndef WXPAY_CERTIFICATES_H
#define WXPAY_CERTIFICATES_H

#include "wxpay/call.h"

/* Refreshing "at least every 12 hours" is what FACTS §2.5 asks for. */
#define WXPAY_CERTIFICATES_AGE_MAX (12 * INSTANT_HOUR)
#define WXPAY_ASK_AGAIN (10 * INSTANT_MINUTE)

/* Fetches the platform certificates into the client's keyring, and waits for them. ERR_ACCESS with
 * a hint when the merchant is in public-key mode. */
bool wxpay_certificates_load(struct wxpay *client, struct err *err);

/* ---- for calls and the pool ------------------------------------------------------------------ */

/* Whether a call whose reply will be signed can be sent now: they are young enough, or the client
 * has a public key and does without. */
bool wxpay_certificates_ready(const struct wxpay *client);

/* Begins to fetch them, unless that is under way. */
void wxpay_certificates_start(struct wxpay *client);

/* The client's certificates_call has finished: notes how, and frees it. */
void wxpay_certificates_arrived(struct wxpay *client);

/* Whether fetching them may bring the key of an unknown serial; if `has_asked` they were fetched
 * for it already. True is noted as asking now. */
bool wxpay_certificates_may_help(struct wxpay *client, bool has_asked);

/* Whether a call that waited for them goes on; false with the reason that it does not. */
bool wxpay_certificates_go_on(const struct wxpay_call *call, struct err *err);

/* Judges the reply that brings them: opened with the APIv3 key, and signed with one of them or with
 * a key that is known (FACTS §2.4). Takes them when it is genuine. False is an error that repeating
 * does not mend. */
bool wxpay_certificates_take(struct wxpay *client, const struct http_reply *reply,
                             enum wxpay_verdict *ret_verdict, struct err *err);

#endif
