#include "wxpay/call.h"

#include "base/failpoint.h"
#include "base/memory.h"
#include "wxpay/certificates.h"
#include "wxpay/complaint.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const struct wxpay_endpoint_rules *rules_of(const struct wxpay_call *call)
{
    return wxpay_endpoint_rules(call->plan.endpoint);
}

static struct instant now_of(const struct wxpay_call *call)
{
    return clock_now(call->client->settings.clock);
}

struct wxpay_seal wxpay_seal_of(const struct http_reply *reply)
{
    return (struct wxpay_seal){
        .timestamp = http_reply_header(reply, "Wechatpay-Timestamp"),
        .nonce = http_reply_header(reply, "Wechatpay-Nonce"),
        .serial = http_reply_header(reply, "Wechatpay-Serial"),
        .signature = http_reply_header(reply, "Wechatpay-Signature"),
    };
}

/* ---- life ------------------------------------------------------------------------------------ */

struct wxpay_call *wxpay_call_new(struct wxpay *client, const struct wxpay_plan *plan)
{
    struct wxpay_call *call = memory_alloc(sizeof *call);

    call->client = client;
    call->plan = *plan;
    call->host = plan->host;
    call->target = BUF_INIT(HTTP_TARGET_MAX);
    call->body = BUF_INIT(WXPAY_BODY_MAX);
    call->authorization = BUF_INIT(WXPAY_AUTHORIZATION_MAX);
    call->reply = HTTP_REPLY_INIT;
    buf_add_view(&call->target, plan->target);
    buf_add_view(&call->body, plan->body);
    assert(!call->target.overflowed && !call->body.overflowed);
    assert(rules_of(call)->method == HTTP_POST || plan->body.length == 0);
    call->plan.target = buf_view(&call->target);
    call->plan.body = buf_view(&call->body);
    client->calls++;
    wxpay_pool_add(client->pool, call);
    return call;
}

void wxpay_call_free(struct wxpay_call *call)
{
    wxpay_pool_remove(call->client->pool, call);
    call->client->calls--;
    if (call->plan.detail_free != NULL)
        call->plan.detail_free(call->plan.detail);
    buf_release(&call->target);
    buf_release(&call->body);
    buf_release(&call->authorization);
    http_reply_release(&call->reply);
    while (call->repeated != NULL) {
        struct wxpay_repeated *repeated = call->repeated;

        call->repeated = repeated->next;
        free(repeated);
    }
    free(call);
}

void wxpay_call_cancel(struct wxpay_call *call)
{
    wxpay_call_free(call);
}

void wxpay_call_set_owner(struct wxpay_call *call, void *owner)
{
    call->owner = owner;
}

void *wxpay_call_owner(const struct wxpay_call *call)
{
    return call->owner;
}

/* ---- sending --------------------------------------------------------------------------------- */

void wxpay_call_prepare_signing(struct wxpay_call *call)
{
    const struct wxpay *client = call->client;
    struct wxpay_signing_job *job = &call->signing;

    buf_clear(&call->authorization);
    call->sent_at = now_of(call);
    *job = (struct wxpay_signing_job){
        .signer = {.mchid = client->settings.mchid,
                   .serial = certificate_serial(client->keys.certificate),
                   .key = client->keys.private_key},
        .input = {.method = http_method_name(rules_of(call)->method),
                  .target = call->plan.target,
                  .timestamp_s = call->sent_at.us / INSTANT_SECOND,
                  .nonce = job->nonce.s,
                  .body = call->plan.body},
        .nonce = random_nonce(),
        .value = &call->authorization,
        .owner = call,
    };
}

static void add_header(struct wxpay_call *call, const char *name, const char *value)
{
    assert(call->request.header_count < WXPAY_HEADERS_MAX);
    call->headers[call->request.header_count++] = (struct http_header){name, value};
}

void wxpay_call_prepare(struct wxpay_call *call)
{
    const struct wxpay *client = call->client;
    const struct wxpay_plan *plan = &call->plan;

    if (call->attempts.count == 0 && !plan->at_host)
        call->host = client->host;
    call->request = (struct http_request){
        .method = rules_of(call)->method,
        .target = plan->target,
        .headers = call->headers,
        .body = plan->body,
        .reply_bytes_max = plan->reply_bytes_max,
        .total_timeout_ms = plan->total_timeout_ms,
        .sink = plan->sink,
        .sink_context = plan->sink_context,
    };
    add_header(call, "Authorization", buf_text(&call->authorization));
    add_header(call, "Accept", plan->sink == NULL ? "application/json" : "*/*");
    add_header(call, "Accept-Language", "zh-CN");
    if (rules_of(call)->method == HTTP_POST)
        add_header(call, "Content-Type", "application/json");
    /* In public-key mode the id chooses the key that signs the reply (FACTS §1.3). */
    if (client->keys.public_key_id[0] != '\0')
        add_header(call, "Wechatpay-Serial", client->keys.public_key_id);
    call->transfer = (struct http_transfer){
        .http = client->hosts[call->host],
        .request = &call->request,
        .reply = &call->reply,
        .owner = call,
    };
}

