/* A server with one reply, and a client that asks it. */
#ifndef TESTS_SCENE_H
#define TESTS_SCENE_H

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

static inline void play(void *context, const struct tls_request *request, struct tls_reply *reply)
{
    struct scene *scene = context;
    buf_clear(&scene->request);
    buf_add_view(&scene->request, request->head);
    buf_add_view(&scene->request, request->body);
    buf_add_view(&reply->bytes, buf_view(&scene->reply));
    reply->hang_up = scene->hang_up;
    reply->never = scene->never;
}

static inline struct http_settings settings_for(const struct scene *scene)
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

static inline int open_scene(void **state)
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

static inline int close_scene(void **state)
{
    struct scene *scene = *state;
    http_close(scene->http);
    tls_server_stop(scene->server);
    buf_release(&scene->reply);
    buf_release(&scene->request);
    free(scene);
    return 0;
}

static inline void reopen(struct scene *scene, const struct http_settings *settings)
{
    struct err err = ERR_INIT;
    http_close(scene->http);
    scene->http = NULL;
    assert_true(http_open(settings, &scene->http, &err));
}

static inline void script(struct scene *scene, const char *reply)
{
    buf_clear(&scene->reply);
    buf_add_text(&scene->reply, reply);
}

static inline struct http_request get(const char *target)
{
    return (struct http_request){
        .method = HTTP_GET,
        .target = view_of(target),
        .reply_bytes_max = BODY_MAX,
    };
}

static inline bool get_reply(struct scene *scene, struct http_reply *reply, struct err *err)
{
    struct http_request request = get("/");
    return http_send(scene->http, &request, reply, err);
}

static inline void expect_failure(struct scene *scene, enum err_kind kind, const char *message)
{
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    struct err err = ERR_INIT;
    assert_false(get_reply(scene, &reply, &err));
    assert_string_equal(err.text, message);
    assert_int_equal(err.kind, kind);
}

static inline const char *with_port(const struct scene *scene, struct buf *text, const char *before,
                                    const char *after)
{
    buf_clear(text);
    buf_add_format(text, "%slocalhost:%d%s", before, scene->server->port, after);
    return buf_text(text);
}

#define OK_HEAD "HTTP/1.1 200 OK\r\n"

/* A sink. */
struct bowl {
    struct buf bytes;
    bool full; /* refuse */
};

static inline bool pour(void *context, struct view bytes, struct err *err)
{
    struct bowl *bowl = context;
    if (bowl->full)
        return err_set(err, ERR_IO, "the bowl is full");
    assert(bytes.length > 0);
    buf_add_view(&bowl->bytes, bytes);
    return true;
}

static inline bool get_into(struct scene *scene, struct bowl *bowl, uint64_t max,
                            struct http_reply *reply, struct err *err)
{
    struct http_request request = get("/");
    request.reply_bytes_max = max;
    request.sink = pour;
    request.sink_context = bowl;
    return http_send(scene->http, &request, reply, err);
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

#endif
