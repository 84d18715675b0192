/* A scripted HTTPS server in a thread of the test: loopback, a port that the kernel chooses, real
 * TLS with a certificate made for the run.
 *
 *     struct tls_server *server = tls_server_start(answer, context);
 *     … tls_server_url(server), tls_server_ca_file(server) …
 *     tls_server_stop(server);   // after the clients have closed
 *
 * `answer` is called for each request, never twice at once, and writes the reply as it goes over
 * the wire. Each connection is served by a thread of its own.
 *
 * libssl is loaded when it runs: the programs under test are linked without it, and so are their
 * tests. */
#ifndef TESTS_TLS_SERVER_H
#define TESTS_TLS_SERVER_H

#include "../crypto/make_certificate.h"

#include "base/buf.h"

#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    TLS_REQUEST_MAX = 1 << 20,
    TLS_REPLY_MAX = 8 << 20,
    TLS_TEXT_MAX = 1 << 12,
    TLS_CONNECTIONS_MAX = 1024, /* of one test */
};

struct tls_request {
    int number;       /* from 1 */
    struct view head; /* request line and headers */
    struct view body;
};

struct tls_reply {
    struct buf bytes;
    bool hang_up; /* close the connection after it, without ado */
    bool never;   /* send nothing and wait until the client gives up */
    int meet;     /* not before so many requests were under way at once */
};

typedef void tls_answer_function(void *context, const struct tls_request *request,
                                 struct tls_reply *reply);

#define TLS_LIBRARY(FUNCTION)                                                                      \
    FUNCTION(TLS_server_method)                                                                    \
    FUNCTION(SSL_CTX_new)                                                                          \
    FUNCTION(SSL_CTX_free)                                                                         \
    FUNCTION(SSL_CTX_use_certificate)                                                              \
    FUNCTION(SSL_CTX_use_PrivateKey)                                                               \
    FUNCTION(SSL_new)                                                                              \
    FUNCTION(SSL_free)                                                                             \
    FUNCTION(SSL_set_fd)                                                                           \
    FUNCTION(SSL_accept)                                                                           \
    FUNCTION(SSL_read)                                                                             \
    FUNCTION(SSL_write)

struct tls_library {
    void *handle;
#define TLS_MEMBER(name) __typeof__(&name) name;
    TLS_LIBRARY(TLS_MEMBER)
#undef TLS_MEMBER
};

struct tls_connection {
    struct tls_server *server;
    int socket; /* -1 when closed */
    pthread_t thread;
};

struct tls_server {
    struct tls_library tls;
    SSL_CTX *context;
    EVP_PKEY *key;
    char ca_file[64];
    char url[64];
    int port;
    int listener;
    pthread_t thread;
    tls_answer_function *answer;
    void *answer_context;
    pthread_mutex_t answering;
    pthread_mutex_t lock; /* of what follows */
    struct tls_connection connection[TLS_CONNECTIONS_MAX];
    int connections;
    int open, open_most; /* at once */
    int requests;
    int under_way, under_way_most; /* read and not answered yet */
    pthread_cond_t arrived;        /* one more is under way, or the server stops */
    bool stopping;
};

