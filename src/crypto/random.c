#include "crypto/random.h"

#include "base/err.h"

#include <openssl/rand.h>

#include <assert.h>
#include <stdio.h>
#include <unistd.h>

static void random_fill(unsigned char *at, int length)
{
    if (RAND_bytes(at, length) == 1)
        return;
    fputs("payrecon: no random bytes to be had\n", stderr);
    _exit(EXIT_INTERNAL);
}

struct nonce_text random_nonce(void)
{
    static const char digits[] = "0123456789ABCDEF";
    unsigned char bytes[NONCE_LENGTH / 2];
    struct nonce_text text = {.s = ""};

    random_fill(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        text.s[2 * i] = digits[bytes[i] >> 4];
        text.s[2 * i + 1] = digits[bytes[i] & 0xf];
    }
    return text;
}

uint32_t random_below(uint32_t limit)
{
    assert(limit > 0);
    /* Values of the last, incomplete round would make small results likelier. */
    uint32_t round_end = UINT32_MAX - UINT32_MAX % limit;
    uint32_t value;
    do {
        unsigned char bytes[sizeof value];
        random_fill(bytes, sizeof bytes);
        value = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
                bytes[3];
    } while (value >= round_end);
    return value % limit;
}
