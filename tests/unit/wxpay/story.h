/* A talk with WeChat Pay, told in advance: which requests come, in which order, and what is
 * answered.
 *
 *     const struct step steps[] = {
 *         {.target = "/v3/certificates", .certificates = "old"},
 *         {.target = "/v3/bill/tradebill?…", .body = OFFER},
 *     };
 *     story_tell(story, steps, 2);
 *     … client calls …
 *     story_end(story);   // every step was taken, every request was as told and signed
 *
 * 2xx replies are signed, unless a step says otherwise. */
#ifndef TESTS_STORY_H
#define TESTS_STORY_H

#include "../http/tls_server.h"
#include "merchant.h"

#include "wxpay/client.h"

#define STORY_NOW "2026-06-01T10:30:00+08:00"

enum { STORY_WAITS_MAX = 16 };

enum seal_kind {
    SEAL_BY_PLATFORM,
    SEAL_BY_NEWER,      /* NEWER_SERIAL */
    SEAL_BY_PUBLIC_KEY, /* PUBLIC_KEY_ID */
    SEAL_NONE,
    SEAL_PROBE, /* WECHATPAY/SIGNTEST/… */
    SEAL_WRONG,
    SEAL_STALE,
};

struct step {
    const char *target;
    int status;               /* 0: 200 */
    const char *body;         /* $URL stands for the server's address */
    struct view bytes;        /* instead of a body: as they are */
    const char *certificates; /* instead of a body: "old", "new" or "both" */
    const char *posted;       /* what a POST brings; NULL: it is a GET */
    const char *header;       /* one more line */
    enum seal_kind seal;
    bool cut;     /* announces one byte more than it sends, and hangs up */
    bool hang_up; /* without a word */
};

struct story {
    struct merchant *merchant;
    struct tls_server *server;
    struct public_key *merchant_key;
    struct clock clock;
    struct wxpay_retry retry;
    struct wxpay *client;
    const struct step *steps;
    size_t count;
    size_t next;
    char complaint[512]; /* the first thing that was not as told */
    int64_t waits_ms[STORY_WAITS_MAX];
    size_t waits;
    bool impatient; /* the wait is interrupted */
};

static inline void story_complain(struct story *story, const char *what, struct view text)
{
    if (story->complaint[0] == '\0')
        snprintf(story->complaint, sizeof(story->complaint), "%s: %.*s", what, VIEW_ARG(text));
}

/* ---- what the client sent -------------------------------------------------------------------- */

static inline struct view story_header(struct view head, const char *name)
{
    struct view line;
    while (view_take(&head, '\n', &line)) {
        struct view field;
        if (view_take(&line, ':', &field) && view_equal_text(field, name))
            return view_trim(line);
    }
    return (struct view){.at = NULL};
}

static inline struct view story_pair(struct view authorization, const char *before)
{
    const char *at = memmem(authorization.at, authorization.length, before, strlen(before));
    struct view value = {.at = NULL};
    if (at == NULL)
        return value;
    size_t skipped = (size_t)(at - authorization.at) + strlen(before);
    struct view rest = view_from(at + strlen(before), authorization.length - skipped);
    view_take(&rest, '"', &value);
    return value;
}

static inline bool story_signed_well(struct story *story, const struct tls_request *request,
                                     struct view target)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(VECTOR_TEXT_MAX);
    struct view authorization = story_header(request->head, "Authorization");
    buf_add_text(&text, request->body.length > 0 ? "POST\n" : "GET\n");
    buf_add_view(&text, target);
    buf_add_byte(&text, '\n');
    buf_add_view(&text, story_pair(authorization, ",timestamp=\""));
    buf_add_byte(&text, '\n');
    buf_add_view(&text, story_pair(authorization, ",nonce_str=\""));
    buf_add_byte(&text, '\n');
    buf_add_view(&text, request->body);
    buf_add_byte(&text, '\n');
    return view_equal_text(story_pair(authorization, "SHA256-RSA2048 mchid=\""), "1900000109") &&
           view_equal_text(story_pair(authorization, ",serial_no=\""), MERCHANT_SERIAL) &&
           view_equal_text(story_pair(authorization, ",timestamp=\""), "1780281000") &&
           public_key_verify(story->merchant_key, buf_view(&text),
                             story_pair(authorization, ",signature=\""));
}

