#include "rng.h"

#include <string.h>

uint64_t rng_next(struct rng *rng)
{
    uint64_t mixed = (rng->state += 0x9e3779b97f4a7c15U);

    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31);
}

struct rng rng_named(uint64_t seed, const char *name)
{
    struct rng rng = {seed};

    for (; *name != '\0'; name++)
        rng.state = rng_next(&rng) ^ (unsigned char)*name;
    (void)rng_next(&rng);
    return rng;
}

uint64_t rng_below(struct rng *rng, uint64_t limit)
{
    /* Drops the last, incomplete run of the range, so that no value is favoured. */
    uint64_t refused = UINT64_MAX - UINT64_MAX % limit;
    uint64_t drawn;

    do {
        drawn = rng_next(rng);
    } while (drawn >= refused);
    return drawn % limit;
}

void rng_text(struct rng *rng, const char *alphabet, size_t count, char *out)
{
    size_t letters = strlen(alphabet);

    for (size_t at = 0; at < count; at++)
        out[at] = alphabet[rng_below(rng, letters)];
    out[count] = '\0';
}
