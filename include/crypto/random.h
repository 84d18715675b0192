/* Unpredictable values from the system's generator. Without one the process ends (exit code 70): no
 * key or nonce is ever made from something weaker. */
#ifndef CRYPTO_RANDOM_H
#define CRYPTO_RANDOM_H

#include <stdint.h>

enum { NONCE_LENGTH = 32 };

struct nonce_text {
    char s[NONCE_LENGTH + 1]; /* upper-case hex */
};

struct nonce_text random_nonce(void);

/* Evenly from [0, limit); limit > 0. */
uint32_t random_below(uint32_t limit);

#endif
