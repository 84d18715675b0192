#include "refund_state.h"

#include "civil.h"
#include "fee.h"
#include "rng.h"

#include <string.h>

static enum refund_status status_of_end(enum refund_end end)
{
    switch (end) {
    case REFUND_END_ABNORMAL:
        return REFUND_ABNORMAL;
    case REFUND_END_CLOSED:
        return REFUND_CLOSED;
    case REFUND_END_PROCESSING:
        return REFUND_PROCESSING;
    case REFUND_END_DEFAULT:
    case REFUND_END_SUCCESS:
    case REFUND_END_REFUSED:
        return REFUND_SUCCESS;
    }
    return REFUND_PROCESSING;
}

enum refund_status refund_status_at(const struct refund *refund, int64_t time)
{
    if (time >= refund->abnormal_at)
        return time - refund->abnormal_at >= REFUND_RESCUED_AFTER_S ? REFUND_SUCCESS
                                                                    : REFUND_PROCESSING;
    if (refund->funded_at > time)
        return time - refund->time > REFUND_FUNDING_MAX_S ? REFUND_CLOSED : REFUND_PROCESSING;
    return time - refund->funded_at >= refund->after_s ? status_of_end(refund->ends)
                                                       : REFUND_PROCESSING;
}

int64_t refund_settled_at(const struct refund *refund, int64_t time)
{
    if (time >= refund->abnormal_at)
        return refund->abnormal_at + REFUND_RESCUED_AFTER_S;
    if (refund->funded_at > time)
        return refund->time + REFUND_FUNDING_MAX_S;
    return refund->funded_at + refund->after_s;
}

const char *refund_status_name(enum refund_status status)
{
    static const char *const names[] = {
        [REFUND_PROCESSING] = "PROCESSING",
        [REFUND_SUCCESS] = "SUCCESS",
        [REFUND_ABNORMAL] = "ABNORMAL",
        [REFUND_CLOSED] = "CLOSED",
    };

    return names[status];
}

const char *refund_status_bill_word(enum refund_status status)
{
    static const char *const words[] = {
        [REFUND_PROCESSING] = "PROCESSING",
        [REFUND_SUCCESS] = "SUCCESS",
        [REFUND_ABNORMAL] = "CHANGE",
        [REFUND_CLOSED] = "FAIL",
    };

    return words[status];
}

bool payment_from_balance(const struct payment *payment)
{
    return strcmp(payment->bank, "CFT") == 0 || strcmp(payment->bank, "OTHERS") == 0;
}

/* 1970-01-01 was a Thursday; holidays are not known here. */
static bool is_weekend(int32_t day)
{
    int32_t weekday = (day % 7 + 7) % 7;

    return weekday == 2 || weekday == 3;
}

int64_t refund_usual_after_s(const struct refund *refund, uint64_t seed)
{
    enum { BALANCE_MIN_S = 2, BALANCE_MAX_S = 300, WORKING_DAYS_MAX = 3 };
    struct rng rng = rng_named(seed, refund->refund_id);
    int32_t day = day_of(refund->time);

    if (payment_from_balance(refund->payment))
        return BALANCE_MIN_S + (int64_t)rng_below(&rng, BALANCE_MAX_S - BALANCE_MIN_S + 1);
    for (uint64_t left = 1 + rng_below(&rng, WORKING_DAYS_MAX); left > 0; left--) {
        day++;
        while (is_weekend(day))
            day++;
    }
    return (int64_t)(day - day_of(refund->time)) * DAY_S;
}

void refund_share(struct refund *refund, int64_t rate_ppm, struct refund *before)
{
    const struct payment *payment = refund->payment;
    int64_t refunded = before->refund_fen + refund->refund_fen;
    int64_t discount = share_of(payment->discount_fen, refunded, payment->total_fen);
    int64_t settled = refunded - discount;

    refund->discount_fen = discount - before->discount_fen;
    refund->settlement_fen = settled - before->settlement_fen;
    refund->coupon_fen =
        share_of(payment->coupon_fen, refunded, payment->total_fen) - before->coupon_fen;
    refund->fee_fen =
        payment->fee_fen - fee_of(payment->settlement_fen - settled, rate_ppm) - before->fee_fen;
    before->refund_fen = refunded;
    before->discount_fen = discount;
    before->settlement_fen = settled;
    before->coupon_fen += refund->coupon_fen;
    before->fee_fen += refund->fee_fen;
}

int64_t refund_outlay_fen(const struct refund *refund, enum fund_style style)
{
    return refund->settlement_fen - (style == FUND_STYLE_NET ? refund->fee_fen : 0);
}
