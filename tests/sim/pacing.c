#include "pacing.h"

#include "alloc.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <time.h>

int64_t pacing_now_ms(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        abort();
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void pacing_hold(struct pacing *pacing, struct MHD_Connection *connection, int64_t due_ms)
{
    MHD_suspend_connection(connection);
    pacing->held =
        alloc_grow(pacing->held, &pacing->room, pacing->count + 1, sizeof(*pacing->held));
    pacing->held[pacing->count++] = (struct held_connection){connection, due_ms};
}

void pacing_release_due(struct pacing *pacing, int64_t now_ms)
{
    size_t kept = 0;

    for (size_t at = 0; at < pacing->count; at++) {
        if (pacing->held[at].due_ms <= now_ms)
            MHD_resume_connection(pacing->held[at].connection);
        else
            pacing->held[kept++] = pacing->held[at];
    }
    pacing->count = kept;
}

int pacing_timeout_ms(const struct pacing *pacing, int64_t now_ms, int timeout_ms)
{
    for (size_t at = 0; at < pacing->count; at++) {
        int64_t left_ms = pacing->held[at].due_ms - now_ms;

        if (left_ms < 0)
            left_ms = 0;
        if (timeout_ms < 0 || left_ms < timeout_ms)
            timeout_ms = (int)left_ms;
    }
    return timeout_ms;
}

void pacing_close(struct pacing *pacing)
{
    pacing_release_due(pacing, INT64_MAX);
    free(pacing->held);
    *pacing = (struct pacing){0};
}