/* In public-key mode each request says which key the reply is to be signed with (FACTS §1.3). */
static inline bool story_names_key(const struct story *story, struct view head)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(200);
    bool mode = access(merchant_path(story->merchant, "wechatpay_public_key.id", &path), F_OK) == 0;
    return view_equal_text(story_header(head, "Wechatpay-Serial"), mode ? PUBLIC_KEY_ID : "");
}

static inline bool story_headers_are_right(const struct step *step, struct view head)
{
    const char *type = step->posted == NULL ? "" : "application/json";
    return view_starts_with(story_header(head, "User-Agent"),
                            VIEW("payrecon/" PAYRECON_VERSION " (+libcurl/")) &&
           story_header(head, "Accept").length > 0 &&
           view_equal_text(story_header(head, "Accept-Language"), "zh-CN") &&
           view_equal_text(story_header(head, "Content-Type"), type);
}

static inline const struct step *story_take_step(struct story *story,
                                                 const struct tls_request *request)
{
    struct view rest = request->head, method, target;
    view_take(&rest, ' ', &method);
    view_take(&rest, ' ', &target);
    if (story->next == story->count) {
        story_complain(story, "a request more than told", target);
        return NULL;
    }
    const struct step *step = &story->steps[story->next++];
    if (!view_equal_text(target, step->target))
        story_complain(story, "another request than told", target);
    if (!view_equal_text(method, step->posted == NULL ? "GET" : "POST") ||
        !view_equal(request->body, view_of(step->posted)))
        story_complain(story, "another method or body than told", request->body);
    if (!story_signed_well(story, request, target) ||
        !story_headers_are_right(step, request->head) || !story_names_key(story, request->head))
        story_complain(story, "not signed as it should", request->head);
    return step;
}

/* ---- what is answered ------------------------------------------------------------------------ */

static inline void story_certificates(const struct merchant *merchant, const char *which,
                                      struct buf *body)
{
    const struct certificate_wish old = platform_wish(/* newer= */ false);
    const struct certificate_wish new = platform_wish(/* newer= */ true);
    buf_add_text(body, "{\"data\":[");
    if (strcmp(which, "new") != 0)
        other_side_certificate(merchant->platform, &old, PLATFORM_SERIAL, APIV3_KEY, body);
    if (strcmp(which, "both") == 0)
        buf_add_byte(body, ',');
    if (strcmp(which, "old") != 0)
        other_side_certificate(merchant->newer, &new, NEWER_SERIAL, APIV3_KEY, body);
    buf_add_text(body, "]}");
}

static inline void story_body(const struct story *story, const struct step *step, struct buf *body)
{
    if (step->certificates != NULL) {
        story_certificates(story->merchant, step->certificates, body);
        return;
    }
    if (step->bytes.length > 0) {
        buf_add_view(body, step->bytes);
        return;
    }
    struct view rest = view_of(step->body), part;
    while (view_take(&rest, '$', &part)) {
        buf_add_view(body, part);
        if (view_skip(&rest, VIEW("URL")))
            buf_add_text(body, story->server->url);
    }
}

static inline void story_seal(const struct story *story, enum seal_kind kind, struct view body,
                              struct buf *head)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(2 * VECTOR_FILE_MAX);
    CLEANUP(buf_release) struct buf signature = BUF_INIT(VECTOR_TEXT_MAX);
    bool newer = kind == SEAL_BY_NEWER || kind == SEAL_BY_PUBLIC_KEY;
    const char *timestamp = kind == SEAL_STALE ? "1780280700" : "1780281000";
    const char *serial = kind == SEAL_BY_NEWER ? NEWER_SERIAL : PLATFORM_SERIAL;

    if (kind == SEAL_NONE)
        return;
    buf_add_format(&text, "%s\nn0nce\n", timestamp);
    buf_add_view(&text, body);
    buf_add_text(&text, kind == SEAL_WRONG ? "x\n" : "\n");
    if (kind == SEAL_PROBE)
        buf_add_text(&signature, "WECHATPAY/SIGNTEST/");
    other_side_sign(newer ? story->merchant->newer : story->merchant->platform, buf_view(&text),
                    &signature);
    buf_add_format(head,
                   "Wechatpay-Nonce: n0nce\r\nwechatpay-timestamp: %s\r\n"
                   "Wechatpay-Serial: %s\r\nWechatpay-Signature: %s\r\n",
                   timestamp, kind == SEAL_BY_PUBLIC_KEY ? PUBLIC_KEY_ID : serial,
                   buf_text(&signature));
}

