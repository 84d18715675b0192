/* One signed request: sign, send, judge, repeat. For the other files of this room. */
#ifndef WXPAY_CALL_H
#define WXPAY_CALL_H

#include "base/date.h"
#include "http/http.h"
#include "wxpay/client.h"
#include "wxpay/keyring.h"
#include "wxpay/keys.h"
#include "wxpay/reaction.h"
#include "wxpay/verify.h"

enum { WXPAY_REPLY_MAX = 1 << 20, WXPAY_CODE_MAX = 64 };

struct wxpay {
    struct wxpay_settings settings; /* defaults filled in */
    struct wxpay_retry retry;
    struct wxpay_keys keys;
    struct wxpay_keyring ring;
    struct instant certificates_at; /* when they were fetched */
    bool has_certificates;
    struct http *http;
};

/* Judges the signature of a 2xx reply. False is an error that repeating does not mend. */
typedef bool wxpay_accept_function(struct wxpay *client, const struct http_reply *reply,
                                   enum wxpay_verdict *ret_verdict, struct err *err);

struct wxpay_call {
    enum wxpay_endpoint endpoint;
    struct view target;            /* GET */
    wxpay_accept_function *accept; /* NULL: 2xx replies of this endpoint are not signed */
    uint64_t reply_bytes_max;
    int64_t total_timeout_ms;
    http_sink_function *sink; /* as in struct http_request */
    void *sink_context;
};

/* True when the reply is an answer (see wxpay_reaction_kind): a verified 2xx, or a failure that
 * means something. Everything else is repeated as the policy says and then an error that names
 * path, status, code, the server's text and Request-Id. A sink that has had bytes is never called
 * for another attempt. `reply` is as http_send left it. */
bool wxpay_call(struct wxpay *client, const struct wxpay_call *call, struct http_reply *reply,
                enum wxpay_reaction *ret_reaction, struct err *err);

/* The Wechatpay-… headers. */
struct wxpay_seal wxpay_seal_of(const struct http_reply *reply);

#endif
