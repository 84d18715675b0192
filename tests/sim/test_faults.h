/* For tests about fault scripts. */
#ifndef SIM_TEST_FAULTS_H
#define SIM_TEST_FAULTS_H

#include "faults.h"
#include "test_world.h"

/* The rules of a script that has to be good; the caller frees them. */
static inline struct faults *faults_of(const char *script)
{
    char *path = temporary_file(script);
    struct fail fail = {0};
    struct faults *faults = faults_load(path, &fail);

    if (faults == NULL)
        fail_msg("%s", fail.text);
    remove_file(path);
    return faults;
}

#endif
