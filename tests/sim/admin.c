#include "admin.h"

#include "command.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

/* A client that says nothing must not stop the simulator for long; a reload of a large world takes
 * its time. */
enum { SERVE_TIMEOUT_S = 2, TELL_TIMEOUT_S = 120, LINE_MAX_SIZE = 256 };

static bool address_of(const char *path, struct sockaddr_un *address, struct fail *fail)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address->sun_path))
        return fail_set(fail, EX_USAGE, "admin socket \"%s\": path is too long", path);
    memcpy(address->sun_path, path, strlen(path) + 1);
    return true;
}

static void set_timeout(int socket_fd, int seconds)
{
    struct timeval timeout = {.tv_sec = seconds};

    (void)setsockopt(socket_fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    (void)setsockopt(socket_fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
}

int admin_open(const char *path, struct fail *fail)
{
    struct sockaddr_un address;
    mode_t mask;
    int listener;
    bool bound;

    if (!address_of(path, &address, fail))
        return -1;
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mask = umask(0077);
    (void)unlink(path);
    bound = listener >= 0 &&
            bind(listener, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
            listen(listener, 8) == 0;
    (void)umask(mask);
    if (bound)
        return listener;
    (void)fail_set(fail, EX_CANTCREAT, "could not listen on \"%s\": %s", path, strerror(errno));
    if (listener >= 0)
        (void)close(listener);
    return -1;
}

void admin_close(int listener, const char *path)
{
    if (listener < 0)
        return;
    (void)close(listener);
    (void)unlink(path);
}

/* A line without its end; false at the end of input, after the timeout and when it is too long. */
static bool receive_line(int connection, char line[static LINE_MAX_SIZE])
{
    for (size_t at = 0; at < LINE_MAX_SIZE; at++) {
        if (recv(connection, &line[at], 1, 0) != 1)
            return false;
        if (line[at] == '\n') {
            line[at] = '\0';
            return true;
        }
    }
    return false;
}

static bool send_line(int connection, const char *line, size_t size)
{
    return send(connection, line, size, MSG_NOSIGNAL) == (ssize_t)size;
}

void admin_serve(int listener, struct sim *sim)
{
    int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    char line[LINE_MAX_SIZE];

    if (connection < 0)
        return;
    set_timeout(connection, SERVE_TIMEOUT_S);
    while (!sim->quitting && receive_line(connection, line)) {
        struct text answer = {0};
        struct fail fail;
        bool sent;

        if (command_do(sim, line, &fail))
            text_put(&answer, "ok\n");
        else
            text_printf(&answer, "error: %s\n", fail.text);
        sent = send_line(connection, answer.bytes, answer.size);
        text_release(&answer);
        if (!sent)
            break;
    }
    (void)close(connection);
}

static bool receive_answer(int connection, struct text *out)
{
    char byte;

    while (recv(connection, &byte, 1, 0) == 1) {
        if (byte == '\n')
            return true;
        text_putc(out, byte);
    }
    return false;
}

static bool converse(int connection, const char *command, struct fail *fail)
{
    struct text text = {0};
    bool good;

    set_timeout(connection, TELL_TIMEOUT_S);
    text_printf(&text, "%s\n", command);
    good = send_line(connection, text.bytes, text.size);
    text_clear(&text);
    if (!good || !receive_answer(connection, &text))
        good = fail_set(fail, EX_UNAVAILABLE, "the simulator did not answer");
    else if (strcmp(text.bytes, "ok") != 0)
        good = fail_set(fail, EX_DATAERR, "%.900s", text.bytes);
    text_release(&text);
    return good;
}

bool admin_tell(const char *path, const char *command, struct fail *fail)
{
    struct sockaddr_un address;
    int connection;
    bool good;

    if (!address_of(path, &address, fail))
        return false;
    connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0 ||
        connect(connection, (const struct sockaddr *)&address, sizeof(address)) != 0)
        good = fail_set(fail, EX_UNAVAILABLE, "could not connect to \"%s\": %s", path,
                        strerror(errno));
    else
        good = converse(connection, command, fail);
    if (connection >= 0)
        (void)close(connection);
    return good;
}
