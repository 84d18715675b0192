#include "server.h"

#include "civil.h"
#include "request_log.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* A request body is small JSON; an idle connection is not kept for ever. */
enum { BODY_SIZE_MAX = 1 << 20, CONNECTION_TIMEOUT_S = 120, CONNECTIONS_MAX = 8192 };

/* libmicrohttpd copies out of the body in pieces of this size. */
enum { SEND_CHUNK = 64 * 1024 };

/* A reply on its way out. */
struct outgoing {
    struct reply reply;
    const char *bytes;
    size_t size;
    size_t end_at; /* the connection ends here; `size` when it does not */
    struct MHD_Connection *connection;
    struct held *held;
    int64_t next_ms; /* of a reply that trickles: when the next piece may leave */
};

/* A trickle goes in pieces, so many a second. */
enum { TRICKLE_PIECES_PER_S = 10 };
/* A request with its reply, as long as that is held back. */
struct exchange {
    struct request request;
    struct outgoing *held;
};

/* The first that is called for a request, with the request line's target exactly as sent. */
static void *start_request(void *context, const char *uri, struct MHD_Connection *connection)
{
    struct exchange *exchange = alloc_zeroed(1, sizeof(*exchange));
    struct request *request = &exchange->request;

    (void)context;
    (void)connection;
    request->uri = alloc_copy(uri, strlen(uri));
    request->path_size = strcspn(uri, "?");
    request->bill_day = DAY_NONE;
    return exchange;
}

/* Ends TCP below TLS, of which libmicrohttpd would take leave first: what it still sends goes
 * nowhere. */
static void end_connection(struct MHD_Connection *connection, enum reply_end end)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};

    if (info == NULL)
        abort();
    if (end == REPLY_END_HANG_UP)
        (void)shutdown(info->connect_fd, SHUT_WR);
    else if (end == REPLY_END_RESET)
        (void)connect(info->connect_fd, &nowhere, sizeof(nowhere));
}

/* True when the piece has to wait; else how large it may be. */
static bool wait_for_turn(struct outgoing *outgoing, size_t *room)
{
    size_t piece = outgoing->reply.bytes_per_s / TRICKLE_PIECES_PER_S;
    int64_t now_ms = rate_now_ms();

    if (outgoing->reply.bytes_per_s == 0)
        return false;
    if (now_ms < outgoing->next_ms &&
        held_add(outgoing->held, outgoing->connection, outgoing->next_ms))
        return true;
    if (piece == 0)
        piece = 1;
    if (*room > piece)
        *room = piece;
    outgoing->next_ms = now_ms + (int64_t)(*room * 1000 / outgoing->reply.bytes_per_s);
    return false;
}

static ssize_t send_piece(void *context, uint64_t at, char *piece, size_t room)
{
    struct outgoing *outgoing = context;
    size_t left = outgoing->end_at - (size_t)at;

    if (left == 0) {
        end_connection(outgoing->connection, outgoing->reply.end);
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    if (left > room)
        left = room;
    if (wait_for_turn(outgoing, &left))
        return 0;
    memcpy(piece, outgoing->bytes + at, left);
    return (ssize_t)left;
}

static void end_reply(void *context)
{
    struct outgoing *outgoing = context;

    reply_release(&outgoing->reply);
    free(outgoing);
}

static void end_request(void *context, struct MHD_Connection *connection, void **request_at,
                        enum MHD_RequestTerminationCode code)
{
    struct exchange *exchange = *request_at;

    (void)context;
    (void)connection;
    (void)code;
    if (exchange == NULL)
        return;
    if (exchange->held != NULL)
        end_reply(exchange->held);
    free(exchange->request.uri);
    free(exchange->request.path_value);
    text_release(&exchange->request.body);
    query_release(&exchange->request.query);
    free(exchange);
    *request_at = NULL;
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (value != NULL && MHD_add_response_header(response, name, value) != MHD_YES)
        abort();
}

static void add_retry_after(struct MHD_Response *response, int64_t seconds)
{
    struct text value = {0};

    if (seconds == 0)
        return;
    text_printf(&value, "%lld", (long long)seconds);
    add_header(response, "Retry-After", value.bytes);
    text_release(&value);
}

static void add_headers(struct MHD_Response *response, struct sim *sim, const struct reply *reply)
{
    char id[33];
    struct text request_id = {0};

    if (reply->kind == REPLY_JSON)
        add_header(response, "Content-Type", "application/json; charset=utf-8");
    if (reply->kind == REPLY_DOWNLOAD) {
        add_header(response, "Content-Type",
                   reply->gzip ? "application/x-gzip" : "text/plain; charset=utf-8");
        return;
    }
    rng_text(&sim->rng, RNG_UPPER_HEX, sizeof(id) - 1, id);
    text_printf(&request_id, "%s-%u", id, reply->request_tag);
    add_header(response, "Request-Id", request_id.bytes);
    text_release(&request_id);
    add_header(response, "Location", reply->location);
    add_retry_after(response, reply->retry_after_s);
    if (reply->signature.size == 0)
        return;
    add_header(response, "Wechatpay-Timestamp", reply->timestamp.bytes);
    add_header(response, "Wechatpay-Nonce", reply->nonce.bytes);
    add_header(response, "Wechatpay-Signature", reply->signature.bytes);
    add_header(response, "Wechatpay-Serial", reply->serial.bytes);
    add_header(response, "Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048");
}

/* What goes out, and its line in the log: whoever has the reply can read it there. */
static void prepare_reply(const struct sim *sim, const struct request *request,
                          struct outgoing *outgoing)
{
    struct reply *reply = &outgoing->reply;

    reply_bytes(reply, &outgoing->bytes, &outgoing->size);
    outgoing->end_at = outgoing->size;
    if (reply->end != REPLY_END_WHOLE && reply->end_at < outgoing->size)
        outgoing->end_at = reply->end_at;
    request_log_write(sim->log, request, reply, outgoing->end_at);
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, struct sim *sim,
                                  struct outgoing *outgoing)
{
    const struct reply *reply = &outgoing->reply;
    struct MHD_Response *response;
    enum MHD_Result queued;

    if (reply->status == 0) {
        end_connection(connection, REPLY_END_RESET);
        end_reply(outgoing);
        return MHD_NO;
    }
    response = MHD_create_response_from_callback(outgoing->size, SEND_CHUNK, send_piece, outgoing,
                                                 end_reply);
    if (response == NULL)
        abort();
    add_headers(response, sim, &outgoing->reply);
    queued = MHD_queue_response(connection, outgoing->reply.status, response);
    MHD_destroy_response(response);
    return queued;
}

static void read_headers(struct MHD_Connection *connection, struct request *request)
{
    request->accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept");
    request->user_agent = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "User-Agent");
    request->authorization =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");
    request->wechatpay_serial =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Wechatpay-Serial");
    request->content_type =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type");
}