static inline void tls_load(struct tls_library *tls)
{
    tls->handle = dlopen("libssl.so.3", RTLD_NOW | RTLD_LOCAL);
    make_must(tls->handle != NULL);
#define TLS_LOOK_UP(name)                                                                          \
    do {                                                                                           \
        void *symbol = dlsym(tls->handle, #name);                                                  \
        make_must(symbol != NULL);                                                                 \
        memcpy(&tls->name, &symbol, sizeof(symbol));                                               \
    } while (0);
    TLS_LIBRARY(TLS_LOOK_UP)
#undef TLS_LOOK_UP
}

/* Head and body of one request, or false when the client has gone. */
static inline bool tls_read_request(struct tls_server *server, SSL *ssl, struct buf *bytes,
                                    struct tls_request *request)
{
    for (;;) {
        const char *end = memmem(buf_text(bytes), bytes->length, "\r\n\r\n", 4);
        if (end != NULL) {
            size_t head = (size_t)(end - bytes->at) + 4;
            const char *length = strcasestr(bytes->at, "\r\ncontent-length:");
            size_t body = length == NULL || length > end ? 0 : (size_t)atol(length + 17);
            if (bytes->length >= head + body) {
                request->head = view_from(bytes->at, head);
                request->body = view_from(bytes->at + head, body);
                return true;
            }
        }
        char piece[4096];
        int got = server->tls.SSL_read(ssl, piece, sizeof(piece));
        if (got <= 0)
            return false;
        buf_add(bytes, piece, (size_t)got);
    }
}

/* What the client does not want any more is no fault. */
static inline void tls_write(struct tls_server *server, SSL *ssl, struct view bytes)
{
    while (bytes.length > 0) {
        int length = bytes.length > 16384 ? 16384 : (int)bytes.length;
        int put = server->tls.SSL_write(ssl, bytes.at, length);
        if (put <= 0)
            return;
        bytes.at += put;
        bytes.length -= (size_t)put;
    }
}

/* True: the connection stays. */
static inline bool tls_serve_one(struct tls_server *server, SSL *ssl)
{
    struct buf bytes = BUF_INIT(TLS_REQUEST_MAX);
    struct tls_reply reply = {.bytes = BUF_INIT(TLS_REPLY_MAX)};
    struct tls_request request = {.number = 0};
    bool got = tls_read_request(server, ssl, &bytes, &request);

    if (got) {
        pthread_mutex_lock(&server->lock);
        request.number = ++server->requests;
        if (++server->under_way > server->under_way_most)
            server->under_way_most = server->under_way;
        pthread_cond_broadcast(&server->arrived);
        pthread_mutex_unlock(&server->lock);
        pthread_mutex_lock(&server->answering);
        server->answer(server->answer_context, &request, &reply);
        pthread_mutex_unlock(&server->answering);
        pthread_mutex_lock(&server->lock);
        while (server->under_way_most < reply.meet && !server->stopping)
            pthread_cond_wait(&server->arrived, &server->lock);
        server->under_way--;
        pthread_mutex_unlock(&server->lock);
        char rest;
        if (reply.never)
            (void)server->tls.SSL_read(ssl, &rest, 1);
        else
            tls_write(server, ssl, buf_view(&reply.bytes));
    }
    buf_release(&bytes);
    buf_release(&reply.bytes);
    return got && !reply.hang_up && !reply.never;
}

static inline void *tls_serve_connection(void *argument)
{
    struct tls_connection *connection = argument;
    struct tls_server *server = connection->server;
    sigset_t pipe_only;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_only, NULL);

    SSL *ssl = server->tls.SSL_new(server->context);
    make_must(ssl != NULL && server->tls.SSL_set_fd(ssl, connection->socket) == 1);
    if (server->tls.SSL_accept(ssl) == 1) {
        while (tls_serve_one(server, ssl)) {
        }
    }
    server->tls.SSL_free(ssl);
    pthread_mutex_lock(&server->lock);
    close(connection->socket);
    connection->socket = -1;
    server->open--;
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

static inline void tls_accept(struct tls_server *server, int socket)
{
    pthread_mutex_lock(&server->lock);
    make_must(server->connections < TLS_CONNECTIONS_MAX);
    struct tls_connection *connection = &server->connection[server->connections++];
    *connection = (struct tls_connection){.server = server, .socket = socket};
    if (++server->open > server->open_most)
        server->open_most = server->open;
    if (server->stopping)
        shutdown(socket, SHUT_RDWR);
    make_must(pthread_create(&connection->thread, NULL, tls_serve_connection, connection) == 0);
    pthread_mutex_unlock(&server->lock);
}

static inline void *tls_serve(void *argument)
{
    struct tls_server *server = argument;

    for (;;) {
        int socket = accept(server->listener, NULL, NULL);
        if (socket < 0)
            return NULL;
        tls_accept(server, socket);
    }
}

static inline void tls_make_identity(struct tls_server *server)
{
    const struct certificate_wish wish = {
        .serial_hex = "1234",
        .alt_names = "DNS:localhost",
        .not_before = {.us = ((int64_t)time(NULL) - 3600) * INSTANT_SECOND},
        .not_after = {.us = ((int64_t)time(NULL) + 3600) * INSTANT_SECOND},
    };
    server->key = EVP_EC_gen("P-256");
    struct buf pem = BUF_INIT(TLS_TEXT_MAX);
    make_certificate_pem(server->key, &wish, &pem);
    BIO *bio = BIO_new_mem_buf(pem.at, (int)pem.length);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);

    snprintf(server->ca_file, sizeof(server->ca_file), "/tmp/payrecon-tls-XXXXXX");
    int file = mkstemp(server->ca_file);
    make_must(file >= 0 && write(file, pem.at, pem.length) == (ssize_t)pem.length);
    close(file);
    buf_release(&pem);
    server->context = server->tls.SSL_CTX_new(server->tls.TLS_server_method());
    make_must(server->context != NULL &&
              server->tls.SSL_CTX_use_certificate(server->context, certificate) == 1 &&
              server->tls.SSL_CTX_use_PrivateKey(server->context, server->key) == 1);
    X509_free(certificate);
}

