/* The simulator's time: frozen where it was last set, or the machine's own. */
#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct sim_clock {
    bool frozen;
    int64_t frozen_at;
};

int64_t sim_clock_now(const struct sim_clock *clock);
void sim_clock_set(struct sim_clock *clock, int64_t instant);

/* Milliseconds of the machine's clock that only runs forward: --now does not stop it. */
int64_t clock_machine_ms(void);

#endif
