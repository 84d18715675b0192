#include "tls_server.h"

#include "http/http.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { BODY_MAX = 1 << 20 };

/* One test's server, script and client. */
struct scene {
    struct tls_server *server;
    struct http *http;
    struct buf reply;   /* what the server says, as it goes over the wire */
    struct buf request; /* the last one it got */
    bool hang_up;
    bool never;
};

static void play(void *context, const struct tls_request *request, struct tls_reply *reply)
{
    struct scene *scene = context;
    buf_clear(&scene->request);
    buf_add_view(&scene->request, request->head);
    buf_add_view(&scene->request, request->body);
    buf_add_view(&reply->bytes, buf_view(&scene->reply));
    reply->hang_up = scene->hang_up;
    reply->never = scene->never;
}

static struct http_settings settings_for(const struct scene *scene)
{
    return (struct http_settings){
        .base_url = scene->server->url,
        .ca_file = scene->server->ca_file,
        .user_agent = "payrecon/test",
        .connect_timeout_ms = 5000,
        .total_timeout_ms = 5000,
        .slowest_bytes_per_s = 1,
        .slow_max_s = 30,
    };
}

static int open_scene(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    struct err err = ERR_INIT;
    scene->reply = BUF_INIT(TLS_REPLY_MAX);
    scene->request = BUF_INIT(TLS_REQUEST_MAX);
    scene->server = tls_server_start(play, scene);
    struct http_settings settings = settings_for(scene);
    *state = scene;
    return http_open(&settings, &scene->http, &err) ? 0 : -1;
}

static int close_scene(void **state)
{
    struct scene *scene = *state;
    http_close(scene->http);
    tls_server_stop(scene->server);
    buf_release(&scene->reply);
    buf_release(&scene->request);
    free(scene);
    return 0;
}

static void reopen(struct scene *scene, const struct http_settings *settings)
{
    struct err err = ERR_INIT;
    http_close(scene->http);
    scene->http = NULL;
    assert_true(http_open(settings, &scene->http, &err));
}

static void script(struct scene *scene, const char *reply)
{
    buf_clear(&scene->reply);
    buf_add_text(&scene->reply, reply);
}

static struct http_request get(const char *target)
{
    return (struct http_request){
        .method = HTTP_GET,
        .target = view_of(target),
        .reply_bytes_max = BODY_MAX,
    };
}

static bool get_reply(struct scene *scene, struct http_reply *reply, struct err *err)
{
    struct http_request request = get("/");
    return http_send(scene->http, &request, reply, err);
}

static void expect_failure(struct scene *scene, enum err_kind kind, const char *message)
{
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    struct err err = ERR_INIT;
    assert_false(get_reply(scene, &reply, &err));
    assert_string_equal(err.text, message);
    assert_int_equal(err.kind, kind);
}

static const char *with_port(const struct scene *scene, struct buf *text, const char *before,
                             const char *after)
{
    buf_clear(text);
    buf_add_format(text, "%slocalhost:%d%s", before, scene->server->port, after);
    return buf_text(text);
}

#define OK_HEAD "HTTP/1.1 200 OK\r\n"

/* ---- what goes out ----------------------------------------------------------------------------
 */

static void sends_the_target_byte_for_byte(void **state)
{
    struct scene *scene = *state;
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    CLEANUP(buf_release) struct buf expected = BUF_INIT(TLS_REQUEST_MAX);
    struct err err = ERR_INIT;
    const struct http_header headers[] = {{"Accept", "application/json"}, {"X-One", "1, \"2\""}};
    struct http_request request = get("/a/../b/./c//d?x=%7c%7C&y={}|^`\"<>\\[]&z=");
    request.headers = headers;
    request.header_count = 2;
    script(scene, OK_HEAD "Content-Length: 0\r\n\r\n");

    assert_true(http_send(scene->http, &request, &reply, &err));
    buf_add_format(&expected,
                   "GET /a/../b/./c//d?x=%%7c%%7C&y={}|^`\"<>\\[]&z= HTTP/1.1\r\n"
                   "Host: localhost:%d\r\nUser-Agent: payrecon/test\r\n"
                   "Accept: application/json\r\nX-One: 1, \"2\"\r\n\r\n",
                   scene->server->port);
    assert_string_equal(buf_text(&scene->request), buf_text(&expected));
}