/* The whole request is there: its answer goes out at once or when its delay is over. */
static enum MHD_Result answer(struct server *server, struct MHD_Connection *connection,
                              struct exchange *exchange)
{
    struct request *request = &exchange->request;
    struct outgoing *outgoing = alloc_zeroed(1, sizeof(*outgoing));
    int64_t now_ms = rate_now_ms();

    outgoing->connection = connection;
    outgoing->held = &server->held;
    request->time = sim_clock_now(&server->sim->clock);
    request->at_ms = now_ms - server->sim->started_ms;
    read_headers(connection, request);
    sim_answer(server->sim, request, &outgoing->reply);
    prepare_reply(server->sim, request, outgoing);
    if (outgoing->reply.delay_ms == 0 ||
        !held_add(&server->held, connection, now_ms + outgoing->reply.delay_ms))
        return send_reply(connection, server->sim, outgoing);
    exchange->held = outgoing;
    return MHD_YES;
}

/* Called once with the headers, then for each piece of the body, then once at its end; once more
 * when a reply that was held back is due. */
static enum MHD_Result take_request(void *context, struct MHD_Connection *connection,
                                    const char *url, const char *method, const char *version,
                                    const char *upload, size_t *upload_size, void **request_at)
{
    struct server *server = context;
    struct exchange *exchange = *request_at;
    struct request *request = &exchange->request;
    struct outgoing *held = exchange->held;

    (void)url;
    (void)version;
    if (request->number == 0) {
        request->number = ++server->sim->request_count;
        request->method = method;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        if (request->body.size + *upload_size > BODY_SIZE_MAX)
            return MHD_NO;
        text_add(&request->body, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    if (held == NULL)
        return answer(server, connection, exchange);
    exchange->held = NULL;
    return send_reply(connection, server->sim, held);
}

/* api.mch.weixin.qq.com negotiates TLS 1.2, as public logs of clients show: a connection takes a
 * round trip more than with 1.3. */
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.2"

bool server_open(struct server *server, struct sim *sim, struct fail *fail)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    const union MHD_DaemonInfo *port;
    const union MHD_DaemonInfo *poll_fd;

    server->sim = sim;
    sim->started_ms = rate_now_ms();
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_TLS | MHD_USE_ERROR_LOG | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
        take_request, server, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_HTTPS_MEM_KEY,
        sim->keys->server_key_pem.bytes, MHD_OPTION_HTTPS_MEM_CERT,
        sim->keys->server_cert_pem.bytes, MHD_OPTION_URI_LOG_CALLBACK, start_request, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, end_request, NULL, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned int)CONNECTION_TIMEOUT_S, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned int)CONNECTIONS_MAX, MHD_OPTION_LISTEN_BACKLOG_SIZE, (unsigned int)SOMAXCONN,
        MHD_OPTION_HTTPS_PRIORITIES, TLS_PRIORITIES, MHD_OPTION_END);
    if (server->daemon == NULL)
        return fail_set(fail, EX_UNAVAILABLE, "could not listen on 127.0.0.1");

    port = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    poll_fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (port == NULL || poll_fd == NULL)
        return fail_set(fail, EX_SOFTWARE, "libmicrohttpd does not tell its port");

    server->port = port->port;
    if (sim->base_url.size == 0)
        text_printf(&sim->base_url, "https://localhost:%u", (unsigned int)port->port);
    server->poll_fd = poll_fd->epoll_fd;
    return true;
}

/* The library does not stop while connections are suspended: from here on none is. */
void server_close(struct server *server)
{
    if (server->daemon == NULL)
        return;
    held_close(&server->held);
    (void)MHD_run(server->daemon);
    MHD_stop_daemon(server->daemon);
    server->daemon = NULL;
}

int server_timeout_ms(const struct server *server)
{
    MHD_UNSIGNED_LONG_LONG timeout;
    int64_t next_ms = held_next_ms(&server->held);
    int64_t left_ms = next_ms - rate_now_ms();
    bool none = MHD_get_timeout(server->daemon, &timeout) != MHD_YES;

    if (none && next_ms == INT64_MAX)
        return -1;
    if (none || timeout > 1000)
        timeout = 1000;
    if (next_ms != INT64_MAX && left_ms < (int64_t)timeout)
        return left_ms > 0 ? (int)left_ms : 0;
    return (int)timeout;
}

void server_run(struct server *server)
{
    held_resume(&server->held, rate_now_ms());
    (void)MHD_run(server->daemon);
}
