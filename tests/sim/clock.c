#include "clock.h"

#include <time.h>

int64_t sim_clock_now(const struct sim_clock *clock)
{
    return clock->frozen ? clock->frozen_at : (int64_t)time(NULL);
}

void sim_clock_set(struct sim_clock *clock, int64_t instant)
{
    clock->frozen = true;
    clock->frozen_at = instant;
}
