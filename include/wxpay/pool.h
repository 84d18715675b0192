/* Calls in flight: many at once, of many merchants, in one thread.
 *
 * Every call of this room comes in two halves, and as a whole for those who want just one:
 *
 *     call = wxpay_bill_apply_start(client, kind, day);       sends nothing yet, cannot fail
 *     …                                                       start others, of any client
 *     while ((call = wxpay_pool_next(pool, 1000)) != NULL)
 *         wxpay_bill_apply_finish(call, &offer, err);          the answer; the call is gone
 *
 *     wxpay_bill_apply(client, kind, day, &offer, err)        start, wait for it, finish
 *
 * What happens in between is the same: a call waits until its merchant's rate, its keys and a
 * connection allow it, is sent, judged, and repeated by the client's policy; while it waits the
 * others go on. Downloads are sent before everything else, because an offer is good for minutes
 * only; all others in the order in which they were started. Clients share a pool by naming it in
 * their settings; rates are kept per merchant number and endpoint, whichever client sends.
 *
 * Time passes only inside wxpay_pool_next and the whole calls: sinks are called there, too. A
 * finished call keeps its answer until its finish function is called, which frees it. A client
 * outlives its calls, a pool its clients. */
#ifndef WXPAY_POOL_H
#define WXPAY_POOL_H

#include "base/cleanup.h"
#include "base/date.h"
#include "base/view.h"
#include "wxpay/answer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Waits, and says whether it waited all of it: false ends the attempts (the program was asked to
 * stop). */
typedef bool wxpay_wait_function(void *context, int64_t wait_ms);

struct wxpay_pool_settings {
    int connections_max;       /* 0: HTTP_CONNECTIONS_MAX */
    wxpay_wait_function *wait; /* while nothing is under way; NULL: sleeps, a signal interrupts */
    void *wait_context;
};

struct wxpay_pool;
struct wxpay_call;

struct wxpay_pool *wxpay_pool_new(const struct wxpay_pool_settings *settings);

/* Without clients. */
void wxpay_pool_free(struct wxpay_pool *pool);
DEFINE_CLEANUP(wxpay_pool_done, struct wxpay_pool, wxpay_pool_free)

/* The next call that is finished; NULL when none was within `wait_ms`, when there are none, or when
 * it was woken. */
struct wxpay_call *wxpay_pool_next(struct wxpay_pool *pool, int64_t wait_ms);

/* From any thread: wxpay_pool_next, now or the next time, gives up waiting as soon as it can. */
void wxpay_pool_wake(struct wxpay_pool *pool);

/* Nothing is sent any more. What is under way comes back as it would; everything else fails with
 * ERR_LATER. For programs that were asked to stop: so no refund is left in the dark. */
void wxpay_pool_stop(struct wxpay_pool *pool);

/* Started and not yet given out by wxpay_pool_next, with the certificates that are being fetched.
 */
size_t wxpay_pool_in_flight(const struct wxpay_pool *pool);

/* Whatever the caller wants to find again with the call. */
void wxpay_call_set_owner(struct wxpay_call *call, void *owner);
void *wxpay_call_owner(const struct wxpay_call *call);

/* Of the last reply, before the call is given to its finish function; "" when there was none. */
struct wxpay_request_id wxpay_call_request_id(const struct wxpay_call *call);

/* The last reply as it was received, before the call is given to its finish function; valid until
 * then. Status 0 and no bytes when there was none. */
struct wxpay_reply {
    int status;
    struct view body;
    struct instant sent_at; /* when it was signed for */
};
struct wxpay_reply wxpay_call_reply(const struct wxpay_call *call);

/* An attempt before that one, which was repeated; the oldest first. Valid as long. */
struct wxpay_repeated {
    struct wxpay_reply reply;
    struct wxpay_request_id request_id;
    struct instant ended_at;
    struct wxpay_repeated *next;
};
const struct wxpay_repeated *wxpay_call_repeated(const struct wxpay_call *call);

/* Goes on until this call is finished. Others that finish meanwhile stay for wxpay_pool_next; this
 * one does not come there any more. */
void wxpay_call_wait(struct wxpay_call *call);

/* Instead of its finish function. A request that is under way may have arrived. */
void wxpay_call_cancel(struct wxpay_call *call);

#endif
