/* Requests are signed in a thread of its own, which a signature keeps busy for most of a
 * millisecond: meanwhile the caller moves bytes and talks to the database. For the pool of this
 * room.
 *
 *     wxpay_signing_add(signing, &job)          job.input and job.signer stay where they are
 *     …                                          woken(context) is called, from the other thread
 *     job = wxpay_signing_next(signing)          job->err says how it went
 *
 * First in, first out. Everything but `woken` happens in the caller's thread. When no thread can be
 * made, a job is signed when it is added, and `woken` is called then. */
#ifndef WXPAY_SIGNING_H
#define WXPAY_SIGNING_H

#include "base/cleanup.h"
#include "crypto/random.h"
#include "wxpay/sign.h"

struct wxpay_signing;

/* The caller's; untouched by him between add and next. */
struct wxpay_signing_job {
    struct wxpay_signer signer;
    struct wxpay_sign_input input;
    struct nonce_text nonce; /* room for what input.nonce points to */
    struct buf *value;       /* the Authorization header's is appended */
    void *owner;
    struct err err; /* kind ERR_NONE, or what wxpay_authorization said */

    struct wxpay_signing_job *next; /* the thread's */
};

/* The thread is made by the first job. */
struct wxpay_signing *wxpay_signing_new(void (*woken)(void *context), void *context);

/* Nothing may be under way. */
void wxpay_signing_free(struct wxpay_signing *signing);
DEFINE_CLEANUP(wxpay_signing_done, struct wxpay_signing, wxpay_signing_free)

void wxpay_signing_add(struct wxpay_signing *signing, struct wxpay_signing_job *job);

/* How many were added and have not come back. */
size_t wxpay_signing_count(const struct wxpay_signing *signing);

/* One that is signed, or NULL: none is now. */
struct wxpay_signing_job *wxpay_signing_next(struct wxpay_signing *signing);

/* Until one is signed; something must be under way. */
void wxpay_signing_wait(struct wxpay_signing *signing);

/* Gives it up, wherever it is; it does not come back. Waits while it is being signed. */
void wxpay_signing_remove(struct wxpay_signing *signing, struct wxpay_signing_job *job);

#endif
