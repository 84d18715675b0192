/* Money as integers: `struct money` counts fen (1/100 yuan), `struct fee` counts 1/1000 fen (WeChat
 * Pay prints fees with five decimals of a yuan, FACTS §3.7). They are structs so that neither a
 * count nor the other unit slips in.
 *
 * Sums are checked: adding returns false on overflow and leaves the target alone. Nothing here
 * rounds unless its name says so. */
#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include "base/view.h"

struct money {
    int64_t fen;
};

struct fee {
    int64_t millifen;
};

/* A share in parts of a million: 0.60 % is 6000 ppm. */
struct ppm {
    int64_t value;
};

struct money_text {
    char s[32];
};

bool money_add(struct money *sum, struct money amount) __attribute__((warn_unused_result));
bool money_subtract(struct money *sum, struct money amount) __attribute__((warn_unused_result));
bool fee_add(struct fee *sum, struct fee amount) __attribute__((warn_unused_result));

/* Decimal yuan as in bills: optional '-', digits, optional '.' and digits; "0", "0.0", "45.0",
 * "10.00", "-0.02". More decimals than the unit has are accepted only when they are zeros. No
 * blanks, no '+', no thousands separators, at least one digit before the point. */
bool money_parse(struct view text, struct money *ret_money);
bool fee_parse(struct view text, struct fee *ret_fee);

/* "0.60%" to 6000. At most four decimals. */
bool rate_parse(struct view text, struct ppm *ret_rate);

struct money_text money_text(struct money money); /* "-12.30" */
struct money_text fee_text(struct fee fee);       /* "-0.02000" */
struct money_text rate_text(struct ppm rate);     /* "0.60%", four decimals where needed */

/* amount × rate, half away from zero, to whole fen. False on overflow. */
bool money_share(struct money amount, struct ppm rate, struct money *ret_share);

/* Whole fen of a fee, half away from zero. */
struct money fee_round(struct fee fee);
struct fee fee_of(
    struct money money); /* asserts that it fits; amounts are below 2^50 fen by their parser */

#endif
