#include "fault_reply.h"

#include "gzip.h"

#include <stdlib.h>
#include <string.h>

/* More than a client's clock may be off (FACTS §1.2). */
enum { CLOCK_SKEW_MAX_S = 300 };

#define PAGE_OF_A_PROXY                                                                            \
    "<html>\r\n<head><title>Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>\r\n"

/* ---- in place of an answer ---------------------------------------------------------------------
 */

/* Makes the answer, or leaves the request to be answered. */
typedef bool answer_function(const struct fault *fault, const struct request *request,
                             struct reply *reply);

static bool answer_not_ready(const struct fault *fault, const struct request *request,
                             struct reply *reply)
{
    (void)fault;
    (void)request;
    reply_error(reply, ERROR_STATEMENT_CREATING, NULL);
    return true;
}

static bool answer_late(const struct fault *fault, const struct request *request,
                        struct reply *reply)
{
    return request->time < fault->number && answer_not_ready(fault, request, reply);
}

static bool answer_no_bill(const struct fault *fault, const struct request *request,
                           struct reply *reply)
{
    (void)fault;
    (void)request;
    reply_error(reply, ERROR_NO_STATEMENT, NULL);
    return true;
}

static bool answer_status(const struct fault *fault, const struct request *request,
                          struct reply *reply)
{
    (void)request;
    reply_status(reply, (unsigned int)fault->number);
    return true;
}

static bool answer_rate_limit(const struct fault *fault, const struct request *request,
                              struct reply *reply)
{
    (void)request;
    reply_error(reply, ERROR_FREQUENCY, NULL);
    reply->retry_after_s = fault->number;
    return true;
}

static bool answer_ip_not_allowed(const struct fault *fault, const struct request *request,
                                  struct reply *reply)
{
    (void)fault;
    (void)request;
    reply_error(reply, ERROR_IP, NULL);
    return true;
}

static bool answer_invalid_request(const struct fault *fault, const struct request *request,
                                   struct reply *reply)
{
    (void)fault;
    (void)request;
    reply_error(reply, ERROR_REFUND_STATE, NULL);
    return true;
}

static bool answer_drop(const struct fault *fault, const struct request *request,
                        struct reply *reply)
{
    (void)fault;
    (void)request;
    reply_nothing(reply, 0);
    return true;
}

static bool answer_server_clock(const struct fault *fault, const struct request *request,
                                struct reply *reply)
{
    (void)request;
    if (llabs(fault->number) <= CLOCK_SKEW_MAX_S)
        return false;
    reply_error(reply, ERROR_AUTH_SKEW, NULL);
    return true;
}

static answer_function *const answers[FAULT_KIND_COUNT] = {
    [FAULT_NOT_READY] = answer_not_ready,
    [FAULT_LATE] = answer_late,
    [FAULT_NO_BILL] = answer_no_bill,
    [FAULT_STATUS] = answer_status,
    [FAULT_RATE_LIMIT] = answer_rate_limit,
    [FAULT_DROP] = answer_drop,
    [FAULT_SERVER_CLOCK] = answer_server_clock,
    [FAULT_IP_NOT_ALLOWED] = answer_ip_not_allowed,
    [FAULT_INVALID_REQUEST] = answer_invalid_request,
};

bool fault_stands_in(const struct fault *fault, const struct request *request, struct reply *reply)
{
    return fault != NULL && !fault->after && answers[fault->kind] != NULL &&
           answers[fault->kind](fault, request, reply);
}

/* ---- on a finished reply -----------------------------------------------------------------------
 */

typedef void spoil_function(const struct fault *fault, struct reply *reply);

/* The bytes of a made bill belong to others too: a copy that may be changed. */
static struct text *own_bytes(struct reply *reply)
{
    const char *bytes;
    size_t size;

    if (reply->bill == NULL)
        return &reply->body;
    reply_bytes(reply, &bytes, &size);
    text_clear(&reply->body);
    text_add(&reply->body, bytes, size);
    made_bill_drop(reply->bill);
    reply->bill = NULL;
    return &reply->body;
}

