/* Several requests at once. */
#include "scene.h"

#include "base/memory.h"
#include "http/pool.h"

/* A server that answers each path with that path. */
struct far {
    struct tls_server *server;
    struct http_pool *pool;
    struct http *http;
    int meet; /* requests that must be there before the first is answered */
    int posts;
    int hang_up_from; /* the n-th request on; 0: none */
};

static void echo(void *context, const struct tls_request *request, struct tls_reply *reply)
{
    struct far *far = context;
    struct view head = request->head, method, target;

    view_take(&head, ' ', &method);
    view_take(&head, ' ', &target);
    far->posts += view_equal_text(method, "POST");
    reply->meet = far->meet;
    reply->never = view_equal_text(target, "/never");
    if (far->hang_up_from > 0 && request->number >= far->hang_up_from) {
        reply->hang_up = true;
        return;
    }
    buf_add_format(&reply->bytes, OK_HEAD "Content-Length: %zu\r\n\r\n%.*s", target.length,
                   VIEW_ARG(target));
}

static void open_far(struct far *far, int connections_max)
{
    struct err err = ERR_INIT;

    *far = (struct far){.pool = http_pool_new(connections_max)};
    far->server = tls_server_start(echo, far);
    struct http_settings settings = settings_for(&(struct scene){.server = far->server});
    settings.pool = far->pool;
    assert_true(http_open(&settings, &far->http, &err));
}

static void close_far(struct far *far)
{
    http_close(far->http);
    http_pool_free(far->pool);
    tls_server_stop(far->server);
}

/* One of many. */
struct one {
    char target[32];
    struct http_request request;
    struct http_reply reply;
    struct http_transfer transfer;
};

static void start_one(struct far *far, struct one *one, const char *target)
{
    snprintf(one->target, sizeof(one->target), "%s", target);
    one->request = get(one->target);
    one->reply = HTTP_REPLY_INIT;
    one->transfer = (struct http_transfer){
        .http = far->http, .request = &one->request, .reply = &one->reply, .owner = one};
    http_start(&one->transfer);
}

static void takes_many_over_few_connections(void **state)
{
    enum { COUNT = 200, CONNECTIONS = 8 };
    struct far far;
    struct one *ones = memory_alloc(COUNT * sizeof(*ones));
    struct http_transfer *done;
    int count = 0;
    (void)state;

    open_far(&far, CONNECTIONS);
    assert_int_equal(http_pool_room(far.pool), CONNECTIONS);
    assert_null(http_pool_next(far.pool, 1000));
    for (int i = 0; i < COUNT; i++) {
        char target[32];
        snprintf(target, sizeof(target), "/%d", i);
        start_one(&far, &ones[i], target);
    }
    assert_int_equal(http_pool_in_flight(far.pool), COUNT);
    assert_int_equal(http_pool_room(far.pool), CONNECTIONS - COUNT);
    while ((done = http_pool_next(far.pool, 5000)) != NULL) {
        const struct one *one = done->owner;
        assert_int_equal(done->err.kind, ERR_NONE);
        assert_true(one->reply.sent);
        assert_string_equal(buf_text(&one->reply.body), one->target);
        count++;
    }
    assert_int_equal(count, COUNT);
    assert_int_equal(http_pool_room(far.pool), CONNECTIONS);
    assert_int_equal(tls_server_connections(far.server), CONNECTIONS);
    for (int i = 0; i < COUNT; i++)
        http_reply_release(&ones[i].reply);
    free(ones);
    close_far(&far);
}

/* All of them are over there at once: none is answered before. */
static void waits_for_many_as_for_one(void **state)
{
    enum { COUNT = HTTP_CONNECTIONS_MAX, WAIT_MS = 120 * 1000 };
    struct far far;
    struct one ones[COUNT];
    (void)state;

    open_far(&far, HTTP_CONNECTIONS_MAX);
    far.meet = COUNT;
    for (int i = 0; i < COUNT; i++)
        start_one(&far, &ones[i], "/");
    for (int i = 0; i < COUNT; i++)
        assert_non_null(http_pool_next(far.pool, WAIT_MS));
    assert_int_equal(tls_server_under_way_most(far.server), COUNT);
    assert_int_equal(tls_server_open_most(far.server), COUNT);
    for (int i = 0; i < COUNT; i++)
        http_reply_release(&ones[i].reply);
    close_far(&far);
}

