#include "http/http.h"

#include "base/failpoint.h"
#include "base/memory.h"

#include <curl/curl.h>

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bills are up to some hundred megabytes: larger pieces than libcurl's 16 KiB cost less time. */
enum { PIECE_BYTES = 128 * 1024 };

struct http {
    struct http_origin origin;
    CURL *curl;
    int64_t total_timeout_ms;
};

/* What the callbacks of one transfer need. */
struct transfer {
    CURL *curl;
    const struct http *http;
    const struct http_request *request;
    struct http_reply *reply;
    struct curl_slist *headers;
    bool head_complete; /* its last line has come; libcurl takes a head that was cut for a whole one
                         */
    struct err failure; /* of our own callbacks; kind ERR_NONE until then */
    char reason[CURL_ERROR_SIZE];
};

/* Options are constants of this file: one that libcurl does not take is a bug. */
static void must(CURLcode code)
{
    assert(code == CURLE_OK);
}

const char *http_method_name(enum http_method method)
{
    switch (method) {
    case HTTP_GET:
        return "GET";
    case HTTP_POST:
        return "POST";
    }
    assert(false);
    return "";
}

const char *http_host(const struct http *http)
{
    return http->origin.authority;
}

bool http_target_of(const struct http *http, struct view url, struct view *ret_target,
                    struct err *err)
{
    return http_origin_target(&http->origin, url, ret_target, err);
}

/* ---- the reply ------------------------------------------------------------------------------- */

void http_reply_release(struct http_reply *reply)
{
    buf_release(&reply->head);
    buf_release(&reply->body);
}

struct view http_reply_header(const struct http_reply *reply, const char *name)
{
    struct view rest = buf_view(&reply->head);
    struct view line;

    while (view_take(&rest, '\n', &line)) {
        struct view field;
        if (view_take(&line, ':', &field) && view_equal_ignore_case(field, view_of(name)))
            return view_trim(line);
    }
    return (struct view){.at = NULL};
}

static bool is_success(long status)
{
    return status >= 200 && status <= 299;
}

static long status_now(CURL *curl)
{
    long status = 0;
    must(curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status));
    return status;
}

/* libcurl's form: anything but size × count ends the transfer. */
static size_t take_head(char *at, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    struct buf *head = &transfer->reply->head;
    struct view line = view_from(at, size * count);

    /* After the body there may be more lines; what they say was not there when the body was judged.
     */
    if (transfer->reply->body_bytes > 0)
        return line.length;
    if (view_starts_with(line, VIEW("HTTP/")))
        buf_clear(head);
    buf_add_view(head, line);
    transfer->head_complete = view_trim(line).length == 0;
    if (!head->overflowed)
        return line.length;
    err_set(&transfer->failure, ERR_LIMIT, "the head of the reply from %s is larger than %d bytes",
            http_host(transfer->http), HTTP_HEAD_MAX);
    return 0;
}

static size_t take_body(char *at, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    const struct http_request *request = transfer->request;
    struct http_reply *reply = transfer->reply;
    struct view piece = view_from(at, size * count);
    bool sunk = request->sink != NULL && is_success(status_now(transfer->curl));
    uint64_t max = request->sink == NULL || sunk ? request->reply_bytes_max : HTTP_FAILURE_BODY_MAX;

    if (piece.length > max - reply->body_bytes) {
        err_set(&transfer->failure, ERR_LIMIT, "the reply from %s is larger than %llu bytes",
                http_host(transfer->http), (unsigned long long)max);
        return 0;
    }
    reply->body_bytes += piece.length;
    if (!sunk)
        buf_add_view(&reply->body, piece);
    else if (!request->sink(request->sink_context, piece, &transfer->failure))
        return 0;
    return piece.length;
}

/* ---- the handle ------------------------------------------------------------------------------ */

static void set_security(CURL *curl, const struct http_settings *settings)
{
    must(curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https"));
    must(curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L));
    must(curl_easy_setopt(curl, CURLOPT_PROXY, ""));
    must(curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED));
    must(curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L));
    must(curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L));
    must(curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2));
    if (settings->ca_file == NULL)
        return;
    must(curl_easy_setopt(curl, CURLOPT_CAINFO, settings->ca_file));
    must(curl_easy_setopt(curl, CURLOPT_CAPATH, NULL));
}

static void set_behaviour(CURL *curl, const struct http_settings *settings)
{
    must(curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L));
    must(curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1));
    must(curl_easy_setopt(curl, CURLOPT_HTTP_CONTENT_DECODING, 0L));
    must(curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L));
    must(curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, (long)PIECE_BYTES));
    must(curl_easy_setopt(curl, CURLOPT_USERAGENT, settings->user_agent));
    must(curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)settings->connect_timeout_ms));
    must(curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)settings->slowest_bytes_per_s));
    must(curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)settings->slow_max_s));
    must(curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_head));
    must(curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body));
}

bool http_open(const struct http_settings *settings, struct http **ret_http, struct err *err)
{
    struct http_origin origin;
    assert(settings->user_agent != NULL && settings->user_agent[0] != '\0');
    assert(settings->connect_timeout_ms > 0 && settings->total_timeout_ms > 0);

    if (!http_origin_parse(view_of(settings->base_url), &origin, err))
        return false;

    if (settings->ca_file != NULL && access(settings->ca_file, R_OK) != 0)
        return err_set_errno(err, ERR_CONFIG, errno, "could not read CA file \"%s\"",
                             settings->ca_file);
    must(curl_global_init(CURL_GLOBAL_DEFAULT));
    struct http *http = memory_alloc(sizeof *http);
    http->origin = origin;
    http->total_timeout_ms = settings->total_timeout_ms;
    http->curl = curl_easy_init();
    assert(http->curl != NULL);

    CLEANUP(buf_release) struct buf url = BUF_INIT(HTTP_AUTHORITY_MAX + 16);
    buf_add_format(&url, "https://%s/", origin.authority);
    must(curl_easy_setopt(http->curl, CURLOPT_URL, buf_text(&url)));
    set_security(http->curl, settings);
    set_behaviour(http->curl, settings);
    *ret_http = http;
    return true;
}

