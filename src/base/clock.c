#include "base/clock.h"

#include <assert.h>
#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec now;
    int failed = clock_gettime(id, &now);

    assert(failed == 0);
    return (int64_t)now.tv_sec * INSTANT_SECOND + now.tv_nsec / 1000;
}

struct instant clock_now(const struct clock *clock)
{
    return clock->fixed ? clock->at : (struct instant){read_us(CLOCK_REALTIME)};
}

int64_t clock_elapsed_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}
