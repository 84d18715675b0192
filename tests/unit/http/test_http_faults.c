/* What http_send says when it does not go well. */
#include "scene.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    return cmocka_run_group_tests_name("http/http, faults", tests, NULL, NULL);
}
