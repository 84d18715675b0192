#include "base/failpoint.h"

#include "base/view.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

void failpoint_hit(const char *name)
{
    /* The one counter that outlives a call: the n-th hit is a fact of the process. */
    static atomic_int hits;
    const char *wanted = getenv("PAYRECON_FAILPOINT");
    struct view rest, wanted_name;
    int64_t wanted_hit = 0;

    if (wanted == NULL)
        return;
    rest = view_of(wanted);
    if (!view_take(&rest, ':', &wanted_name) || !view_equal_text(wanted_name, name) ||
        !view_to_int64(rest, 1, INT32_MAX, &wanted_hit))
        return;
    if (atomic_fetch_add(&hits, 1) + 1 == wanted_hit)
        (void)raise(SIGKILL);
}
