#include "fee.h"

#include <string.h>

/* Digits up to the end of the number; *ret_count is how many there are. */
static const char *digits_read(const char *text, int64_t *number, int *ret_count)
{
    *ret_count = 0;
    for (; *text >= '0' && *text <= '9' && *number <= RATE_PPM_ONE; text++) {
        *number = *number * 10 + (*text - '0');
        (*ret_count)++;
    }
    return text;
}

bool rate_parse(const char *text, int64_t *ret_rate_ppm)
{
    int64_t rate = 0;
    int whole;
    int decimals = 0;

    text = digits_read(text, &rate, &whole);
    if (*text == '.') {
        text = digits_read(text + 1, &rate, &decimals);
        if (decimals < 1 || decimals > 4)
            return false;
    }
    if (whole == 0 || strcmp(text, "%") != 0)
        return false;
    for (; decimals < 4; decimals++)
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
