/* Why something failed: one line for people and the exit code (sysexits) a program should end with.
 */
#ifndef SIM_FAIL_H
#define SIM_FAIL_H

#include <stdbool.h>

struct fail {
    int exit_code;
    char text[1024];
};

/* Always returns false, so that a check can end in `return fail_set(…)`. */
bool fail_set(struct fail *fail, int exit_code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
