#include "base/failpoint.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "child.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { HITS = 5 };

/* Passes "commit" HITS times with another point in between, and says each time that it lives. */
static void pass(void *context)
{
    if (context == NULL)
        (void)unsetenv("PAYRECON_FAILPOINT");
    else
        (void)setenv("PAYRECON_FAILPOINT", context, 1);
    for (int i = 0; i < HITS; i++) {
        failpoint_hit("rename");
        failpoint_hit("commit");
        (void)!write(STDERR_FILENO, ".", 1);
    }
}

static const struct {
    const char *armed;
    int lives; /* hits survived; HITS: never killed */
} CASES[] = {
    {NULL, HITS},        {"", HITS},
    {"commit:1", 0},     {"commit:2", 1},
    {"commit:5", 4},     {"commit:6", HITS},
    {"commit:0", HITS},  {"commit", HITS},
    {"commit:", HITS},   {"commit:x", HITS},
    {"commit:-1", HITS}, {"commi:1", HITS},
    {"commit2:1", HITS}, {"rename:3", 2},
    {":1", HITS},        {"commit:99999999999999999999", HITS},
};

static void kills_at_the_nth_hit(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(CASES); i++) {
        char armed[64];
        struct child_end end;

        (void)snprintf(armed, sizeof(armed), "%s", CASES[i].armed == NULL ? "" : CASES[i].armed);
        end = child_run(pass, CASES[i].armed == NULL ? NULL : armed);
        assert_int_equal(end.signal, CASES[i].lives < HITS ? SIGKILL : 0);
        assert_int_equal(strlen(end.errors), CASES[i].lives);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kills_at_the_nth_hit),
    };
    return cmocka_run_group_tests_name("base/failpoint", tests, NULL, NULL);
}