static void enclose(struct text *body, const char *before, const char *behind)
{
    struct text whole = {0};

    text_put(&whole, before);
    text_add(&whole, body->bytes, body->size);
    text_put(&whole, behind);
    text_release(body);
    *body = whole;
}

static void empty_body(const struct fault *fault, struct reply *reply)
{
    (void)fault;
    text_clear(own_bytes(reply));
}

static void shorten(const struct fault *fault, struct reply *reply)
{
    struct text *body = own_bytes(reply);

    if ((size_t)fault->number >= body->size)
        return;
    body->size = (size_t)fault->number;
    body->bytes[body->size] = '\0';
}

/* Blanks before JSON leave it what it is; behind a file they do not. */
static void make_huge(const struct fault *fault, struct reply *reply)
{
    struct text *body = own_bytes(reply);
    size_t size = (size_t)fault->number > body->size ? (size_t)fault->number - body->size : 0;
    char *blanks = alloc_zeroed(size + 1, 1);

    memset(blanks, ' ', size);
    if (reply->kind == REPLY_DOWNLOAD)
        enclose(body, "", blanks);
    else
        enclose(body, blanks, "");
    free(blanks);
}

static void not_json(const struct fault *fault, struct reply *reply)
{
    reply->kind = REPLY_JSON;
    reply->status = (unsigned int)fault->number;
    reply->code = "";
    text_clear(&reply->body);
    text_put(&reply->body, PAGE_OF_A_PROXY);
}

static void other_json(const struct fault *fault, struct reply *reply)
{
    (void)fault;
    enclose(own_bytes(reply), "{\"data\":", "}");
}

static void damage(const struct fault *fault, struct reply *reply)
{
    struct text *body = own_bytes(reply);

    (void)fault;
    if (body->size > 0)
        body->bytes[body->size / 2] = (char)~body->bytes[body->size / 2];
}

static void make_bomb(const struct fault *fault, struct reply *reply)
{
    char *zeros = alloc_zeroed((size_t)fault->number, 1);

    text_clear(own_bytes(reply));
    gzip_add(&reply->body, zeros, (size_t)fault->number);
    free(zeros);
}

static void redirect(const struct fault *fault, struct reply *reply)
{
    reply_nothing(reply, 307);
    reply->location = fault->url;
}

static void close_early(const struct fault *fault, struct reply *reply)
{
    reply->end = REPLY_END_CLOSE;
    reply->end_at = (size_t)fault->number;
}

static void hang_up(const struct fault *fault, struct reply *reply)
{
    reply->end = REPLY_END_HANG_UP;
    reply->end_at = (size_t)fault->number;
}

static void reset(const struct fault *fault, struct reply *reply)
{
    reply->end = REPLY_END_RESET;
    reply->end_at = (size_t)fault->number;
}

static void trickle(const struct fault *fault, struct reply *reply)
{
    reply->bytes_per_s = (size_t)fault->number;
}

static void delay(const struct fault *fault, struct reply *reply)
{
    reply->delay_ms += fault->number;
}

static spoil_function *const spoilers[FAULT_KIND_COUNT] = {
    [FAULT_EMPTY_BODY] = empty_body, [FAULT_SHORTEN] = shorten,
    [FAULT_HUGE] = make_huge,        [FAULT_NOT_JSON] = not_json,
    [FAULT_OTHER_JSON] = other_json, [FAULT_DAMAGED_GZIP] = damage,
    [FAULT_GZIP_BOMB] = make_bomb,   [FAULT_REDIRECT] = redirect,
    [FAULT_TRUNCATE] = close_early,  [FAULT_HANG_UP] = hang_up,
    [FAULT_RESET] = reset,           [FAULT_TRICKLE] = trickle,
    [FAULT_DELAY] = delay,
};

void fault_spoil(const struct fault *fault, const struct request *request, struct reply *reply)
{
    if (fault == NULL)
        return;
    if (fault->after)
        (void)answers[fault->kind](fault, request, reply);
    if (spoilers[fault->kind] != NULL)
        spoilers[fault->kind](fault, reply);
}