void http_close(struct http *http)
{
    if (http == NULL)
        return;
    curl_easy_cleanup(http->curl);
    curl_global_cleanup();
    free(http);
}

/* ---- one transfer ---------------------------------------------------------------------------- */

static void add_header(struct transfer *transfer, const char *name, const char *value)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(HTTP_HEAD_MAX);

    /* A line end in a value would be another header. */
    assert(name[0] != '\0' && strpbrk(name, ":\r\n") == NULL && strpbrk(value, "\r\n") == NULL);
    buf_add_format(&line, value[0] == '\0' ? "%s:" : "%s: %s", name, value);
    assert(!line.overflowed);
    struct curl_slist *longer = curl_slist_append(transfer->headers, buf_text(&line));
    assert(longer != NULL);
    transfer->headers = longer;
}

static void set_method(CURL *curl, const struct http_request *request)
{
    switch (request->method) {
    case HTTP_GET:
        assert(request->body.length == 0);
        must(curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L));
        return;
    case HTTP_POST:
        must(curl_easy_setopt(curl, CURLOPT_POST, 1L));
        must(curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length));
        must(curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
                              request->body.at == NULL ? "" : request->body.at));
        return;
    }
    assert(false);
}

static void prepare(struct transfer *transfer)
{
    const struct http_request *request = transfer->request;
    struct http_reply *reply = transfer->reply;
    CURL *curl = transfer->curl;
    CLEANUP(buf_release) struct buf target = BUF_INIT(HTTP_TARGET_MAX);
    int64_t timeout_ms = request->total_timeout_ms;

    assert(http_target_is_plain(request->target));
    buf_add_view(&target, request->target);
    set_method(curl, request);
    for (size_t i = 0; i < request->header_count; i++)
        add_header(transfer, request->headers[i].name, request->headers[i].value);
    /* Or libcurl waits for leave before it sends a longer body. */
    add_header(transfer, "Expect", "");

    /* The URL holds the host only: so libcurl cannot tidy up the path, whose bytes are signed. */
    must(curl_easy_setopt(curl, CURLOPT_REQUEST_TARGET, buf_text(&target)));
    must(curl_easy_setopt(curl, CURLOPT_HTTPHEADER, transfer->headers));
    must(curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                          (long)(timeout_ms > 0 ? timeout_ms : transfer->http->total_timeout_ms)));
    must(curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->reason));
    must(curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer));
    must(curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer));

    reply->status = 0;
    reply->body_bytes = 0;
    buf_clear(&reply->head);
    buf_clear(&reply->body);
    reply->body.max = request->sink == NULL ? request->reply_bytes_max : HTTP_FAILURE_BODY_MAX;
}

/* Nothing of this transfer stays with the handle. */
static void finish(struct transfer *transfer)
{
    CURL *curl = transfer->curl;

    must(curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL));
    must(curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL));
    must(curl_easy_setopt(curl, CURLOPT_HEADERDATA, NULL));
    must(curl_easy_setopt(curl, CURLOPT_WRITEDATA, NULL));
    curl_slist_free_all(transfer->headers);
    transfer->headers = NULL;
}

/* A peer that has gone away raises SIGPIPE when TLS says good-bye to it; told not to use signals,
 * libcurl does not guard against it either. */
static CURLcode perform(CURL *curl)
{
    sigset_t pipe_only, before, pending;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_only, &before);

    CURLcode code = curl_easy_perform(curl);

    sigpending(&pending);
    if (sigismember(&pending, SIGPIPE) == 1 && sigismember(&before, SIGPIPE) == 0)
        (void)sigtimedwait(&pipe_only, NULL, &(struct timespec){.tv_sec = 0});
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}

static bool judge(const struct transfer *transfer, CURLcode code, struct err *err)
{
    const char *host = http_host(transfer->http);
    const char *reason = transfer->reason[0] == '\0' ? curl_easy_strerror(code) : transfer->reason;

    if (code == CURLE_OK && transfer->head_complete)
        return true;
    if (code == CURLE_OK)
        return err_set(err, ERR_UNAVAILABLE, "no complete reply from %s: its head broke off", host);
    if (transfer->failure.kind != ERR_NONE) {
        *err = transfer->failure;
        return false;
    }
    if (code == CURLE_SSL_CACERT_BADFILE)
        return err_set(err, ERR_CONFIG, "could not use the CA file for %s: %s", host, reason);
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        return err_set(err, ERR_ACCESS, "the certificate of %s is not trusted: %s", host, reason);
    return err_set(err, ERR_UNAVAILABLE, "no complete reply from %s: %s", host, reason);
}

bool http_send(struct http *http, const struct http_request *request, struct http_reply *reply,
               struct err *err)
{
    struct transfer transfer = {
        .curl = http->curl,
        .http = http,
        .request = request,
        .reply = reply,
        .failure = ERR_INIT,
    };

    prepare(&transfer);
    failpoint_hit("request-before");
    CURLcode code = perform(http->curl);
    failpoint_hit("reply-after");
    reply->status = (int)status_now(http->curl);
    bool done = judge(&transfer, code, err);
    finish(&transfer);
    return done;
}
