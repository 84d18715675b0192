/* Runs a function in a child process and says how that ended. For what ends a process on purpose.
 */
#ifndef TEST_BASE_CHILD_H
#define TEST_BASE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct child_end {
    int code;   /* -1: ended by a signal */
    int signal; /* 0: ended by itself */
    char errors[512];
};

/* Code 0 when the function returns. */
static inline struct child_end child_run(void (*function)(void *context), void *context)
{
    struct child_end end = {.code = -1};
    size_t length = 0;
    int ends[2], status = 0;
    ssize_t got;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit none = {0, 0};

        (void)setrlimit(RLIMIT_CORE, &none);
        (void)dup2(ends[1], STDERR_FILENO);
        function(context);
        _exit(0);
    }
    (void)close(ends[1]);
    while ((got = read(ends[0], end.errors + length, sizeof(end.errors) - 1 - length)) > 0)
        length += (size_t)got;
    (void)close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status))
        end.code = WEXITSTATUS(status);
    else
        end.signal = WTERMSIG(status);
    return end;
}

#endif
