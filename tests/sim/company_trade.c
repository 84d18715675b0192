/* What happens on a day: riders pay, some get money back. */
#include "company.h"

/* Nothing but a fault happens this near to midnight. */
enum { QUIET_S = 30 };

/* Every 32 payments of a day, by what is paid. */
enum {
    OF_RENEWAL = 17,
    OF_COMBINED = 6,
    OF_DEPOSIT = 3,
    OF_WAIVED = 3,
    OF_SWAP = 2,
    OF_OTHER = 1,
    OF_ALL = OF_RENEWAL + OF_COMBINED + OF_DEPOSIT + OF_WAIVED + OF_SWAP + OF_OTHER,
};

enum { DEPOSIT_KEPT_DAYS = 2, REFUND_AFTER_S = 600, REFUND_SPACING_S = 60 };

enum { DUE_ONE_IN = 200, DUE_AT_S = 18 * 3600 };

/* How busy each hour is; riders set out before meals. */
static const unsigned char busy[24] = {2, 1, 1, 1, 1, 2,  5,  9, 10, 9, 9, 10,
                                       8, 6, 6, 6, 8, 10, 11, 9, 7,  6, 5, 3};

static int64_t time_of_day(struct rng *rng, int32_t day)
{
    unsigned int total = 0;
    int64_t hour = 0;
    uint64_t drawn;
    int64_t second;

    for (size_t at = 0; at < 24; at++)
        total += busy[at];
    drawn = rng_below(rng, total);
    while (drawn >= busy[hour])
        drawn -= busy[hour++];
    second = hour * 3600 + (int64_t)rng_below(rng, 3600);
    if (second < QUIET_S)
        second += QUIET_S;
    if (second >= DAY_S - QUIET_S)
        second -= QUIET_S;
    return day_start(day) + second;
}

static void hold_deposit(struct company *company)
{
    company->held = alloc_grow(company->held, &company->held_room, company->held_count + 1,
                               sizeof(*company->held));
    company->held[company->held_count++] = company->sale_count - 1;
}

static int64_t deposit_amount(struct rng *rng)
{
    return rng_below(rng, 3) == 0 ? 29900 : 19900;
}

static void sell_deposit(struct company *company, int32_t day, bool combined)
{
    size_t rental = company_new_rental(company, day);
    struct sale *sale = company_add_sale(company, rental, time_of_day(&company->rng, day));

    sale->body = "租赁押金";
    company_add_item(sale, ITEM_DEPOSIT, deposit_amount(&company->rng));
    if (combined) {
        sale->body = "押金,租金及保险";
        company_add_item(sale, ITEM_RENT, company->rentals[rental].price_fen);
        company_add_item(sale, ITEM_INSURANCE, 300 + 50 * (int64_t)rng_below(&company->rng, 5));
    }
    hold_deposit(company);
}

/* A rental that is going on; there are always some, but after many deposits were given back it may
 * take a while. */
static size_t going_rental(struct company *company)
{
    size_t rental;

    do {
        rental = rng_below(&company->rng, company->rental_count);
    } while (company->rentals[rental].ended);
    return rental;
}

/* The first rent of a new rental whose deposit is waived by pay score. */
struct sale *company_sell_rent(struct company *company, int32_t day, int64_t time)
{
    size_t rental = company_new_rental(company, day);
    struct sale *sale = company_add_sale(company, rental, time);

    sale->waived = true;
    sale->body = company->rentals[rental].plan;
    company_add_item(sale, ITEM_RENT, company->rentals[rental].price_fen);
    return sale;
}

static struct sale *sell_one(struct company *company, size_t rental, int32_t day,
                             enum item_kind kind)
{
    struct sale *sale = company_add_sale(company, rental, time_of_day(&company->rng, day));
    const struct rental *of = &company->rentals[rental];

    if (kind == ITEM_RENT) {
        sale->body = of->plan;
        company_add_item(sale, kind, of->price_fen);
    } else if (kind == ITEM_SWAP) {
        sale->body = "单次换电";
        company_add_item(sale, kind, 300);
    } else {
        sale->body = "头盔,蓝色";
        company_add_item(sale, kind, 1990 + 1000 * (int64_t)rng_below(&company->rng, 3));
    }
    return sale;
}

/* An order that the rider left unpaid: known to the books alone. */
static void abandon_one(struct company *company, int32_t day)
{
    struct sale *sale = sell_one(company, going_rental(company), day, ITEM_RENT);

    sale->in_channel = false;
    sale->book_status = BOOK_CLOSED;
}

