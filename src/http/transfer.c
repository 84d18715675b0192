#include "transfer.h"

#include "base/failpoint.h"
#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Bills are up to some hundred megabytes: larger pieces than libcurl's 16 KiB cost less time. */
enum { PIECE_BYTES = 128 * 1024 };

void http_must(CURLcode code)
{
    assert(code == CURLE_OK);
}

/* ---- callbacks ------------------------------------------------------------------------------- */

static bool is_success(long status)
{
    return status >= 200 && status <= 299;
}

static long status_now(CURL *curl)
{
    long status = 0;
    http_must(curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status));
    return status;
}

/* libcurl's form: anything but size × count ends the transfer. */
static size_t take_head(char *at, size_t size, size_t count, void *context)
{
    struct http_wire *wire = context;
    struct http_reply *reply = wire->transfer->reply;
    struct view line = view_from(at, size * count);

    /* After the body there may be more lines; what they say was not there when the body was judged.
     */
    if (reply->body_bytes > 0)
        return line.length;
    if (view_starts_with(line, VIEW("HTTP/"))) {
        failpoint_hit("read-before");
        buf_clear(&reply->head);
    }
    buf_add_view(&reply->head, line);
    wire->head_complete = view_trim(line).length == 0;
    if (!reply->head.overflowed)
        return line.length;
    err_set(&wire->failure, ERR_LIMIT, "the head of the reply from %s is larger than %d bytes",
            http_host(wire->transfer->http), HTTP_HEAD_MAX);
    return 0;
}

static size_t take_body(char *at, size_t size, size_t count, void *context)
{
    struct http_wire *wire = context;
    const struct http_request *request = wire->transfer->request;
    struct http_reply *reply = wire->transfer->reply;
    struct view piece = view_from(at, size * count);
    bool sunk = request->sink != NULL && is_success(status_now(wire->curl));
    uint64_t max = request->sink == NULL || sunk ? request->reply_bytes_max : HTTP_FAILURE_BODY_MAX;

    if (piece.length > max - reply->body_bytes) {
        err_set(&wire->failure, ERR_LIMIT, "the reply from %s is larger than %llu bytes",
                http_host(wire->transfer->http), (unsigned long long)max);
        return 0;
    }
    reply->body_bytes += piece.length;
    if (!sunk)
        buf_add_view(&reply->body, piece);
    else if (!request->sink(request->sink_context, piece, &wire->failure))
        return 0;
    return piece.length;
}

/* Places where a test lets the process die; nothing else happens here. */
static int before_connect(void *context, curl_socket_t socket, curlsocktype purpose)
{
    (void)context, (void)socket, (void)purpose;
    failpoint_hit("connect-before");
    return CURL_SOCKOPT_OK;
}

static int after_connect(void *context, char *to, char *from, int to_port, int from_port)
{
    (void)context, (void)to, (void)from, (void)to_port, (void)from_port;
    failpoint_hit("connect-after");
    return CURL_PREREQFUNC_OK;
}

/* libcurl sends a request again by itself when a kept connection turns out dead. There is no way
 * back to the beginning of the body, so it cannot once the body has begun: a POST is sent once. */
static size_t give_body(char *at, size_t size, size_t count, void *context)
{
    struct http_wire *wire = context;
    size_t length = size * count;

    if (length > wire->unsent.length)
        length = wire->unsent.length;
    failpoint_hit("write-before");
    if (length > 0)
        memcpy(at, wire->unsent.at, length);
    wire->unsent = view_from(wire->unsent.at + length, wire->unsent.length - length);
    return length;
}

/* ---- a handle -------------------------------------------------------------------------------- */

static void set_security(CURL *curl, const struct http *http)
{
    http_must(curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https"));
    http_must(curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L));
    http_must(curl_easy_setopt(curl, CURLOPT_PROXY, ""));
    http_must(curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED));
    http_must(curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L));
    http_must(curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L));
    http_must(curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2));
    if (http->ca_file == NULL)
        return;
    http_must(curl_easy_setopt(curl, CURLOPT_CAINFO, http->ca_file));
    http_must(curl_easy_setopt(curl, CURLOPT_CAPATH, NULL));
}

static void set_limits(CURL *curl, const struct http *http, const struct http_request *request)
{
    const struct http_settings *limits = &http->limits;
    int64_t total_ms =
        request->total_timeout_ms > 0 ? request->total_timeout_ms : limits->total_timeout_ms;

    http_must(curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)limits->connect_timeout_ms));
    http_must(curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)total_ms));
    http_must(curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)limits->slowest_bytes_per_s));
    http_must(curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)limits->slow_max_s));
}

static void set_behaviour(CURL *curl, struct http_wire *wire)
{
    http_must(curl_easy_setopt(curl, CURLOPT_PRIVATE, wire));
    http_must(curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L));
    http_must(curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1));
    http_must(curl_easy_setopt(curl, CURLOPT_HTTP_CONTENT_DECODING, 0L));
    http_must(curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L));
    http_must(curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, (long)PIECE_BYTES));
    http_must(curl_easy_setopt(curl, CURLOPT_USERAGENT, wire->transfer->http->user_agent));
    http_must(curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, wire->reason));
    http_must(curl_easy_setopt(curl, CURLOPT_SOCKOPTFUNCTION, before_connect));
    http_must(curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, after_connect));
    http_must(curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_head));
    http_must(curl_easy_setopt(curl, CURLOPT_HEADERDATA, wire));
    http_must(curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body));
    http_must(curl_easy_setopt(curl, CURLOPT_WRITEDATA, wire));
    http_must(curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_body));
    http_must(curl_easy_setopt(curl, CURLOPT_READDATA, wire));
}