/* ---- judging --------------------------------------------------------------------------------- */

static enum wxpay_outcome outcome_of(enum wxpay_reaction reaction)
{
    if (reaction == WXPAY_REPEAT_SERVER)
        return WXPAY_OUTCOME_SERVER;
    return reaction == WXPAY_REPEAT_SLOWER ? WXPAY_OUTCOME_RATE : WXPAY_OUTCOME_FINAL;
}

/* Of a transfer that did not give a reply. */
static enum wxpay_outcome outcome_of_transfer(const struct wxpay_call *call)
{
    bool sink_had_bytes = call->plan.sink != NULL && call->reply.body_bytes > 0;
    if (call->transfer.err.kind == ERR_UNAVAILABLE && !sink_had_bytes)
        return WXPAY_OUTCOME_CONNECTION;
    return WXPAY_OUTCOME_FINAL;
}

static bool is_success(int status)
{
    return status >= 200 && status <= 299;
}

/* False: what it is instead is in `failure`, and whether repeating may help in `*outcome`. */
static bool check_reply(struct wxpay_call *call, enum wxpay_verdict *verdict,
                        enum wxpay_outcome *outcome, struct err *failure)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    const struct http_reply *reply = &call->reply;
    struct wxpay_complaint complaint = {.code = {.at = NULL}};
    struct wxpay_seal seal = wxpay_seal_of(reply);

    if (!is_success(reply->status))
        complaint = wxpay_complaint_read(buf_view(&reply->body), &arena);
    call->reaction = wxpay_react(call->plan.endpoint, reply->status, complaint.code);
    *outcome = outcome_of(call->reaction);
    if (wxpay_reaction_kind(call->reaction) != ERR_NONE)
        return wxpay_complain(reply->status, &complaint, call->reaction, failure);
    if (call->reaction != WXPAY_DONE)
        return true;

    switch (call->plan.accept) {
    case WXPAY_ACCEPT_UNSIGNED:
        return true;
    case WXPAY_ACCEPT_SIGNED:
        *verdict = wxpay_verify(&call->client->ring, &seal, buf_view(&reply->body), now_of(call));
        break;
    case WXPAY_ACCEPT_CERTIFICATES:
        if (!wxpay_certificates_take(call->client, reply, verdict, failure))
            return false;
        break;
    }
    if (*verdict == WXPAY_UNSIGNED || *verdict == WXPAY_FORGED)
        *outcome = WXPAY_OUTCOME_SIGNATURE;
    return wxpay_doubt(*verdict, &seal, failure);
}

static struct view path_of(struct view target)
{
    struct view path = target;
    view_take(&target, '?', &path);
    return path;
}

static void name_request(const struct wxpay_call *call, struct err *err)
{
    err_wrap(err, "%s %.*s", http_method_name(rules_of(call)->method),
             VIEW_ARG(path_of(call->plan.target)));
}

void wxpay_call_fail(struct wxpay_call *call, const struct err *failure)
{
    call->err = *failure;
    if (call->reply.status != 0)
        wxpay_add_request_id(&call->reply, &call->err);
    if (call->attempts.count > 1)
        err_wrap(&call->err, "after %d attempts", call->attempts.count);
    name_request(call, &call->err);
}

/* With a copy of its reply, which the next one takes the place of. */
static void keep_repeated(struct wxpay_call *call)
{
    struct wxpay_reply reply = wxpay_call_reply(call);
    struct wxpay_repeated *repeated = memory_alloc(sizeof(*repeated) + reply.body.length);
    struct wxpay_repeated **last = &call->repeated;
    char *body = (char *)(repeated + 1);

    if (reply.body.length > 0)
        memcpy(body, reply.body.at, reply.body.length);
    repeated->reply = reply;
    repeated->reply.body = view_from(body, reply.body.length);
    repeated->request_id = wxpay_call_request_id(call);
    repeated->ended_at = now_of(call);
    while (*last != NULL)
        last = &(*last)->next;
    *last = repeated;
}

/* A host that nothing could be sent to is left by the calls to come, too. So a POST, which is not
 * repeated, goes to the other host because the query before it had to. */
static void leave_host(struct wxpay_call *call)
{
    struct wxpay *client = call->client;
    bool reached = call->transfer.err.kind != ERR_UNAVAILABLE || call->reply.sent;

    if (!reached && client->hosts[1] != NULL && client->host == call->host)
        client->host = 1 - client->host;
}