static void gives_each_its_own_end(void **state)
{
    struct far far;
    struct one never, good;
    (void)state;

    open_far(&far, 2);
    start_one(&far, &never, "/never");
    never.request.total_timeout_ms = 300;
    start_one(&far, &good, "/good");
    assert_ptr_equal(http_pool_next(far.pool, 5000), &good.transfer);
    assert_int_equal(good.transfer.err.kind, ERR_NONE);
    assert_null(http_pool_next(far.pool, 0));
    assert_ptr_equal(http_pool_next(far.pool, 5000), &never.transfer);
    assert_int_equal(never.transfer.err.kind, ERR_UNAVAILABLE);
    http_reply_release(&never.reply);
    http_reply_release(&good.reply);
    close_far(&far);
}

static void forgets_what_is_cancelled(void **state)
{
    struct far far;
    struct one flying, queued, finished;
    (void)state;

    open_far(&far, 1);
    start_one(&far, &finished, "/1");
    assert_ptr_equal(http_pool_next(far.pool, 5000), &finished.transfer);
    start_one(&far, &flying, "/never");
    start_one(&far, &queued, "/2");
    assert_true(http_is_waiting(&flying.transfer));
    assert_null(http_pool_next(far.pool, 0));
    assert_false(http_is_waiting(&flying.transfer));
    assert_true(http_is_waiting(&queued.transfer));
    assert_false(http_is_waiting(&finished.transfer));
    http_cancel(&queued.transfer);
    http_cancel(&flying.transfer);
    assert_int_equal(http_pool_in_flight(far.pool), 0);
    assert_int_equal(http_pool_room(far.pool), 1);
    http_reply_release(&finished.reply);
    http_reply_release(&flying.reply);
    http_reply_release(&queued.reply);
    close_far(&far);
}

static void one_can_be_waited_for_while_others_fly(void **state)
{
    struct far far;
    struct one other;
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    const struct http_request request = get("/mine");
    struct err err = ERR_INIT;
    (void)state;

    open_far(&far, 1);
    start_one(&far, &other, "/other");
    assert_true(http_send(far.http, &request, &reply, &err));
    assert_string_equal(buf_text(&reply.body), "/mine");
    assert_ptr_equal(http_pool_next(far.pool, 0), &other.transfer);
    assert_string_equal(buf_text(&other.reply.body), "/other");
    http_reply_release(&other.reply);
    close_far(&far);
}

/* The server hangs up on the kept connection after it has read the second request. */
static void a_body_is_sent_once(void **state)
{
    struct far far;
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    struct http_request request = get("/x");
    struct err err = ERR_INIT;
    (void)state;

    open_far(&far, 1);
    far.hang_up_from = 2;
    request.method = HTTP_POST;
    request.body = VIEW("{\"out_refund_no\":\"1\"}");
    assert_true(http_send(far.http, &request, &reply, &err));
    assert_false(http_send(far.http, &request, &reply, &err));
    assert_int_equal(err.kind, ERR_UNAVAILABLE);
    assert_true(reply.sent);
    assert_int_equal(far.posts, 2);
    assert_int_equal(tls_server_requests(far.server), 2);
    close_far(&far);
}

static void says_when_nothing_left(void **state)
{
    struct far far;
    struct http *nobody = NULL;
    CLEANUP(http_reply_release) struct http_reply reply = HTTP_REPLY_INIT;
    struct http_request request = get("/x");
    struct err err = ERR_INIT;
    (void)state;

    open_far(&far, 1);
    struct http_settings settings = settings_for(&(struct scene){.server = far.server});
    settings.pool = far.pool;
    settings.base_url = "https://localhost:1"; /* tcpmux: nobody's since the 1980s */
    assert_true(http_open(&settings, &nobody, &err));
    assert_ptr_equal(http_pool_of(nobody), far.pool);
    assert_false(http_send(nobody, &request, &reply, &err));
    assert_false(reply.sent);
    http_close(nobody);
    close_far(&far);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_many_over_few_connections),
        cmocka_unit_test(waits_for_many_as_for_one),
        cmocka_unit_test(gives_each_its_own_end),
        cmocka_unit_test(forgets_what_is_cancelled),
        cmocka_unit_test(one_can_be_waited_for_while_others_fly),
        cmocka_unit_test(a_body_is_sent_once),
        cmocka_unit_test(says_when_nothing_left),
    };
    return cmocka_run_group_tests_name("http/pool", tests, NULL, NULL);
}
