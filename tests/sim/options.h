/* The command line of wxpay-sim. */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include "fail.h"

#include <stdint.h>

#ifndef SIM_VERSION /* the Makefile gives the release */
#define SIM_VERSION "0"
#endif

struct sim_options {
    const char *state;
    const char *world;
    const char *faults;
    const char *ready;
    const char *url;
    const char *log;
    const char *admin;
    const char *tell;
    bool has_now;
    int64_t now;
    uint64_t seed;
    uint64_t latency_ms;
    bool no_limits;
    bool help;
    bool version;
};

bool sim_options_read(int argc, char *argv[], struct sim_options *options, struct fail *fail);

/* To standard output. */
void sim_options_print_help(void);

/* Also for wxpay-world: a whole number from lowest to highest. */
bool option_number(const char *name, const char *text, uint64_t lowest, uint64_t highest,
                   uint64_t *ret_number, struct fail *fail);

#endif
