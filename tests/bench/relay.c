/* bench-relay: a network between two programs of this machine.
 *
 *     bench-relay --listen FILE --to FILE --round-trip MS
 *
 * Writes the address at which it listens, https://localhost:PORT, to the one file, and passes bytes
 * on to the address in the other, which is read at each connection: wxpay-sim's --ready. Every
 * byte, and the end of a direction, arrives half a round trip after it was sent. The kernel accepts
 * a connection at once where a network takes a round trip, so the client's first bytes count as
 * sent that much later. Bandwidth has no limit. Ends with SIGTERM. */
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/view.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 64, PIECE_MAX = 64 * 1024, ON_THE_WAY_MAX = 8 << 20 };

/* What was read at once, on its way. No bytes: the end. */
struct piece {
    struct piece *next;
    int64_t due_us;
    size_t length, sent;
    char bytes[];
};

struct direction {
    int from, to;
    int64_t begins_us; /* nothing counts as sent before */
    struct piece *first, *last;
    size_t bytes; /* on the way */
    bool ended;   /* nothing more comes; all of it has arrived when there is no piece either */
};

struct connection {
    int client, server;
    struct direction up, down;
};

struct relay {
    int listener;
    const char *target;
    int64_t one_way_us;
    struct connection connections[CONNECTIONS_MAX];
    size_t count;
    char room[PIECE_MAX];
};

static void die(const char *what)
{
    perror(what);
    exit(EXIT_INTERNAL);
}

/* ---- one direction --------------------------------------------------------------------------- */

static void add_piece(struct relay *relay, struct direction *direction, struct view bytes)
{
    struct piece *piece = memory_alloc(sizeof(*piece) + bytes.length);
    int64_t now_us = clock_elapsed_us();

    piece->due_us =
        (now_us > direction->begins_us ? now_us : direction->begins_us) + relay->one_way_us;
    piece->length = bytes.length;
    if (bytes.length > 0)
        memcpy(piece->bytes, bytes.at, bytes.length);
    if (direction->first == NULL)
        direction->first = piece;
    else
        direction->last->next = piece;
    direction->last = piece;
    direction->bytes += bytes.length;
    direction->ended = bytes.length == 0;
}

/* A peer that is gone ends a direction like one that has said all. */
static void take_in(struct relay *relay, struct direction *direction)
{
    ssize_t got = recv(direction->from, relay->room, sizeof(relay->room), MSG_DONTWAIT);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    add_piece(relay, direction, view_from(relay->room, got > 0 ? (size_t)got : 0));
}

static void drop_first(struct direction *direction)
{
    struct piece *piece = direction->first;

    direction->first = piece->next;
    direction->bytes -= piece->length;
    free(piece);
}

/* Gives out what is due. False: it has to wait until the peer takes more. */
static bool give_out(struct direction *direction)
{
    int64_t now_us = clock_elapsed_us();

    while (direction->first != NULL && direction->first->due_us <= now_us) {
        struct piece *piece = direction->first;
        ssize_t sent;

        if (piece->length == 0) {
            (void)shutdown(direction->to, SHUT_WR);
            drop_first(direction);
            continue;
        }
        sent = send(direction->to, piece->bytes + piece->sent, piece->length - piece->sent,
                    MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR))
            return false;
        piece->sent += sent > 0 ? (size_t)sent : 0;
        if (sent < 0 || piece->sent == piece->length)
            drop_first(direction);
    }
    return true;
}

/* ---- connections ----------------------------------------------------------------------------- */

static void set_no_delay(int socket)
{
    int on = 1;

    if (setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
        die("bench-relay: TCP_NODELAY");
}

static uint16_t read_port(const char *path)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(256);
    struct view rest = VIEW(""), prefix = VIEW("https://localhost:");
    struct err err = ERR_INIT;
    int64_t port = 0;

    if (file_read(path, &text, &err))
        rest = view_trim(buf_view(&text));
    if (!view_skip(&rest, prefix) || !view_to_int64(rest, 1, UINT16_MAX, &port)) {
        fprintf(stderr, "bench-relay: no address in \"%s\"\n", path);
        exit(EXIT_INTERNAL);
    }
    return (uint16_t)port;
}

static struct sockaddr_in address_of(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void accept_one(struct relay *relay)
{
    int64_t connected_us = clock_elapsed_us() + 2 * relay->one_way_us;
    struct sockaddr_in target = address_of(read_port(relay->target));
    struct connection *added = &relay->connections[relay->count];
    int client = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC);
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (client < 0 || server < 0 ||
        connect(server, (const struct sockaddr *)&target, sizeof(target)) != 0)
        die("bench-relay: could not connect");
    set_no_delay(client);
    set_no_delay(server);
    *added = (struct connection){
        .client = client,
        .server = server,
        .up = {.from = client, .to = server, .begins_us = connected_us},
        .down = {.from = server, .to = client},
    };
    relay->count++;
}

static bool is_over(const struct direction *direction)
{
    return direction->ended && direction->first == NULL;
}

