#include "clock.h"

#include <time.h>

int64_t sim_clock_now(const struct sim_clock *clock)
{
    return clock->frozen ? clock->frozen_at : (int64_t)time(NULL) + clock->ahead_s;
}

void sim_clock_set(struct sim_clock *clock, int64_t instant)
{
    clock->frozen = true;
    clock->frozen_at = instant;
}

void sim_clock_advance(struct sim_clock *clock, int64_t seconds)
{
    if (clock->frozen)
        clock->frozen_at += seconds;
    else
        clock->ahead_s += seconds;
}
