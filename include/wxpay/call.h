/* One call from start to finish: sign, send, judge, repeat. For the other files of this room.
 *
 *            ┌──────── keys have come ────────┐
 *     QUEUED ─▶ KEYS (waits for certificates) ┘
 *        │ rate, room
 *        ▼
 *     SIGNING (in another thread)
 *        │
 *        ▼
 *     FLYING ─▶ KEYS (its serial is not known) ─▶ ARRIVED: judged again
 *        │
 *        ├─ to be repeated ─▶ QUEUED, due later
 *        ▼
 *     FINISHED
 *
 * The pool moves calls along (src/wxpay/pool.c); what a reply means is judged in call.c. */
#ifndef WXPAY_CALL_H
#define WXPAY_CALL_H

#include "base/date.h"
#include "http/pool.h"
#include "wxpay/answer.h"
#include "wxpay/client.h"
#include "wxpay/endpoint.h"
#include "wxpay/keyring.h"
#include "wxpay/keys.h"
#include "wxpay/reaction.h"
#include "wxpay/signing.h"
#include "wxpay/verify.h"

enum {
    WXPAY_REPLY_MAX = 1 << 20,
    WXPAY_CODE_MAX = 64,
    WXPAY_BODY_MAX = 64 * 1024,
    WXPAY_HOSTS_MAX = 2,
    WXPAY_HEADERS_MAX = 5,
};

struct wxpay {
    struct wxpay_settings settings; /* defaults filled in */
    struct wxpay_retry retry;
    struct wxpay_keys keys;
    struct wxpay_keyring ring;
    struct wxpay_pool *pool;
    bool owns_pool;
    struct http *hosts[WXPAY_HOSTS_MAX]; /* the second is the backup, or NULL */
    int host; /* where calls begin: the other one once this was not reached */
    /* NULL until a request has to keep to it. */
    struct wxpay_rate *rates[WXPAY_ENDPOINTS];
    struct wxpay_rate *old_rates[WXPAY_ENDPOINTS]; /* besides, for old orders */
    size_t calls;                                  /* not yet freed */

    /* Platform certificates, see wxpay/certificates.h. */
    struct wxpay_call *certificates_call; /* under way, or NULL */
    bool has_certificates;
    struct instant certificates_at; /* when they were fetched */
    struct instant asked_at;        /* when an unknown serial made us ask last */
    bool has_asked;
    struct err certificates_err; /* of the last time, and what its reply meant */
    enum wxpay_reaction certificates_reaction;
};

/* How a 2xx reply proves where it comes from. */
enum wxpay_accept {
    WXPAY_ACCEPT_SIGNED,
    WXPAY_ACCEPT_CERTIFICATES, /* by what it brings */
    WXPAY_ACCEPT_UNSIGNED,     /* by a digest, later (FACTS §2.4) */
};

struct wxpay_plan {
    enum wxpay_endpoint endpoint;
    enum wxpay_accept accept;
    struct view target; /* copied */
    struct view body;   /* POST; copied */
    uint64_t reply_bytes_max;
    int64_t total_timeout_ms; /* 0: the client's */
    bool at_host;             /* its target is of `host`; else it begins where the client is */
    int host;
    http_sink_function *sink; /* as in struct http_request */
    void *sink_context;
    void *detail; /* of the function that starts it; given back with the call */
    void (*detail_free)(void *detail);
};

enum wxpay_call_state {
    WXPAY_QUEUED,
    WXPAY_KEYS,
    WXPAY_SIGNING,
    WXPAY_FLYING,
    WXPAY_ARRIVED, /* its reply is to be judged again */
    WXPAY_FINISHED,
};

struct wxpay_call {
    struct wxpay *client;
    struct wxpay_plan plan;
    struct buf target, body; /* what the plan's views point to */
    void *owner;

    enum wxpay_call_state state;
    int64_t due_us; /* QUEUED: not before */
    int host;
    struct wxpay_attempts attempts;
    struct wxpay_repeated *repeated; /* the oldest */
    struct instant sent_at;          /* the last attempt */
    bool has_reply;                  /* KEYS: a reply waits to be verified */
    bool sent;                       /* some attempt may have arrived */
    bool old_order;                  /* it is about one */

    struct wxpay_signing_job signing;
    struct buf authorization;
    struct http_header headers[WXPAY_HEADERS_MAX];
    struct http_request request;
    struct http_reply reply;
    struct http_transfer transfer;

    /* FINISHED: kind ERR_NONE and what the reply means, or why there is no answer. */
    enum wxpay_reaction reaction;
    struct err err;

    struct wxpay_list *list; /* the pool's that it is in; NULL: it has been given out */
    struct wxpay_call *previous, *next;
};

/* Queued in the client's pool. */
struct wxpay_call *wxpay_call_new(struct wxpay *client, const struct wxpay_plan *plan);
void wxpay_call_free(struct wxpay_call *call);
DEFINE_CLEANUP(wxpay_call_done, struct wxpay_call, wxpay_call_free)

/* True when the reply is an answer (see wxpay_reaction_kind): a verified 2xx, or a failure that
 * means something. Otherwise the error names method, path, status, code, the server's text and
 * Request-Id. */
bool wxpay_call_answered(const struct wxpay_call *call, struct err *err);

/* Which of the client's hosts a URL that the other side sent is on, and its target there. ERR_DATA
 * when it is on none. */
bool wxpay_find_host(const struct wxpay *client, struct view url, int *ret_host,
                     struct view *ret_target, struct err *err);

/* What an answer other than 2xx says, as a whole message of kind ERR_DATA. */
void wxpay_call_complaint(const struct wxpay_call *call, struct err *ret_reason);

/* For an answer that is not what was asked for: adds the Request-Id. Returns false. */
bool wxpay_call_blame(const struct wxpay_call *call, struct err *err);

/* ---- for the pool ---------------------------------------------------------------------------- */

/* What is to be signed for an attempt now. An error of the job is one of the merchant's key. */
void wxpay_call_prepare_signing(struct wxpay_call *call);

/* Fills in the request, when it is signed. */
void wxpay_call_prepare(struct wxpay_call *call);

/* What is to be done after a reply, or after new keys have come for one. */
enum wxpay_next { WXPAY_NEXT_FINISH, WXPAY_NEXT_REPEAT, WXPAY_NEXT_KEYS };
enum wxpay_next wxpay_call_judge(struct wxpay_call *call, int64_t *ret_wait_ms);

/* Why it ends without an answer. */
void wxpay_call_fail(struct wxpay_call *call, const struct err *failure);

/* The rate that all calls of one merchant number and endpoint share; that of those about old
 * orders, which count for both. */
struct wxpay_rate *wxpay_pool_rate(struct wxpay_pool *pool, const char *mchid,
                                   enum wxpay_endpoint endpoint, bool old_orders);
struct http_pool *wxpay_pool_http(struct wxpay_pool *pool);
/* One round: sends what may be sent, waits for the first thing that happens, but not beyond
 * `until_us` (of clock_elapsed_us, plus waits that took no time). */
void wxpay_pool_turn(struct wxpay_pool *pool, int64_t until_us);
void wxpay_pool_add(struct wxpay_pool *pool, struct wxpay_call *call);

/* Ends a call that has just been made: it cannot be sent. */
void wxpay_pool_refuse(struct wxpay_pool *pool, struct wxpay_call *call, const struct err *failure);
void wxpay_pool_remove(struct wxpay_pool *pool, struct wxpay_call *call);

/* ---- for tests ------------------------------------------------------------------------------- */

struct wxpay_seal wxpay_seal_of(const struct http_reply *reply);

#endif