static inline void tls_listen(struct tls_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    make_must(server->listener >= 0 &&
              bind(server->listener, (struct sockaddr *)&address, sizeof(address)) == 0 &&
              listen(server->listener, 256) == 0 &&
              getsockname(server->listener, (struct sockaddr *)&address, &length) == 0);
    server->port = ntohs(address.sin_port);
    snprintf(server->url, sizeof(server->url), "https://localhost:%d", server->port);
}

static inline struct tls_server *tls_server_start(tls_answer_function *answer, void *context)
{
    struct tls_server *server = calloc(1, sizeof(*server));
    make_must(server != NULL);
    server->answer = answer;
    server->answer_context = context;
    tls_load(&server->tls);
    tls_make_identity(server);
    tls_listen(server);
    pthread_mutex_init(&server->lock, NULL);
    pthread_mutex_init(&server->answering, NULL);
    pthread_cond_init(&server->arrived, NULL);
    make_must(pthread_create(&server->thread, NULL, tls_serve, server) == 0);
    return server;
}

static inline void tls_server_stop(struct tls_server *server)
{
    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    pthread_cond_broadcast(&server->arrived);
    for (int i = 0; i < server->connections; i++) {
        if (server->connection[i].socket >= 0)
            shutdown(server->connection[i].socket, SHUT_RDWR);
    }
    pthread_mutex_unlock(&server->lock);
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    for (int i = 0; i < server->connections; i++)
        pthread_join(server->connection[i].thread, NULL);
    close(server->listener);
    unlink(server->ca_file);
    server->tls.SSL_CTX_free(server->context);
    EVP_PKEY_free(server->key);
    dlclose(server->tls.handle);
    pthread_mutex_destroy(&server->lock);
    pthread_mutex_destroy(&server->answering);
    pthread_cond_destroy(&server->arrived);
    free(server);
}

static inline int tls_server_connections(struct tls_server *server)
{
    pthread_mutex_lock(&server->lock);
    int count = server->connections;
    pthread_mutex_unlock(&server->lock);
    return count;
}

/* The most that were open at once. */
static inline int tls_server_open_most(struct tls_server *server)
{
    pthread_mutex_lock(&server->lock);
    int count = server->open_most;
    pthread_mutex_unlock(&server->lock);
    return count;
}

/* The most requests that were read and not answered at once. */
static inline int tls_server_under_way_most(struct tls_server *server)
{
    pthread_mutex_lock(&server->lock);
    int count = server->under_way_most;
    pthread_mutex_unlock(&server->lock);
    return count;
}

static inline int tls_server_requests(struct tls_server *server)
{
    pthread_mutex_lock(&server->lock);
    int count = server->requests;
    pthread_mutex_unlock(&server->lock);
    return count;
}

#endif
