/* The simulator's time: frozen where it was last set, or the machine's own, moved by what it was
 * advanced. */
#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct sim_clock {
    bool frozen;
    int64_t frozen_at;
    int64_t ahead_s; /* of the machine, when not frozen */
};

int64_t sim_clock_now(const struct sim_clock *clock);
void sim_clock_set(struct sim_clock *clock, int64_t instant);
void sim_clock_advance(struct sim_clock *clock, int64_t seconds);

#endif
