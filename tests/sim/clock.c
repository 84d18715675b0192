#include "clock.h"

#include <stdlib.h>
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

int64_t clock_machine_ms(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        abort();
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
