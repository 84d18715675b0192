/* wxpay-sim: see wxpay-sim(1). */
#include "admin.h"
#include "files.h"
#include "options.h"
#include "request_log.h"
#include "server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

/* SIGTERM and SIGINT come as a readable descriptor, so that there is one place that waits. */
static int signals_open(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Replies held back keep their connections: as many as the machine allows. */
static void raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

enum { IDLE_ROUNDS_MAX = 2 };

/* While a handshake of TLS waits for its peer, libmicrohttpd always wants to go on at once: whoever
 * does that takes a processor away from the program that is tried out. */
static int pause_ms(const struct server *server, int idle_rounds)
{
    int timeout_ms = server_timeout_ms(server);

    return timeout_ms == 0 && idle_rounds == IDLE_ROUNDS_MAX ? 1 : timeout_ms;
}

static bool wait_and_serve(struct server *server, struct sim *sim, int signals, int admin,
                           struct fail *fail)
{
    struct pollfd waited[] = {
        {.fd = server->poll_fd, .events = POLLIN},
        {.fd = signals, .events = POLLIN},
        {.fd = admin, .events = POLLIN},
    };
    int idle_rounds = 0;

    while (!sim->quitting) {
        int ready = poll(waited, sizeof(waited) / sizeof(waited[0]), pause_ms(server, idle_rounds));

        if (ready < 0 && errno != EINTR)
            return fail_set(fail, EX_OSERR, "could not wait: %s", strerror(errno));
        if (ready != 0)
            idle_rounds = 0;
        else if (idle_rounds < IDLE_ROUNDS_MAX)
            idle_rounds++;
        server_run(server);
        if ((waited[1].revents & POLLIN) != 0)
            sim->quitting = true;
        if (admin >= 0 && (waited[2].revents & POLLIN) != 0)
            admin_serve(admin, sim);
    }
    return true;
}

static bool announce(const struct server *server, const char *ready, struct fail *fail)
{
    struct text line = {0};
    bool written;

    text_printf(&line, "https://localhost:%u\n", (unsigned int)server->port);
    written = file_write(ready, line.bytes, line.size, 0644, fail);
    text_release(&line);
    return written;
}

static bool prepare(struct sim *sim, const struct sim_options *options, struct fail *fail)
{
    sim->world_path = options->world;
    sim->faults_path = options->faults;
    sim->seed = options->seed;
    sim->latency_ms = (int64_t)options->latency_ms;
    sim->no_limits = options->no_limits;
    if (options->url != NULL)
        text_printf(&sim->base_url, "%s", options->url);
    sim->rng = rng_named(options->seed, "replies");
    if (options->has_now)
        sim_clock_set(&sim->clock, options->now);
    if (options->log != NULL && (sim->log = request_log_open(options->log, fail)) == NULL)
        return false;
    sim->keys = keys_open(options->state, sim_clock_now(&sim->clock), fail);
    return sim->keys != NULL && journal_open(&sim->journal, options->state, fail) &&
           sim_reload(sim, fail);
}

static bool serve(struct sim *sim, const struct sim_options *options, int signals,
                  struct fail *fail)
{
    struct server server = {0};
    int admin = -1;
    bool good;

    if (options->admin != NULL && (admin = admin_open(options->admin, fail)) < 0)
        return false;
    good = server_open(&server, sim, fail) && announce(&server, options->ready, fail) &&
           wait_and_serve(&server, sim, signals, admin, fail);
    server_close(&server);
    admin_close(admin, options->admin);
    (void)unlink(options->ready);
    return good;
}

static bool run(const struct sim_options *options, struct fail *fail)
{
    struct sim sim = {.journal = {.file = -1}};
    int signals = signals_open();
    bool good;

    if (signals < 0)
        return fail_set(fail, EX_OSERR, "could not watch signals: %s", strerror(errno));
    raise_file_limit();
    /* Whoever waits for the address must not find the one of an earlier run. */
    (void)unlink(options->ready);
    good = prepare(&sim, options, fail) && serve(&sim, options, signals, fail);
    sim_release(&sim);
    (void)close(signals);
    return good;
}

static bool tell(const struct sim_options *options, struct fail *fail)
{
    if (!admin_tell(options->admin, options->tell, fail))
        return false;
    puts("ok");
    return true;
}

int main(int argc, char *argv[])
{
    struct sim_options options;
    struct fail fail;
    bool good = sim_options_read(argc, argv, &options, &fail);

    if (good && options.help)
        sim_options_print_help();
    else if (good && options.version)
        puts("wxpay-sim " SIM_VERSION);
    else if (good && options.tell != NULL)
        good = tell(&options, &fail);
    else if (good)
        good = run(&options, &fail);
    if (good)
        return 0;
    (void)fprintf(stderr, "wxpay-sim: %s\n", fail.text);
    return fail.exit_code;
}
