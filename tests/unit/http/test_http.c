#include "scene.h"

#include <curl/curl.h>

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
                   "Host: localhost:%d\r\nUser-Agent: payrecon/test (+libcurl/%s)\r\n"
                   "Accept: application/json\r\nX-One: 1, \"2\"\r\n\r\n",
                   scene->server->port, curl_version_info(CURLVERSION_NOW)->version);
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
    };
    return cmocka_run_group_tests_name("http/http", tests, NULL, NULL);
}