static void posts_a_body(void **state)
{
    struct scene *scene = *state;
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    CLEANUP(buf_release) struct buf body = BUF_INIT(BODY_MAX);
    struct err err = ERR_INIT;
    const struct http_header headers[] = {{"Content-Type", "application/json"}};
    while (body.length < 5000)
        buf_add_text(&body, "{\"n\":1} ");
    const struct http_request request = {
        .method = HTTP_POST,
        .target = VIEW("/v3/x"),
        .headers = headers,
        .header_count = 1,
        .body = buf_view(&body),
        .reply_bytes_max = BODY_MAX,
    };
    script(scene, "HTTP/1.1 204 No Content\r\n\r\n");

    assert_true(http_send(scene->http, &request, &reply, &err));
    assert_int_equal(reply.status, 204);
    struct view sent = buf_view(&scene->request);
    assert_true(view_starts_with(sent, VIEW("POST /v3/x HTTP/1.1\r\n")));
    assert_true(view_ends_with(sent, buf_view(&body)));
    assert_null(strcasestr(buf_text(&scene->request), "expect:"));
}

static void keeps_its_connection(void **state)
{
    struct scene *scene = *state;
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    struct err err = ERR_INIT;
    script(scene, "HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno");
    for (int i = 0; i < 5; i++)
        assert_true(get_reply(scene, &reply, &err));
    assert_int_equal(tls_server_requests(scene->server), 5);
    assert_int_equal(tls_server_connections(scene->server), 1);
}

