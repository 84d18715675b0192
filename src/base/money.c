#include "base/money.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

/* Amounts of one bill or sum stay far below; the bound keeps fee_of free of overflow. */
#define VALUE_MAX (INT64_C(1) << 50)

bool money_add(struct money *sum, struct money amount)
{
    int64_t fen;

    if (__builtin_add_overflow(sum->fen, amount.fen, &fen))
        return false;
    sum->fen = fen;
    return true;
}

bool money_subtract(struct money *sum, struct money amount)
{
    int64_t fen;

    if (__builtin_sub_overflow(sum->fen, amount.fen, &fen))
        return false;
    sum->fen = fen;
    return true;
}

bool fee_add(struct fee *sum, struct fee amount)
{
    int64_t millifen;

    if (__builtin_add_overflow(sum->millifen, amount.millifen, &millifen))
        return false;
    sum->millifen = millifen;
    return true;
}

/* Digits at `*at` up to `end` into `*value`; how many there were. The value saturates above
 * VALUE_MAX. */
static int digits_take(const char **at, const char *end, int64_t *value)
{
    const char *start = *at;

    while (*at < end && **at >= '0' && **at <= '9') {
        if (*value <= VALUE_MAX)
            *value = *value * 10 + (**at - '0');
        (*at)++;
    }
    return (int)(*at - start);
}

/* The decimals after the point, scaled to `decimals` digits; digits beyond that must be zeros. */
static bool fraction_take(const char **at, const char *end, int decimals, int64_t *value)
{
    int count = 0;

    if (*at == end)
        return false;
    for (; *at < end; (*at)++, count++) {
        char c = **at;

        if (c < '0' || c > '9' || (count >= decimals && c != '0'))
            return false;
        if (count < decimals)
            *value = *value * 10 + (c - '0');
    }
    for (; count < decimals; count++)
        *value *= 10;
    return true;
}

static bool decimal_parse(struct view text, int decimals, int64_t *ret_value)
{
    const char *at = text.at;
    const char *end = text.at + text.length;
    bool negative = text.length > 0 && *at == '-';
    int64_t value = 0;
    int64_t scale = 1;

    if (negative)
        at++;
    for (int i = 0; i < decimals; i++)
        scale *= 10;
    if (at == end || digits_take(&at, end, &value) == 0 || value > VALUE_MAX / scale)
        return false;
    if (at < end && *at == '.') {
        at++;
        if (!fraction_take(&at, end, decimals, &value))
            return false;
    } else {
        value *= scale;
    }
    if (at != end || value > VALUE_MAX)
        return false;
    *ret_value = negative ? -value : value;
    return true;
}

bool money_parse(struct view text, struct money *ret_money)
{
    return decimal_parse(text, 2, &ret_money->fen);
}

bool fee_parse(struct view text, struct fee *ret_fee)
{
    return decimal_parse(text, 5, &ret_fee->millifen);
}

bool rate_parse(struct view text, struct ppm *ret_rate)
{
    if (text.length == 0 || text.at[text.length - 1] != '%')
        return false;
    return decimal_parse(view_from(text.at, text.length - 1), 4, &ret_rate->value);
}

static struct money_text decimal_text(int64_t value, int decimals, const char *tail)
{
    struct money_text text;
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    uint64_t scale = 1;

    for (int i = 0; i < decimals; i++)
        scale *= 10;
    (void)snprintf(text.s, sizeof(text.s), "%s%" PRIu64 ".%0*" PRIu64 "%s", value < 0 ? "-" : "",
                   magnitude / scale, decimals, magnitude % scale, tail);
    return text;
}

struct money_text money_text(struct money money)
{
    return decimal_text(money.fen, 2, "");
}

struct money_text fee_text(struct fee fee)
{
    return decimal_text(fee.millifen, 5, "");
}

struct money_text rate_text(struct ppm rate)
{
    return rate.value % 100 == 0 ? decimal_text(rate.value / 100, 2, "%")
                                 : decimal_text(rate.value, 4, "%");
}

/* value / divisor, half away from zero. */
static int64_t divide_round(int64_t value, int64_t divisor)
{
    int64_t half = divisor / 2;
    int64_t rest = value % divisor;

    if (rest >= half && rest > 0)
        return value / divisor + 1;
    if (-rest >= half && rest < 0)
        return value / divisor - 1;
    return value / divisor;
}

bool money_share(struct money amount, struct ppm rate, struct money *ret_share)
{
    int64_t product;

    if (__builtin_mul_overflow(amount.fen, rate.value, &product))
        return false;
    ret_share->fen = divide_round(product, 1000000);
    return true;
}

struct money fee_round(struct fee fee)
{
    return (struct money){divide_round(fee.millifen, 1000)};
}

struct fee fee_of(struct money money)
{
    int64_t millifen;
    bool overflow = __builtin_mul_overflow(money.fen, 1000, &millifen);

    assert(!overflow);
    return (struct fee){millifen};
}