static inline void story_answer(void *context, const struct tls_request *request,
                                struct tls_reply *reply)
{
    struct story *story = context;
    CLEANUP(buf_release) struct buf body = BUF_INIT(2 * VECTOR_FILE_MAX);
    const struct step *step = story_take_step(story, request);
    if (step == NULL || step->hang_up) {
        reply->hang_up = true;
        return;
    }
    int status = step->status == 0 ? 200 : step->status;
    story_body(story, step, &body);
    buf_add_format(&reply->bytes, "HTTP/1.1 %d Told\r\nContent-Length: %zu\r\n", status,
                   body.length + (step->cut ? 1 : 0));
    if (step->header != NULL)
        buf_add_format(&reply->bytes, "%s\r\n", step->header);
    if (status == 200)
        story_seal(story, step->seal, buf_view(&body), &reply->bytes);
    buf_add_text(&reply->bytes, "\r\n");
    buf_add_view(&reply->bytes, buf_view(&body));
    reply->hang_up = step->cut;
}

/* ---- the stage ------------------------------------------------------------------------------- */

/* Nobody waits in a test: it is only noted. */
static inline bool story_wait(void *context, int64_t wait_ms)
{
    struct story *story = context;
    assert_true(story->waits < STORY_WAITS_MAX);
    story->waits_ms[story->waits++] = wait_ms;
    return !story->impatient;
}

static inline struct wxpay_settings story_settings(struct story *story)
{
    return (struct wxpay_settings){
        .base_url = story->server->url,
        .ca_file = story->server->ca_file,
        .keys_dir = story->merchant->folder,
        .mchid = "1900000109",
        .clock = &story->clock,
        .retry = &story->retry,
        .wait = story_wait,
        .wait_context = story,
        .connect_timeout_ms = 5000,
        .total_timeout_ms = 5000,
    };
}

static inline void story_open_client(struct story *story, const struct wxpay_settings *settings)
{
    struct err err = ERR_INIT;
    wxpay_close(story->client);
    story->client = NULL;
    if (!wxpay_open(settings, &story->client, &err))
        fail_msg("%s", err.text);
}

/* The group's state is the merchant; each test has its own story and a folder in certificate mode.
 */
static inline int story_open(void **state)
{
    struct story *story = calloc(1, sizeof(*story));
    CLEANUP(buf_release) struct buf pem = BUF_INIT(VECTOR_TEXT_MAX);
    struct err err = ERR_INIT;
    story->merchant = *state;
    merchant_fill_folder(story->merchant);
    make_public_pem(story->merchant->key, &pem);
    assert_true(public_key_parse(buf_view(&pem), &story->merchant_key, &err));
    story->clock = (struct clock){.fixed = true, .at = vectors_instant(STORY_NOW)};
    story->retry = WXPAY_RETRY_DEFAULT;
    story->server = tls_server_start(story_answer, story);
    struct wxpay_settings settings = story_settings(story);
    story_open_client(story, &settings);
    *state = story;
    return 0;
}

static inline int story_close(void **state)
{
    struct story *story = *state;
    wxpay_close(story->client);
    tls_server_stop(story->server);
    public_key_free(story->merchant_key);
    *state = story->merchant;
    free(story);
    return 0;
}

static inline void story_tell(struct story *story, const struct step *steps, size_t count)
{
    story->steps = steps;
    story->count = count;
    story->next = 0;
}

#define STORY_TELL(story, steps) story_tell((story), (steps), sizeof(steps) / sizeof((steps)[0]))

static inline void story_end(const struct story *story)
{
    assert_string_equal(story->complaint, "");
    assert_int_equal(story->next, story->count);
}

#define IN_STORY(test) cmocka_unit_test_setup_teardown(test, story_open, story_close)

#endif