static void asks_no_proxy(void **state)
{
    struct scene *scene = *state;
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    struct err err = ERR_INIT;
    setenv("https_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    script(scene, OK_HEAD "Content-Length: 0\r\n\r\n");
    assert_true(get_reply(scene, &reply, &err));
    unsetenv("https_proxy");
    unsetenv("ALL_PROXY");
}

/* ---- what comes back --------------------------------------------------------------------------
 */

static void reads_status_headers_and_body(void **state)
{
    struct scene *scene = *state;
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    struct err err = ERR_INIT;
    script(scene, "HTTP/1.1 429 Slow down: please\r\nRequest-ID:  abc-268 \r\nretry-after: 7\r\n"
                  "X-Twice: first\r\nX-Twice: second\r\nX-Empty:\r\nContent-Length: 4\r\n\r\n"
                  "a\r\nb");
    assert_true(get_reply(scene, &reply, &err));
    assert_int_equal(reply.status, 429);
    assert_string_equal(buf_text(&reply.body), "a\r\nb");
    assert_int_equal(reply.body_bytes, 4);
    assert_true(view_equal_text(http_reply_header(&reply, "Request-Id"), "abc-268"));
    assert_true(view_equal_text(http_reply_header(&reply, "RETRY-AFTER"), "7"));
    assert_true(view_equal_text(http_reply_header(&reply, "x-twice"), "first"));
    assert_true(view_equal_text(http_reply_header(&reply, "X-Empty"), ""));
    assert_int_equal(http_reply_header(&reply, "X-Missing").length, 0);
}

static void forgets_the_reply_before(void **state)
{
    struct scene *scene = *state;
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    struct err err = ERR_INIT;
    script(scene, OK_HEAD "X-Old: 1\r\nContent-Length: 3\r\n\r\nold");
    assert_true(get_reply(scene, &reply, &err));
    script(scene, OK_HEAD "Content-Length: 0\r\n\r\n");
    assert_true(get_reply(scene, &reply, &err));
    assert_int_equal(reply.body_bytes, 0);
    assert_string_equal(buf_text(&reply.body), "");
    assert_int_equal(http_reply_header(&reply, "X-Old").length, 0);
}

static void takes_the_last_head_and_no_trailers(void **state)
{
    struct scene *scene = *state;
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    struct err err = ERR_INIT;
    script(scene, "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n" OK_HEAD
                  "Transfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n"
                  "3\r\nabc\r\n2\r\nde\r\n0\r\nX-Late: 1\r\n\r\n");
    assert_true(get_reply(scene, &reply, &err));
    assert_int_equal(reply.status, 200);
    assert_string_equal(buf_text(&reply.body), "abcde");
    assert_int_equal(http_reply_header(&reply, "X-Early").length, 0);
    assert_int_equal(http_reply_header(&reply, "X-Late").length, 0);
}

static void leaves_redirects_and_encodings_alone(void **state)
{
    struct scene *scene = *state;
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    struct err err = ERR_INIT;
    script(scene, "HTTP/1.1 302 Found\r\nLocation: https://localhost:1/\r\n"
                  "Content-Length: 0\r\n\r\n");
    assert_true(get_reply(scene, &reply, &err));
    assert_int_equal(reply.status, 302);
    assert_int_equal(tls_server_requests(scene->server), 1);

    script(scene, OK_HEAD "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x01");
    assert_true(get_reply(scene, &reply, &err));
    assert_string_equal(buf_text(&reply.body), "\x1f\x8b\x08\x01");
    assert_null(strcasestr(buf_text(&scene->request), "accept-encoding"));
}

/* ---- sinks ------------------------------------------------------------------------------------
 */

struct bowl {
    struct buf bytes;
    bool full; /* refuse */
};

static bool pour(void *context, struct view bytes, struct err *err)
{
    struct bowl *bowl = context;
    if (bowl->full)
        return err_set(err, ERR_IO, "the bowl is full");
    assert(bytes.length > 0);
    buf_add_view(&bowl->bytes, bytes);
    return true;
}

static bool get_into(struct scene *scene, struct bowl *bowl, uint64_t max, struct http_reply *reply,
                     struct err *err)
{
    struct http_request request = get("/");
    request.reply_bytes_max = max;
    request.sink = pour;
    request.sink_context = bowl;
    return http_send(scene->http, &request, reply, err);
}

static void streams_a_success_into_the_sink(void **state)
{
    struct scene *scene = *state;
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    struct bowl bowl = {.bytes = BUF_INIT(BODY_MAX)};
    struct err err = ERR_INIT;
    script(scene, OK_HEAD "Content-Length: 1000000\r\n\r\n");
    for (int i = 0; i < 100000; i++)
        buf_add_format(&scene->reply, "%010d", i);

    assert_true(get_into(scene, &bowl, 1000000, &reply, &err));
    assert_int_equal(reply.body_bytes, 1000000);
    assert_int_equal(reply.body.length, 0);
    assert_true(view_ends_with(buf_view(&scene->reply), buf_view(&bowl.bytes)));
    assert_int_equal(bowl.bytes.length, 1000000);
    buf_release(&bowl.bytes);
}

static void keeps_a_failure_from_the_sink(void **state)
{
    struct scene *scene = *state;
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    struct bowl bowl = {.full = true};
    struct err err = ERR_INIT;
    script(scene, "HTTP/1.1 400 Bad\r\nContent-Length: 11\r\n\r\n{\"code\":\"\"}");
    assert_true(get_into(scene, &bowl, 5, &reply, &err));
    assert_string_equal(buf_text(&reply.body), "{\"code\":\"\"}");
}

static void returns_what_the_sink_failed_with(void **state)
{
    struct scene *scene = *state;
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    struct bowl bowl = {.full = true};
    struct err err = ERR_INIT;
    script(scene, OK_HEAD "Content-Length: 3\r\n\r\nabc");
    assert_false(get_into(scene, &bowl, 3, &reply, &err));
    assert_int_equal(err.kind, ERR_IO);
    assert_string_equal(err.text, "the bowl is full");

    /* And is of use afterwards. */
    bowl = (struct bowl){.bytes = BUF_INIT(BODY_MAX)};
    assert_true(get_into(scene, &bowl, 3, &reply, &err));
    assert_string_equal(buf_text(&bowl.bytes), "abc");
    buf_release(&bowl.bytes);
}

/* ---- limits and faults ------------------------------------------------------------------------
 */

static void limits_the_body(void **state)
{
    struct scene *scene = *state;
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    CLEANUP(buf_release) struct buf message = BUF_INIT(ERR_TEXT_MAX);
    struct http_request request = get("/");
    struct bowl bowl = {.bytes = BUF_INIT(BODY_MAX)};
    struct err err = ERR_INIT;
    script(scene, OK_HEAD "Content-Length: 6\r\n\r\nabcdef");

    request.reply_bytes_max = 6;
    assert_true(http_send(scene->http, &request, &reply, &err));
    request.reply_bytes_max = 5;
    assert_false(http_send(scene->http, &request, &reply, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    with_port(scene, &message, "the reply from ", " is larger than 5 bytes");
    assert_string_equal(err.text, buf_text(&message));
    assert_false(get_into(scene, &bowl, 5, &reply, &err));
    assert_string_equal(err.text, buf_text(&message));
    assert_int_equal(bowl.bytes.length, 0);
}

static void limits_the_head(void **state)
{
    struct scene *scene = *state;
    CLEANUP(buf_release) struct buf message = BUF_INIT(ERR_TEXT_MAX);
    script(scene, OK_HEAD);
    while (scene->reply.length <= HTTP_HEAD_MAX)
        buf_add_text(&scene->reply, "X-Padding: 0123456789012345678901234567890123456789\r\n");
    buf_add_text(&scene->reply, "Content-Length: 0\r\n\r\n");
    with_port(scene, &message, "the head of the reply from ", " is larger than 32768 bytes");
    expect_failure(scene, ERR_LIMIT, buf_text(&message));
}

static void tells_a_broken_off_body(void **state)
{
    struct scene *scene = *state;
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    CLEANUP(buf_release) struct buf message = BUF_INIT(ERR_TEXT_MAX);
    struct err err = ERR_INIT;
    scene->hang_up = true;

    script(scene, OK_HEAD "Content-Length: 10\r\n\r\nabcde");
    with_port(scene, &message, "no complete reply from ",
              ": transfer closed with 5 bytes remaining to read");
    assert_false(get_reply(scene, &reply, &err));
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_string_equal(err.text, buf_text(&message));
    assert_int_equal(reply.body_bytes, 5);

    script(scene, OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n");
    with_port(scene, &message, "no complete reply from ",
              ": transfer closed with outstanding read data remaining");
    expect_failure(scene, ERR_UNAVAILABLE, buf_text(&message));
    script(scene, "");
    with_port(scene, &message, "no complete reply from ", ": Empty reply from server");
    expect_failure(scene, ERR_UNAVAILABLE, buf_text(&message));
    script(scene, OK_HEAD "X-Cut: ");
    with_port(scene, &message, "no complete reply from ", ": its head broke off");
    expect_failure(scene, ERR_UNAVAILABLE, buf_text(&message));
}

static void does_not_wait_for_ever(void **state)
{
    struct scene *scene = *state;
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    struct http_request request = get("/");
    struct err err = ERR_INIT;
    scene->never = true;
    request.total_timeout_ms = 100;
    assert_false(http_send(scene->http, &request, &reply, &err));
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_non_null(strstr(err.text, "Operation timed out after"));
}

static void does_not_wait_for_a_trickle(void **state)
{
    struct scene *scene = *state;
    CLEANUP(buf_release) struct buf message = BUF_INIT(ERR_TEXT_MAX);
    struct http_settings settings = settings_for(scene);
    settings.slowest_bytes_per_s = 1000;
    settings.slow_max_s = 1;
    scene->never = true;
    reopen(scene, &settings);
    with_port(scene, &message, "no complete reply from ",
              ": Operation too slow. Less than 1000 bytes/sec transferred the last 1 seconds");
    expect_failure(scene, ERR_UNAVAILABLE, buf_text(&message));
}

static void says_that_nobody_listens(void **state)
{
    struct scene *scene = *state;
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    struct http_settings settings = settings_for(scene);
    struct err err = ERR_INIT;
    settings.base_url = "https://localhost:1"; /* tcpmux: nobody's since the 1980s */
    reopen(scene, &settings);
    assert_false(get_reply(scene, &reply, &err));
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_true(view_starts_with(
        view_of(err.text),
        VIEW("no complete reply from localhost:1: Failed to connect to localhost port 1")));
    assert_int_equal(reply.status, 0);
}

/* ---- trust ------------------------------------------------------------------------------------
 */

static void trusts_nobody_unasked(void **state)
{
    struct scene *scene = *state;
    CLEANUP(buf_release) struct buf message = BUF_INIT(ERR_TEXT_MAX);
    struct http_settings settings = settings_for(scene);
    settings.ca_file = NULL;
    reopen(scene, &settings);
    with_port(scene, &message, "the certificate of ",
              " is not trusted: SSL certificate problem: self-signed certificate");
    expect_failure(scene, ERR_ACCESS, buf_text(&message));
}

static void compares_the_host_name(void **state)
{
    struct scene *scene = *state;
    CLEANUP(buf_release) struct buf url = BUF_INIT(100);
    CLEANUP(buf_release) struct buf message = BUF_INIT(ERR_TEXT_MAX);
    struct http_settings settings = settings_for(scene);
    buf_add_format(&url, "https://127.0.0.1:%d", scene->server->port);
    settings.base_url = buf_text(&url);
    reopen(scene, &settings);
    buf_add_format(&message,
                   "the certificate of 127.0.0.1:%d is not trusted: SSL: no alternative "
                   "certificate subject name matches target host name '127.0.0.1'",
                   scene->server->port);
    expect_failure(scene, ERR_ACCESS, buf_text(&message));
}

static void wants_a_ca_file_that_is_one(void **state)
{
    struct scene *scene = *state;
    struct http_settings settings = settings_for(scene);
    struct http *http = NULL;
    struct err err = ERR_INIT;
    settings.ca_file = "/nonexistent/ca.pem";
    assert_false(http_open(&settings, &http, &err));
    assert_int_equal(err.kind, ERR_CONFIG);
    assert_string_equal(
        err.text, "could not read CA file \"/nonexistent/ca.pem\": No such file or directory");
    assert_null(http);

    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    settings.ca_file = "/dev/null";
    reopen(scene, &settings);
    assert_false(get_reply(scene, &reply, &err));
    assert_int_equal(err.kind, ERR_CONFIG);
    settings.base_url = "http://localhost";
    assert_false(http_open(&settings, &http, &err));
    assert_string_equal(err.text, "\"http://localhost\" is not https://host or https://host:port");
}

static void knows_its_host(void **state)
{
    struct scene *scene = *state;
    CLEANUP(buf_release) struct buf url = BUF_INIT(100);
    struct view target = {.at = NULL};
    struct err err = ERR_INIT;
    assert_true(view_ends_with(view_of(scene->server->url), view_of(http_host(scene->http))));
    buf_add_format(&url, "%s/v3/x?y", scene->server->url);
    assert_true(http_target_of(scene->http, buf_view(&url), &target, &err));
    assert_true(view_equal_text(target, "/v3/x?y"));
    assert_false(http_target_of(scene->http, VIEW("https://localhost/v3/x?y"), &target, &err));
    assert_string_equal(http_method_name(HTTP_GET), "GET");
    assert_string_equal(http_method_name(HTTP_POST), "POST");
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCENE(sends_the_target_byte_for_byte),
        IN_SCENE(posts_a_body),
        IN_SCENE(keeps_its_connection),
        IN_SCENE(asks_no_proxy),
        IN_SCENE(reads_status_headers_and_body),
        IN_SCENE(forgets_the_reply_before),
        IN_SCENE(takes_the_last_head_and_no_trailers),
        IN_SCENE(leaves_redirects_and_encodings_alone),
        IN_SCENE(streams_a_success_into_the_sink),
        IN_SCENE(keeps_a_failure_from_the_sink),
        IN_SCENE(returns_what_the_sink_failed_with),
        IN_SCENE(limits_the_body),
        IN_SCENE(limits_the_head),
        IN_SCENE(tells_a_broken_off_body),
        IN_SCENE(does_not_wait_for_ever),
        IN_SCENE(does_not_wait_for_a_trickle),
        IN_SCENE(says_that_nobody_listens),
        IN_SCENE(trusts_nobody_unasked),
        IN_SCENE(compares_the_host_name),
        IN_SCENE(wants_a_ca_file_that_is_one),
        IN_SCENE(knows_its_host),
    };
    return cmocka_run_group_tests_name("http/http", tests, NULL, NULL);
}
