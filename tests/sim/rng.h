/* Seeded pseudo-random numbers (splitmix64): the same seed gives the same bytes everywhere. Not for
 * secrets. */
#ifndef SIM_RNG_H
#define SIM_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

/* A stream of its own for each (seed, name): drawing from one does not move another. */
struct rng rng_named(uint64_t seed, const char *name);

uint64_t rng_next(struct rng *rng);

/* 0 … limit-1; limit > 0. */
uint64_t rng_below(struct rng *rng, uint64_t limit);

/* Fills with characters of `alphabet` and ends with a terminator: `out` holds count+1. */
void rng_text(struct rng *rng, const char *alphabet, size_t count, char *out);

#define RNG_DIGITS "0123456789"
#define RNG_HEX "0123456789abcdef"
#define RNG_UPPER_HEX "0123456789ABCDEF"
#define RNG_ALNUM "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

#endif