static void add_header(struct http_wire *wire, const char *name, const char *value)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(HTTP_HEAD_MAX);

    /* A line end in a value would be another header. */
    assert(name[0] != '\0' && strpbrk(name, ":\r\n") == NULL && strpbrk(value, "\r\n") == NULL);
    buf_add_format(&line, value[0] == '\0' ? "%s:" : "%s: %s", name, value);
    assert(!line.overflowed);
    struct curl_slist *longer = curl_slist_append(wire->headers, buf_text(&line));
    assert(longer != NULL);
    wire->headers = longer;
}

static void set_headers(CURL *curl, struct http_wire *wire)
{
    const struct http_request *request = wire->transfer->request;

    for (size_t i = 0; i < request->header_count; i++)
        add_header(wire, request->headers[i].name, request->headers[i].value);
    /* Or libcurl waits for leave before it sends a longer body. */
    add_header(wire, "Expect", "");
    http_must(curl_easy_setopt(curl, CURLOPT_HTTPHEADER, wire->headers));
}

static void set_method(CURL *curl, struct http_wire *wire)
{
    const struct http_request *request = wire->transfer->request;

    switch (request->method) {
    case HTTP_GET:
        assert(request->body.length == 0);
        http_must(curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L));
        return;
    case HTTP_POST:
        wire->unsent = request->body;
        http_must(curl_easy_setopt(curl, CURLOPT_POST, 1L));
        http_must(
            curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length));
        return;
    }
    assert(false);
}

/* The URL holds the host only: so libcurl cannot tidy up the path, whose bytes are signed. */
static void set_target(CURL *curl, const struct http *http, struct view path)
{
    CLEANUP(buf_release) struct buf url = BUF_INIT(HTTP_AUTHORITY_MAX + 16);
    CLEANUP(buf_release) struct buf target = BUF_INIT(HTTP_TARGET_MAX);

    assert(http_target_is_plain(path));
    buf_add_format(&url, "https://%s/", http->origin.authority);
    buf_add_view(&target, path);
    http_must(curl_easy_setopt(curl, CURLOPT_URL, buf_text(&url)));
    http_must(curl_easy_setopt(curl, CURLOPT_REQUEST_TARGET, buf_text(&target)));
}

static void clear_reply(struct http_reply *reply, const struct http_request *request)
{
    reply->status = 0;
    reply->body_bytes = 0;
    reply->sent = false;
    buf_clear(&reply->head);
    buf_clear(&reply->body);
    reply->body.max = request->sink == NULL ? request->reply_bytes_max : HTTP_FAILURE_BODY_MAX;
}

struct http_wire *http_wire_new(struct http_transfer *transfer)
{
    struct http_wire *wire = memory_alloc(sizeof *wire);
    CURL *curl = curl_easy_init();
    assert(curl != NULL);

    wire->curl = curl;
    wire->transfer = transfer;
    clear_reply(transfer->reply, transfer->request);
    set_security(curl, transfer->http);
    set_limits(curl, transfer->http, transfer->request);
    set_behaviour(curl, wire);
    set_headers(curl, wire);
    set_method(curl, wire);
    set_target(curl, transfer->http, transfer->request->target);
    return wire;
}

void http_wire_free(struct http_wire *wire)
{
    curl_easy_cleanup(wire->curl);
    curl_slist_free_all(wire->headers);
    free(wire);
}

/* ---- the end --------------------------------------------------------------------------------- */

static void explain(const struct http_wire *wire, CURLcode code, struct err *err)
{
    const char *host = http_host(wire->transfer->http);
    const char *reason = wire->reason[0] == '\0' ? curl_easy_strerror(code) : wire->reason;

    if (wire->failure.kind != ERR_NONE)
        *err = wire->failure;
    else if (code == CURLE_OK)
        err_set(err, ERR_UNAVAILABLE, "no complete reply from %s: its head broke off", host);
    else if (code == CURLE_SSL_CACERT_BADFILE)
        err_set(err, ERR_CONFIG, "could not use the CA file for %s: %s", host, reason);
    else if (code == CURLE_PEER_FAILED_VERIFICATION)
        err_set(err, ERR_ACCESS, "the certificate of %s is not trusted: %s", host, reason);
    else
        err_set(err, ERR_UNAVAILABLE, "no complete reply from %s: %s", host, reason);
}

void http_wire_judge(struct http_wire *wire, CURLcode code)
{
    struct http_reply *reply = wire->transfer->reply;
    long request_bytes = 0;

    http_must(curl_easy_getinfo(wire->curl, CURLINFO_REQUEST_SIZE, &request_bytes));
    reply->status = (int)status_now(wire->curl);
    reply->sent = request_bytes > 0;
    err_clear(&wire->transfer->err);
    if (code != CURLE_OK || !wire->head_complete)
        explain(wire, code, &wire->transfer->err);
}