/* Another attempt, at the other host when this one was not reached; or the end. */
static enum wxpay_next repeat_or_fail(struct wxpay_call *call, enum wxpay_outcome outcome,
                                      const struct err *failure, int64_t *ret_wait_ms)
{
    struct wxpay *client = call->client;
    int64_t after_s =
        wxpay_retry_after_s(http_reply_header(&call->reply, "Retry-After"), now_of(call));

    if (!rules_of(call)->may_repeat)
        outcome = WXPAY_OUTCOME_FINAL;
    if (!wxpay_retry_next(&client->retry, &call->attempts, outcome, after_s,
                          random_below(UINT32_MAX), ret_wait_ms)) {
        wxpay_call_fail(call, failure);
        return WXPAY_NEXT_FINISH;
    }
    call->err = *failure; /* what is said when it comes to no other attempt */
    keep_repeated(call);
    if (outcome == WXPAY_OUTCOME_CONNECTION && client->hosts[1] != NULL)
        call->host = 1 - call->host;
    return WXPAY_NEXT_REPEAT;
}

static enum wxpay_next judge(struct wxpay_call *call, int64_t *ret_wait_ms)
{
    enum wxpay_verdict verdict = WXPAY_GENUINE;
    enum wxpay_outcome outcome = WXPAY_OUTCOME_FINAL;
    struct err failure = ERR_INIT;

    call->sent = call->sent || call->reply.sent;
    call->reaction = WXPAY_NO_REPLY;
    leave_host(call);
    if (call->transfer.err.kind != ERR_NONE)
        return repeat_or_fail(call, outcome_of_transfer(call), &call->transfer.err, ret_wait_ms);
    failpoint_hit("verify-before");
    if (check_reply(call, &verdict, &outcome, &failure)) {
        failpoint_hit("verify-after");
        call->err = ERR_INIT;
        return WXPAY_NEXT_FINISH;
    }
    if (verdict == WXPAY_UNKNOWN_KEY && call->plan.accept == WXPAY_ACCEPT_SIGNED &&
        wxpay_certificates_may_help(call->client, call->has_reply))
        return WXPAY_NEXT_KEYS;
    return repeat_or_fail(call, outcome, &failure, ret_wait_ms);
}

/* A reply that waits for its key is told of when that has come. */
static void tell(const struct wxpay_call *call, enum wxpay_next next)
{
    const struct wxpay_settings *settings = &call->client->settings;
    const struct wxpay_attempt attempt = {
        .mchid = settings->mchid,
        .method = http_method_name(rules_of(call)->method),
        .path = path_of(call->plan.target),
        .status = call->reply.status,
        .request_id = wxpay_call_request_id(call),
        .certificates = call->plan.endpoint == WXPAY_CERTIFICATES,
        .again = next == WXPAY_NEXT_REPEAT ? &call->err : NULL,
    };

    if (settings->told != NULL && next != WXPAY_NEXT_KEYS)
        settings->told(settings->told_context, &attempt);
}

enum wxpay_next wxpay_call_judge(struct wxpay_call *call, int64_t *ret_wait_ms)
{
    enum wxpay_next next = judge(call, ret_wait_ms);

    tell(call, next);
    return next;
}

/* ---- the answer ------------------------------------------------------------------------------ */

bool wxpay_call_answered(const struct wxpay_call *call, struct err *err)
{
    assert(call->state == WXPAY_FINISHED);
    if (call->err.kind == ERR_NONE)
        return true;
    *err = call->err;
    return false;
}

struct wxpay_request_id wxpay_call_request_id(const struct wxpay_call *call)
{
    struct wxpay_request_id id = {.s = ""};
    struct view header = http_reply_header(&call->reply, "Request-Id");
    size_t length = header.length < WXPAY_REQUEST_ID_MAX ? header.length : WXPAY_REQUEST_ID_MAX;

    for (size_t i = 0; i < length; i++)
        id.s[i] = header.at[i] > ' ' && header.at[i] <= '~' ? header.at[i] : '?';
    return id;
}

struct wxpay_reply wxpay_call_reply(const struct wxpay_call *call)
{
    return (struct wxpay_reply){call->reply.status, buf_view(&call->reply.body), call->sent_at};
}

const struct wxpay_repeated *wxpay_call_repeated(const struct wxpay_call *call)
{
    return call->repeated;
}

void wxpay_call_complaint(const struct wxpay_call *call, struct err *ret_reason)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct wxpay_complaint complaint = wxpay_complaint_read(buf_view(&call->reply.body), &arena);

    wxpay_complain(call->reply.status, &complaint, call->reaction, ret_reason);
    wxpay_add_request_id(&call->reply, ret_reason);
    name_request(call, ret_reason);
}

bool wxpay_call_blame(const struct wxpay_call *call, struct err *err)
{
    wxpay_add_request_id(&call->reply, err);
    return false;
}

bool wxpay_find_host(const struct wxpay *client, struct view url, int *ret_host,
                     struct view *ret_target, struct err *err)
{
    struct err ignored = ERR_INIT;

    if (client->hosts[1] != NULL && http_target_of(client->hosts[1], url, ret_target, &ignored)) {
        *ret_host = 1;
        return true;
    }
    *ret_host = 0;
    return http_target_of(client->hosts[0], url, ret_target, err);
}
