#include "fee.h"

#include <string.h>

bool rate_parse(const char *text, int64_t *ret_rate_ppm)
{
    int64_t rate = 0;
    int decimals = -1;
    const char *at = text;

    for (; *at != '%'; at++) {
        if (*at == '.' && decimals < 0 && at > text) {
            decimals = 0;
            continue;
        }
        if (*at < '0' || *at > '9' || decimals == 4 || rate > RATE_PPM_ONE)
            return false;
        rate = rate * 10 + (*at - '0');
        decimals += decimals >= 0 ? 1 : 0;
    }
    if (at == text || at[1] != '\0' || decimals == 0)
        return false;
    for (decimals = decimals < 0 ? 0 : decimals; decimals < 4; decimals++)
        rate *= 10;
    if (rate > RATE_PPM_ONE)
        return false;
    *ret_rate_ppm = rate;
    return true;
}

/* 128 bits: the product of two amounts of fen may not fit into 64. */
__extension__ typedef __int128 wide;

static int64_t divided_half_up(wide numerator, int64_t denominator)
{
    return (int64_t)((2 * numerator + denominator) / (2 * (wide)denominator));
}

int64_t fee_of(int64_t settlement_fen, int64_t rate_ppm)
{
    return divided_half_up((wide)settlement_fen * rate_ppm, RATE_PPM_ONE);
}

int64_t share_of(int64_t amount_fen, int64_t part_fen, int64_t whole_fen)
{
    return whole_fen == 0 ? 0 : divided_half_up((wide)amount_fen * part_fen, whole_fen);
}
