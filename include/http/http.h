/* HTTPS requests to one configured host. The only room that knows libcurl.
 *
 * Connections are kept between requests, by the pool that the handle uses (http/pool.h). What it
 * never does: plain HTTP, redirects, proxies from the environment, cookies, names and passwords
 * from files, content decoding (a gzip body arrives as gzip), signals. TLS is at least 1.2 and
 * always verified, by host name. A request names a target on the configured host, never a whole
 * URL; the bytes of the target go out exactly as given, because they are signed. A body is sent
 * once: when a kept connection turns out dead only a request without a body, or one whose body has
 * not begun, goes out again by itself.
 *
 * Everything has a limit: time to connect, time of the transfer, the slowest speed, bytes of head
 * and body.
 *
 * Errors: ERR_UNAVAILABLE not reached, broken off, too slow (the request may have arrived and may
 * be repeated if it is safe to); ERR_ACCESS the host's certificate is not trusted; ERR_LIMIT more
 * bytes than allowed; ERR_CONFIG from http_open. Any status is a success here: what it means is the
 * caller's.
 *
 * A body that announces neither its length nor chunks ends where the connection ends, wherever that
 * is: only a signature or a digest over it shows that all of it came.
 *
 * A handle belongs to its pool's thread. Request and reply hold all that belongs to one transfer,
 * the handle only what transfers to that host share. */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "http/origin.h"

enum {
    HTTP_HEAD_MAX = 32 * 1024,
    HTTP_FAILURE_BODY_MAX = 64 * 1024, /* replies other than 2xx while a sink takes the body */
};

struct http_pool;

struct http_settings {
    const char *base_url;   /* https://host or https://host:port */
    const char *ca_file;    /* PEM; NULL: the system's certificates */
    const char *user_agent; /* not empty: WeChat Pay refuses requests without (FACTS §1.3).
                               libcurl's name is added: "payrecon/0.1.0 (+libcurl/7.88.1)" */
    int64_t connect_timeout_ms;
    int64_t total_timeout_ms;    /* of one transfer; a request may name its own */
    int64_t slowest_bytes_per_s; /* below it for slow_max_s seconds: broken off */
    int64_t slow_max_s;
    struct http_pool *pool; /* shared with other handles, outlives this one; NULL: one of its own */
};

struct http;

bool http_open(const struct http_settings *settings, struct http **ret_http, struct err *err);
void http_close(struct http *http);
DEFINE_CLEANUP(http_done, struct http, http_close)

/* "api.mch.weixin.qq.com", with ":port" when the settings name one. For messages. */
const char *http_host(const struct http *http);

/* http_origin_target (http/origin.h) of the configured host. */
bool http_target_of(const struct http *http, struct view url, struct view *ret_target,
                    struct err *err);

struct http_header {
    const char *name;
    const char *value;
};

enum http_method { HTTP_GET, HTTP_POST };

const char *http_method_name(enum http_method method);

/* Takes the body of a 2xx reply as it arrives, in pieces of at least one byte. False, with `err`
 * set, ends the transfer; that error is then http_send's. */
typedef bool http_sink_function(void *context, struct view bytes, struct err *err);

struct http_request {
    enum http_method method;
    struct view target; /* "/path?query", printable ASCII */
    const struct http_header *headers;
    size_t header_count;
    struct view body; /* POST only */
    uint64_t reply_bytes_max;
    int64_t total_timeout_ms; /* 0: the handle's */
    http_sink_function *sink; /* NULL: the body goes into the reply */
    void *sink_context;
};

struct http_reply {
    int status;
    struct buf head;     /* header lines of the last status line, as received */
    struct buf body;     /* empty when a sink took it */
    uint64_t body_bytes; /* received, whoever took them */
    bool sent;           /* false: no byte of the request has left, so it cannot have arrived */
};

#define HTTP_REPLY_INIT ((struct http_reply){.head = BUF_INIT(HTTP_HEAD_MAX)})

/* Sends one request and waits for its reply; other transfers of the pool go on meanwhile. `reply`
 * is cleared first and may hold a part after a failure; body_bytes is then what was received so
 * far. Failpoints "request-before", "connect-before", "connect-after",
 * "write-before" (a body), "read-before", "reply-after". */
bool http_send(struct http *http, const struct http_request *request, struct http_reply *reply,
               struct err *err);

/* The value without outer blanks of the first header of that name, in any case; the empty view
 * without one. Valid until the reply changes. */
struct view http_reply_header(const struct http_reply *reply, const char *name);

void http_reply_release(struct http_reply *reply);

#endif