static void close_those_that_are_over(struct relay *relay)
{
    size_t kept = 0;

    for (size_t i = 0; i < relay->count; i++) {
        struct connection *connection = &relay->connections[i];

        if (is_over(&connection->up) && is_over(&connection->down)) {
            (void)close(connection->client);
            (void)close(connection->server);
        } else {
            relay->connections[kept++] = *connection;
        }
    }
    relay->count = kept;
}

/* ---- the loop -------------------------------------------------------------------------------- */

/* What is watched: [0] the listener, then two for each connection. */
struct watch {
    struct pollfd fds[1 + 2 * CONNECTIONS_MAX];
    size_t count;
    int64_t due_us; /* the next piece */
};

static void watch_direction(struct direction *direction, struct pollfd *from, struct pollfd *to,
                            struct watch *watch)
{
    bool flows = give_out(direction);

    if (!direction->ended && direction->bytes < ON_THE_WAY_MAX)
        from->events |= POLLIN;
    if (!flows)
        to->events |= POLLOUT;
    else if (direction->first != NULL && direction->first->due_us < watch->due_us)
        watch->due_us = direction->first->due_us;
}

/* An fd of which nothing is wanted is left out: poll would tell of its end again and again. */
static void leave_out_idle(struct pollfd *fd)
{
    if (fd->events == 0)
        fd->fd = -1;
}

static void watch_all(struct relay *relay, struct watch *watch)
{
    watch->due_us = INT64_MAX;
    watch->fds[0] = (struct pollfd){.fd = relay->count < CONNECTIONS_MAX ? relay->listener : -1,
                                    .events = POLLIN};
    watch->count = 1;
    for (size_t i = 0; i < relay->count; i++) {
        struct connection *connection = &relay->connections[i];
        struct pollfd *fds = &watch->fds[watch->count];

        fds[0] = (struct pollfd){.fd = connection->client};
        fds[1] = (struct pollfd){.fd = connection->server};
        watch_direction(&connection->up, &fds[0], &fds[1], watch);
        watch_direction(&connection->down, &fds[1], &fds[0], watch);
        leave_out_idle(&fds[0]);
        leave_out_idle(&fds[1]);
        watch->count += 2;
    }
}

static void wait_for(struct watch *watch)
{
    int64_t wait_us =
        watch->due_us == INT64_MAX ? 60 * INSTANT_SECOND : watch->due_us - clock_elapsed_us();
    struct timespec wait = {0};

    if (wait_us > 0)
        wait = (struct timespec){.tv_sec = wait_us / INSTANT_SECOND,
                                 .tv_nsec = wait_us % INSTANT_SECOND * 1000};
    if (ppoll(watch->fds, (nfds_t)watch->count, &wait, NULL) < 0 && errno != EINTR)
        die("bench-relay: poll");
}

static void run(struct relay *relay)
{
    struct watch watch;

    for (;;) {
        size_t watched;

        close_those_that_are_over(relay);
        watch_all(relay, &watch);
        wait_for(&watch);
        watched = (watch.count - 1) / 2;
        for (size_t i = 0; i < watched; i++) {
            struct connection *connection = &relay->connections[i];

            if ((watch.fds[1 + 2 * i].revents & ~POLLOUT) != 0 && !connection->up.ended)
                take_in(relay, &connection->up);
            if ((watch.fds[2 + 2 * i].revents & ~POLLOUT) != 0 && !connection->down.ended)
                take_in(relay, &connection->down);
        }
        if (watch.fds[0].revents != 0)
            accept_one(relay);
    }
}

static void listen_here(struct relay *relay, const char *path)
{
    struct sockaddr_in address = address_of(0);
    socklen_t size = sizeof(address);
    FILE *file;

    relay->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (relay->listener < 0 ||
        bind(relay->listener, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(relay->listener, CONNECTIONS_MAX) != 0 ||
        getsockname(relay->listener, (struct sockaddr *)&address, &size) != 0)
        die("bench-relay: could not listen");
    file = fopen(path, "w");
    if (file == NULL)
        die(path);
    fprintf(file, "https://localhost:%u\n", (unsigned)ntohs(address.sin_port));
    if (fclose(file) != 0)
        die(path);
}

int main(int argc, char *argv[])
{
    const char *path = NULL;
    int64_t round_trip_ms = -1;
    struct relay *relay = memory_alloc(sizeof(*relay));
    const struct option_row options[] = {
        {"listen", 'l', OPTION_TEXT, &path, NULL, "FILE", "gets the address"},
        {"to", 't', OPTION_TEXT, &relay->target, NULL, "FILE", "where to pass bytes on to"},
        {"round-trip", 'r', OPTION_COUNT, &round_trip_ms, NULL, "MS", "there and back"},
    };
    struct option_words words;
    struct err err = ERR_INIT;

    if (!options_parse(options, sizeof(options) / sizeof(options[0]), argc, argv, &words, &err) ||
        path == NULL || relay->target == NULL || round_trip_ms < 0) {
        fprintf(stderr, "usage: bench-relay --listen FILE --to FILE --round-trip MS\n");
        return EXIT_USAGE_ERROR;
    }
    relay->one_way_us = round_trip_ms * 1000 / 2;
    listen_here(relay, path);
    run(relay);
}
