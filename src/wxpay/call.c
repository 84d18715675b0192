#include "wxpay/call.h"

#include "base/memory.h"
#include "crypto/random.h"
#include "text/json.h"
#include "wxpay/sign.h"

#include <assert.h>
#include <string.h>

enum { MESSAGE_MAX = 300, REQUEST_ID_MAX = 128, RETRY_AFTER_MAX_S = 24 * 60 * 60 };

/* One try, and what may be done about its failure. */
struct attempt {
    enum wxpay_reaction reaction;
    enum wxpay_outcome outcome; /* only after a failure */
};

/* What a failure says about itself: {"code": …, "message": …} (FACTS §1.4). */
struct complaint {
    struct view code;
    struct view message;
};

struct wxpay_seal wxpay_seal_of(const struct http_reply *reply)
{
    return (struct wxpay_seal){
        .timestamp = http_reply_header(reply, "Wechatpay-Timestamp"),
        .nonce = http_reply_header(reply, "Wechatpay-Nonce"),
        .serial = http_reply_header(reply, "Wechatpay-Serial"),
        .signature = http_reply_header(reply, "Wechatpay-Signature"),
    };
}

/* ---- sending --------------------------------------------------------------------------------- */

static bool authorize(struct wxpay *client, const struct wxpay_call *call, struct buf *value,
                      struct err *err)
{
    struct nonce_text nonce = random_nonce();
    const struct wxpay_signer signer = {
        .mchid = client->settings.mchid,
        .serial = certificate_serial(client->keys.certificate),
        .key = client->keys.private_key,
    };
    const struct wxpay_sign_input input = {
        .method = http_method_name(HTTP_GET),
        .target = call->target,
        .timestamp_s = clock_now(client->settings.clock).us / INSTANT_SECOND,
        .nonce = nonce.s,
    };
    return wxpay_authorization(&signer, &input, value, err);
}

static bool send_signed(struct wxpay *client, const struct wxpay_call *call,
                        struct http_reply *reply, struct err *err)
{
    CLEANUP(buf_release) struct buf authorization = BUF_INIT(WXPAY_AUTHORIZATION_MAX);
    if (!authorize(client, call, &authorization, err))
        return false;

    /* In public-key mode the id chooses the key that signs the reply (FACTS §1.3). */
    const struct http_header headers[] = {
        {"Authorization", buf_text(&authorization)},
        {"Accept", call->sink == NULL ? "application/json" : "*/*"},
        {"Wechatpay-Serial", client->keys.public_key_id},
    };
    const struct http_request request = {
        .method = HTTP_GET,
        .target = call->target,
        .headers = headers,
        .header_count = client->keys.public_key_id[0] == '\0' ? 2 : 3,
        .reply_bytes_max = call->reply_bytes_max,
        .total_timeout_ms = call->total_timeout_ms,
        .sink = call->sink,
        .sink_context = call->sink_context,
    };
    return http_send(client->http, &request, reply, err);
}

/* ---- judging --------------------------------------------------------------------------------- */

/* A body that is no such JSON leaves both empty: proxies and gateways answer with pages of their
 * own. */
static void read_complaint(const struct http_reply *reply, struct arena *arena,
                           struct complaint *complaint)
{
    CLEANUP(json_doc_release) struct json_doc doc = JSON_DOC_INIT;
    struct err ignored = ERR_INIT;
    struct complaint found = {.code = {.at = NULL}};
    const struct json_field fields[] = {
        {"code", JSON_FIELD_TEXT, &found.code, JSON_REQUIRED},
        {"message", JSON_FIELD_TEXT, &found.message, JSON_OPTIONAL},
    };

    if (json_doc_parse(buf_view(&reply->body), WXPAY_REPLY_MAX, &doc, &ignored) &&
        json_node_unpack(json_doc_root(&doc), JSON_FIELDS(fields), arena, &ignored) &&
        found.code.length <= WXPAY_CODE_MAX)
        *complaint = found;
}

/* Foreign text in one line of ours. */
static void add_foreign(struct buf *text, struct view foreign, size_t length_max)
{
    size_t length = foreign.length < length_max ? foreign.length : length_max;
    while (length < foreign.length && length > 0 &&
           ((unsigned char)foreign.at[length] & 0xc0) == 0x80)
        length--;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)foreign.at[i];
        buf_add_byte(text, byte < 0x20 || byte == 0x7f ? ' ' : foreign.at[i]);
    }
}

static bool complain(const struct http_reply *reply, const struct complaint *complaint,
                     enum wxpay_reaction reaction, struct err *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ERR_TEXT_MAX);
    struct view request_id = http_reply_header(reply, "Request-Id");

    buf_add_format(&text, "status %d", reply->status);
    if (complaint->code.length > 0) {
        buf_add_byte(&text, ' ');
        add_foreign(&text, complaint->code, WXPAY_CODE_MAX);
    }
    if (complaint->message.length > 0) {
        buf_add_text(&text, " \"");
        add_foreign(&text, complaint->message, MESSAGE_MAX);
        buf_add_byte(&text, '"');
    }
    if (request_id.length > 0) {
        buf_add_text(&text, " (Request-Id ");
        add_foreign(&text, request_id, REQUEST_ID_MAX);
        buf_add_byte(&text, ')');
    }
    err_set(err, wxpay_reaction_kind(reaction), "%s", buf_text(&text));
    return err_hint(err, "%s", wxpay_reaction_hint(reaction));
}

