/* Where "now" comes from: the machine, or a fixed instant given by --now for tests and the demo.
 * Passed down, never global. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/date.h"

struct clock {
    bool fixed;
    struct instant at; /* only when fixed */
};

struct instant clock_now(const struct clock *clock);

/* Monotonic time of this process, for durations. Not affected by `fixed`. */
int64_t clock_elapsed_us(void);

#endif