static void sell_something(struct company *company, int32_t day)
{
    uint64_t drawn = rng_below(&company->rng, OF_ALL);

    if (drawn < OF_RENEWAL)
        (void)sell_one(company, going_rental(company), day, ITEM_RENT);
    else if (drawn < OF_RENEWAL + OF_COMBINED)
        sell_deposit(company, day, /* combined= */ true);
    else if (drawn < OF_RENEWAL + OF_COMBINED + OF_DEPOSIT)
        sell_deposit(company, day, /* combined= */ false);
    else if (drawn < OF_RENEWAL + OF_COMBINED + OF_DEPOSIT + OF_WAIVED)
        (void)company_sell_rent(company, day, time_of_day(&company->rng, day));
    else if (drawn < OF_ALL - OF_OTHER)
        (void)sell_one(company, going_rental(company), day, ITEM_SWAP);
    else
        (void)sell_one(company, going_rental(company), day, ITEM_OTHER);
}

void company_sell(struct company *company, int32_t day)
{
    uint64_t wanted = company->options.payments;
    uint64_t spread = wanted / 32;
    uint64_t count = wanted - spread + rng_below(&company->rng, 2 * spread + 1);

    for (uint64_t at = 0; at < count; at++) {
        sell_something(company, day);
        if (at % 40 == 39)
            abandon_one(company, day);
    }
}

void company_sell_history(struct company *company, int32_t day)
{
    for (uint64_t at = 0; at <= company->options.payments / 9; at++)
        sell_deposit(company, day, at % 2 == 0);
}

/* Gives back a deposit that is held for some days, less what was deducted. False when none is old
 * enough. */
static bool give_back_deposit(struct company *company, int32_t day)
{
    struct rng *rng = &company->rng;
    size_t drawn = company->held_count > 0 ? rng_below(rng, company->held_count) : 0;
    struct sale *sale;
    int64_t amount_fen;
    size_t index;

    if (company->held_count == 0)
        return false;
    index = company->held[drawn];
    sale = &company->sales[index];
    if (day_of(sale->time) + DEPOSIT_KEPT_DAYS > day || day_of(sale->last_refund) == day)
        return false;

    company->held[drawn] = company->held[--company->held_count];
    amount_fen = sale->items[sale->deposit_item].amount_fen;
    if (rng_below(rng, 30) == 0)
        sale->deduction_fen = 1000 * (1 + (int64_t)rng_below(rng, 8));
    sale->deposit = DEPOSIT_REFUNDED;
    sale->deposit_due = day_start(day);
    company->rentals[sale->rental].ended = true;
    (void)company_add_giveback(company, index, sale->deposit_item, amount_fen - sale->deduction_fen,
                               time_of_day(rng, day));
    return true;
}

/* Some deposits are to be given back since the last evening: nobody is late with them yet. */
void company_mark_due(struct company *company)
{
    const struct company_options *options = &company->options;
    int32_t last = options->from + options->days - 1;
    size_t count = (size_t)(options->payments / DUE_ONE_IN);

    for (size_t at = 0; at < company->held_count && count > 0; at++) {
        struct sale *sale = &company->sales[company->held[at]];

        if (day_of(sale->time) + DEPOSIT_KEPT_DAYS > last)
            continue;
        sale->deposit = DEPOSIT_DUE;
        sale->deposit_due = day_start(last) + DUE_AT_S;
        count--;
    }
}

static bool rent_item(const struct sale *sale, size_t *ret_item)
{
    for (size_t at = 0; at < sale->item_count; at++) {
        if (sale->items[at].kind == ITEM_RENT) {
            *ret_item = at;
            return true;
        }
    }
    return false;
}

/* Gives back a part of a rent, sometimes on the day of payment. False when the sale drawn is not
 * fit. */
static bool give_back_rent(struct company *company, int32_t day)
{
    struct rng *rng = &company->rng;
    size_t index = rng_below(rng, company->sale_count);
    struct sale *sale = &company->sales[index];
    int64_t time = time_of_day(rng, day);
    int64_t tenths = 1 + (int64_t)rng_below(rng, 9);
    size_t item;

    if (!sale->in_channel || sale->rent_refunded || !rent_item(sale, &item) ||
        time < sale->time + REFUND_AFTER_S ||
        (sale->last_refund != 0 && time < sale->last_refund + REFUND_SPACING_S))
        return false;

    sale->rent_refunded = true;
    (void)company_add_giveback(company, index, item, sale->items[item].amount_fen / 10 * tenths,
                               time);
    return true;
}

/* 75 to 125 of a thousand payments; four of five are deposits. */
void company_give_back(struct company *company, int32_t day)
{
    uint64_t per_mille = 75 + rng_below(&company->rng, 51);
    uint64_t count = company->options.payments * per_mille / 1000;
    uint64_t tries = 20 * count;

    while (count > 0 && tries > 0) {
        bool deposit = rng_below(&company->rng, 5) > 0;

        if (deposit ? give_back_deposit(company, day) : give_back_rent(company, day))
            count--;
        tries--;
    }
}
