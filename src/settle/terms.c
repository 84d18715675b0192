#include "settle/terms.h"

#include <assert.h>

/* Products of an amount in 1/1000 fen and a share, or of a fee and an amount, leave 64 bits. */
__extension__ typedef __int128 wide;

static const int64_t PPM = 1000000;

static const char *const bearer_names[] = {
    [FEE_BEARER_STORE] = "STORE",
    [FEE_BEARER_OPERATOR] = "OPERATOR",
    [FEE_BEARER_PRO_RATA] = "PRO_RATA",
};

static const char *const cycle_names[] = {
    [SETTLE_CYCLE_DAY] = "DAY",
    [SETTLE_CYCLE_WEEK] = "WEEK",
    [SETTLE_CYCLE_MONTH] = "MONTH",
};

static bool find_name(const char *const *names, size_t count, struct view name, size_t *ret_index)
{
    for (size_t i = 0; i < count; i++) {
        if (view_equal_text(name, names[i])) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

const char *fee_bearer_name(enum fee_bearer bearer)
{
    return bearer_names[bearer];
}

bool fee_bearer_by_name(struct view name, enum fee_bearer *ret_bearer)
{
    size_t index;

    if (!find_name(bearer_names, sizeof(bearer_names) / sizeof(bearer_names[0]), name, &index))
        return false;
    *ret_bearer = (enum fee_bearer)index;
    return true;
}

const char *settle_cycle_name(enum settle_cycle cycle)
{
    return cycle_names[cycle];
}

bool settle_cycle_by_name(struct view name, enum settle_cycle *ret_cycle)
{
    size_t index;

    if (!find_name(cycle_names, sizeof(cycle_names) / sizeof(cycle_names[0]), name, &index))
        return false;
    *ret_cycle = (enum settle_cycle)index;
    return true;
}

bool settle_kind_is_shared(enum books_kind kind)
{
    switch (kind) {
    case BOOKS_RENT:
    case BOOKS_SWAP:
    case BOOKS_DAMAGE:
    case BOOKS_PENALTY:
    case BOOKS_OTHER_KIND:
        return true;
    case BOOKS_DEPOSIT:
    case BOOKS_INSURANCE:
        return false;
    }
    assert(false && "kind");
    return false;
}

bool terms_hold_on(const struct store_terms *terms, struct date day)
{
    return terms->valid_from.days <= day.days &&
           (terms->open_ended || day.days <= terms->valid_to.days);
}

static int compare_int64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_place(struct view store_id, enum books_kind kind,
                         const struct store_terms *terms)
{
    int order = view_compare(store_id, terms->store_id);

    return order != 0 ? order : compare_int64((int64_t)kind, (int64_t)terms->kind);
}

int terms_compare(const void *a, const void *b)
{
    const struct store_terms *left = a;
    const struct store_terms *right = b;
    int order = compare_place(left->store_id, left->kind, right);

    return order != 0 ? order : compare_int64(left->valid_from.days, right->valid_from.days);
}

bool settle_cycle_ends_on(enum settle_cycle cycle, struct date day)
{
    int year;
    int month;
    int next_month;
    int day_of_month;

    switch (cycle) {
    case SETTLE_CYCLE_DAY:
        return true;
    case SETTLE_CYCLE_WEEK:
        return date_weekday(day) == 7;
    case SETTLE_CYCLE_MONTH:
        date_to_civil(day, &year, &month, &day_of_month);
        date_to_civil(date_add(day, 1), &year, &next_month, &day_of_month);
        return month != next_month;
    }
    assert(false && "cycle");
    return false;
}

/* The first of the terms of this store and kind; `count` when there are none. */
static size_t first_of(const struct store_terms *terms, size_t count, struct view store_id,
                       enum books_kind kind)
{
    size_t least = 0;
    size_t most = count;

    while (least < most) {
        size_t middle = least + (most - least) / 2;

        if (compare_place(store_id, kind, &terms[middle]) > 0)
            least = middle + 1;
        else
            most = middle;
    }
    return least;
}

enum terms_found terms_find(const struct store_terms *terms, size_t count, struct view store_id,
                            enum books_kind kind, struct date day,
                            const struct store_terms **ret_terms)
{
    const struct store_terms *found = NULL;

    for (size_t i = first_of(terms, count, store_id, kind);
         i < count && compare_place(store_id, kind, &terms[i]) == 0; i++) {
        if (!terms_hold_on(&terms[i], day))
            continue;
        if (found != NULL)
            return TERMS_OVERLAP;
        found = &terms[i];
    }
    if (found == NULL)
        return TERMS_NONE;
    *ret_terms = found;
    return TERMS_ONE;
}

/* value × share / divisor, half away from zero. */
static bool scale(int64_t value, struct ppm share, int64_t divisor, int64_t *ret_value)
{
    wide product = (wide)value * share.value;
    wide quotient = (product + (product < 0 ? -divisor / 2 : divisor / 2)) / divisor;

    if (quotient > INT64_MAX || quotient < INT64_MIN)
        return false;
    *ret_value = (int64_t)quotient;
    return true;
}

static bool borne_of(const struct store_terms *terms, struct fee fee, struct fee *ret_borne)
{
    switch (terms->fee_bearer) {
    case FEE_BEARER_STORE:
        *ret_borne = fee;
        return true;
    case FEE_BEARER_OPERATOR:
        *ret_borne = (struct fee){0};
        return true;
    case FEE_BEARER_PRO_RATA:
        return scale(fee.millifen, terms->share, PPM, &ret_borne->millifen);
    }
    assert(false && "fee bearer");
    return false;
}

bool terms_apply(const struct store_terms *terms, struct money amount, struct fee fee,
                 struct terms_share *ret_share)
{
    struct terms_share share;
    int64_t base;

    if (__builtin_mul_overflow(amount.fen, 1000, &base) || !borne_of(terms, fee, &share.borne) ||
        __builtin_sub_overflow(base, share.borne.millifen, &base) ||
        !scale(base, terms->share, PPM * 1000, &share.share.fen))
        return false;

    *ret_share = share;
    return true;
}

static bool sum_amounts(const struct money *amounts, size_t count, int64_t *ret_sum)
{
    int64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        if (amounts[i].fen < 0 || __builtin_add_overflow(sum, amounts[i].fen, &sum))
            return false;
    }
    *ret_sum = sum;
    return true;
}

/* What the division of item i dropped. */
static int64_t remainder_of(int64_t magnitude, const struct money *amounts, size_t i, int64_t sum)
{
    return (int64_t)((wide)magnitude * amounts[i].fen % sum);
}

/* The item after `served` in the order of remainder, largest first, then place. `served` is `count`
 * at the beginning. Items are few, so nothing is sorted. */
static size_t next_by_remainder(int64_t magnitude, const struct money *amounts, size_t count,
                                int64_t sum, size_t served)
{
    size_t best = count;
    int64_t best_rest = -1;
    int64_t served_rest =
        served == count ? INT64_MAX : remainder_of(magnitude, amounts, served, sum);

    for (size_t i = 0; i < count; i++) {
        int64_t rest = remainder_of(magnitude, amounts, i, sum);
        bool after = rest < served_rest || (rest == served_rest && served < count && i > served);

        if (after && rest > best_rest) {
            best = i;
            best_rest = rest;
        }
    }
    return best;
}

bool fee_distribute(struct fee fee, const struct money *amounts, size_t count,
                    struct fee *ret_parts)
{
    int64_t sign = fee.millifen < 0 ? -1 : 1;
    int64_t magnitude = fee.millifen * sign;
    int64_t rest = magnitude;
    size_t served = count;
    int64_t sum;

    assert(count > 0 && fee.millifen > INT64_MIN);
    if (!sum_amounts(amounts, count, &sum))
        return false;
    for (size_t i = 0; i < count; i++) {
        int64_t part = sum > 0 ? (int64_t)((wide)magnitude * amounts[i].fen / sum) : 0;

        ret_parts[i].millifen = part * sign;
        rest -= part;
    }
    if (sum == 0) {
        ret_parts[0] = fee;
        return true;
    }
    for (; rest > 0; rest--) {
        served = next_by_remainder(magnitude, amounts, count, sum, served);
        assert(served < count);
        ret_parts[served].millifen += sign;
    }
    return true;
}