static enum wxpay_outcome outcome_of(enum wxpay_reaction reaction)
{
    if (reaction == WXPAY_REPEAT_SERVER)
        return WXPAY_OUTCOME_SERVER;
    return reaction == WXPAY_REPEAT_SLOWER ? WXPAY_OUTCOME_RATE : WXPAY_OUTCOME_FINAL;
}

static bool doubt(enum wxpay_verdict verdict, const struct wxpay_seal *seal,
                  enum wxpay_outcome *outcome, struct err *err)
{
    *outcome = WXPAY_OUTCOME_FINAL;
    switch (verdict) {
    case WXPAY_GENUINE:
        return true;
    case WXPAY_UNSIGNED:
        *outcome = WXPAY_OUTCOME_SIGNATURE;
        return err_set(err, ERR_ACCESS, "the reply is not signed");
    case WXPAY_STALE:
        err_set(err, ERR_ACCESS, "the reply was signed at %.*s, %d s or more away from our clock",
                VIEW_ARG(seal->timestamp), WXPAY_SKEW_MAX_S);
        return err_hint(err, "check the machine's clock");
    case WXPAY_UNKNOWN_KEY:
        return err_set(err, ERR_ACCESS, "the reply is signed with the unknown key \"%.*s\"",
                       VIEW_ARG(seal->serial));
    case WXPAY_FORGED:
        *outcome = WXPAY_OUTCOME_SIGNATURE;
        return err_set(err, ERR_ACCESS, "the reply's signature with key \"%.*s\" is wrong",
                       VIEW_ARG(seal->serial));
    }
    assert(false);
    return false;
}

static bool judge(struct wxpay *client, const struct wxpay_call *call,
                  const struct http_reply *reply, struct attempt *attempt, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct complaint complaint = {.code = {.at = NULL}};
    enum wxpay_verdict verdict = WXPAY_GENUINE;
    struct wxpay_seal seal = wxpay_seal_of(reply);

    if (reply->status < 200 || reply->status > 299)
        read_complaint(reply, &arena, &complaint);
    attempt->reaction = wxpay_react(call->endpoint, reply->status, complaint.code);
    attempt->outcome = outcome_of(attempt->reaction);
    if (wxpay_reaction_kind(attempt->reaction) != ERR_NONE)
        return complain(reply, &complaint, attempt->reaction, err);
    if (attempt->reaction != WXPAY_DONE || call->accept == NULL)
        return true;

    return call->accept(client, reply, &verdict, err) &&
           doubt(verdict, &seal, &attempt->outcome, err);
}

/* ---- repeating ------------------------------------------------------------------------------- */

static bool try_once(struct wxpay *client, const struct wxpay_call *call, struct http_reply *reply,
                     struct attempt *attempt, struct err *err)
{
    attempt->outcome = WXPAY_OUTCOME_FINAL;
    if (send_signed(client, call, reply, err))
        return judge(client, call, reply, attempt, err);

    bool sink_had_bytes = call->sink != NULL && reply->body_bytes > 0;
    if (err->kind == ERR_UNAVAILABLE && !sink_had_bytes)
        attempt->outcome = WXPAY_OUTCOME_CONNECTION;
    return false;
}

static int64_t retry_after_s(const struct http_reply *reply)
{
    int64_t seconds = 0;
    struct view header = http_reply_header(reply, "Retry-After");
    return view_to_int64(header, 0, RETRY_AFTER_MAX_S, &seconds) ? seconds : 0;
}

static struct view path_of(struct view target)
{
    struct view path = target;
    view_take(&target, '?', &path);
    return path;
}

static bool fail(const struct wxpay_call *call, int attempts, const struct err *failure,
                 struct err *err)
{
    *err = *failure;
    if (attempts > 1)
        err_wrap(err, "after %d attempts", attempts);
    return err_wrap(err, "GET %.*s", VIEW_ARG(path_of(call->target)));
}

bool wxpay_call(struct wxpay *client, const struct wxpay_call *call, struct http_reply *reply,
                enum wxpay_reaction *ret_reaction, struct err *err)
{
    struct wxpay_attempts attempts = {.count = 0};
    for (;;) {
        struct attempt attempt = {.reaction = WXPAY_WRONG_HOST};
        struct err failure = ERR_INIT;
        int64_t wait_ms = 0;
        if (try_once(client, call, reply, &attempt, &failure)) {
            *ret_reaction = attempt.reaction;
            return true;
        }
        if (!wxpay_retry_next(&client->retry, &attempts, attempt.outcome, retry_after_s(reply),
                              random_below(UINT32_MAX), &wait_ms))
            return fail(call, attempts.count, &failure, err);
        if (!client->settings.wait(client->settings.wait_context, wait_ms)) {
            failure.kind = ERR_LATER;
            err_wrap(&failure, "interrupted before another attempt");
            return fail(call, attempts.count, &failure, err);
        }
    }
}
