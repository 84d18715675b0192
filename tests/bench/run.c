/* bench-run: runs a command and measures it from outside.
 *
 *     bench-run --out FILE [--server PID] -- COMMAND [ARGUMENT]…
 *
 * writes one line to FILE: wall, CPU of the command, CPU of the PostgreSQL server meanwhile (all in
 * microseconds) and the command's peak memory in KiB, separated by tabs. The server's CPU is that
 * of the process PID and its children, those that ended meanwhile included; it has the clock tick
 * of /proc as its grain. Ends with the command's exit code, 70 when it cannot be run. */
#include "base/clock.h"
#include "base/options.h"
#include "base/view.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STAT_SIZE = 1024, SETTLE_TRIES = 200, SETTLE_US = 10000 };

/* Fields of /proc/<pid>/stat behind the name, which may hold blanks; the parent is field 4 there.
 */
enum { STAT_PARENT = 4, STAT_USER = 14, STAT_SYSTEM, STAT_ENDED_USER, STAT_ENDED_SYSTEM };

/* One process of the server. */
struct server_process {
    int64_t parent;
    int64_t ticks;       /* its own */
    int64_t ended_ticks; /* of children that it has waited for */
};

struct server_use {
    int64_t ticks;
    int64_t children;
};

static void die(const char *what)
{
    perror(what);
    exit(EXIT_INTERNAL);
}

static bool process_read(const char *pid, struct server_process *ret_process)
{
    char path[64], text[STAT_SIZE];
    int64_t fields[STAT_ENDED_SYSTEM + 1] = {0};
    FILE *file;
    struct view rest, word;

    snprintf(path, sizeof(path), "/proc/%s/stat", pid);
    file = fopen(path, "r");
    if (file == NULL)
        return false;
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    if (strrchr(text, ')') == NULL)
        return false;
    rest = view_trim(view_of(strrchr(text, ')') + 1));
    for (int field = 3; field <= STAT_ENDED_SYSTEM && view_take(&rest, ' ', &word); field++)
        view_to_int64(word, 0, INT64_MAX, &fields[field]);
    ret_process->parent = fields[STAT_PARENT];
    ret_process->ticks = fields[STAT_USER] + fields[STAT_SYSTEM];
    ret_process->ended_ticks = fields[STAT_ENDED_USER] + fields[STAT_ENDED_SYSTEM];
    return true;
}

static struct server_use server_use(const char *pid)
{
    struct server_use use = {0};
    struct server_process process;
    struct view number;
    int64_t parent;
    DIR *folder;

    if (pid == NULL)
        return use;
    number = view_of(pid);
    if (!view_to_int64(number, 1, INT32_MAX, &parent) || !process_read(pid, &process)) {
        fprintf(stderr, "bench-run: there is no process %s\n", pid);
        exit(EXIT_USAGE_ERROR);
    }
    use.ticks = process.ticks + process.ended_ticks;
    folder = opendir("/proc");
    if (folder == NULL)
        die("bench-run: could not open /proc");
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (!isdigit((unsigned char)entry->d_name[0]) || !process_read(entry->d_name, &process) ||
            process.parent != parent)
            continue;
        use.ticks += process.ticks + process.ended_ticks;
        use.children++;
    }
    closedir(folder);
    return use;
}

/* A backend ends a moment after its client; its time only counts once the server has waited for it,
 * so this waits until there are as few children as before. */
static struct server_use server_use_settled(const char *pid, struct server_use before)
{
    struct server_use after = server_use(pid);

    for (int i = 0; i < SETTLE_TRIES && after.children > before.children; i++) {
        usleep(SETTLE_US);
        after = server_use(pid);
    }
    return after;
}

static int64_t microseconds(struct timeval time)
{
    return (int64_t)time.tv_sec * INSTANT_SECOND + (int64_t)time.tv_usec;
}

static int run(char *const command[], struct rusage *ret_usage)
{
    int status;
    pid_t child = fork();

    if (child < 0)
        die("bench-run: could not fork");
    if (child == 0) {
        execvp(command[0], command);
        perror(command[0]);
        _exit(EXIT_INTERNAL);
    }
    if (wait4(child, &status, 0, ret_usage) < 0)
        die("bench-run: could not wait");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char *argv[])
{
    const char *out = NULL, *server = NULL;
    const struct option_row options[] = {
        {"out", 'o', OPTION_TEXT, &out, NULL, "FILE", "where the measurement goes"},
        {"server", 's', OPTION_TEXT, &server, NULL, "PID", "PostgreSQL's first process"},
    };
    struct option_words words;
    struct err err = ERR_INIT;
    int own = 1;

    /* what follows the first -- is the command's */
    while (own < argc && strcmp(argv[own], "--") != 0)
        own++;
    if (!options_parse(options, 2, own, argv, &words, &err) || out == NULL || own + 1 >= argc) {
        fprintf(stderr, "usage: bench-run --out FILE [--server PID] -- COMMAND [ARGUMENT]...\n");
        return EXIT_USAGE_ERROR;
    }

    struct server_use before = server_use(server);
    int64_t begun_us = clock_elapsed_us();
    struct rusage usage;
    int code = run(argv + own + 1, &usage);
    int64_t wall_us = clock_elapsed_us() - begun_us;
    struct server_use after = server_use_settled(server, before);
    FILE *file = fopen(out, "w");

    if (file == NULL)
        die(out);
    fprintf(file, "%lld\t%lld\t%lld\t%ld\n", (long long)wall_us,
            (long long)(microseconds(usage.ru_utime) + microseconds(usage.ru_stime)),
            (long long)((after.ticks - before.ticks) * INSTANT_SECOND / sysconf(_SC_CLK_TCK)),
            usage.ru_maxrss);
    if (fclose(file) != 0)
        die(out);
    return code;
}
