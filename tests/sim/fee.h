/* WeChat Pay's fee and what a partial refund gives back (FACTS §10.1). Whole fen, no floating
 * point. */
#ifndef SIM_FEE_H
#define SIM_FEE_H

#include <stdbool.h>
#include <stdint.h>

/* A rate of 1 (100 %) in parts per million. */
enum { RATE_PPM_ONE = 1000000 };

/* `0.60%` → 6000. At most four decimals and 100 %. */
bool rate_parse(const char *text, int64_t *ret_rate_ppm);

/* amount × rate, half up to the fen; amount ≥ 0. */
int64_t fee_of(int64_t settlement_fen, int64_t rate_ppm);

/* part × amount ÷ whole, half up; 0 when whole is 0. */
int64_t share_of(int64_t amount_fen, int64_t part_fen, int64_t whole_fen);

#endif
