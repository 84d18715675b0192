/* The differences put between channel and books, each on a day of its own; the first day has none.
 */
#include "company.h"

#include <stdio.h>
#include <string.h>

enum {
    DAY_DROPPED = 1,
    DAY_AMOUNT = 2,
    DAY_MIDNIGHT = 3,
    DAY_CONSOLE = 4,
    DAY_DUPLICATE = 5,
};

enum {
    NOON_S = 12 * 3600,
    AMOUNT_LESS_FEN = 500,
    PAID_AGAIN_AFTER_S = 48,
    CONSOLE_AFTER_S = 3 * 3600
};

static void plant(struct company *company, int32_t day, const char *number, const char *expected,
                  const char *what)
{
    struct planted *planted = &company->planted[company->planted_count++];

    planted->day = day;
    planted->expected = expected;
    planted->what = what;
    (void)snprintf(planted->number, sizeof(planted->number), "%s", number);
}

static struct sale *noon_rent(struct company *company, int32_t day)
{
    return company_sell_rent(company, day,
                             day_start(day) + NOON_S + (int64_t)rng_below(&company->rng, 3600));
}

static void plant_dropped(struct company *company, int32_t day)
{
    struct sale *sale = noon_rent(company, day);

    sale->book_status = BOOK_CREATED;
    plant(company, day, sale->out_trade_no, "T02",
          "paid at WeChat Pay, still CREATED in the books");
}

static void plant_amount(struct company *company, int32_t day)
{
    struct sale *sale = noon_rent(company, day);

    sale->book_less_fen = AMOUNT_LESS_FEN;
    plant(company, day, sale->out_trade_no, "T04",
          "the books have 5.00 yuan less than the bill, in payment and item");
}

static void plant_midnight(struct company *company, int32_t day)
{
    struct sale *sale = company_sell_rent(company, day, day_start(day + 1) - 1);

    sale->book_time = day_start(day + 1) + 2;
    plant(company, day, sale->out_trade_no, "T09",
          "paid at 23:59:59, booked at 00:00:02 of the next day");
}

static void plant_console(struct company *company, int32_t day)
{
    struct sale *sale = noon_rent(company, day);
    struct giveback *giveback = company_add_giveback(company, company->sale_count - 1, 0,
                                                     sale->total_fen, sale->time + CONSOLE_AFTER_S);
    char digits[13];

    rng_text(&company->rng, RNG_DIGITS, sizeof(digits) - 1, digits);
    (void)snprintf(giveback->out_refund_no, sizeof(giveback->out_refund_no), "%s%s", COMPANY_MCHID,
                   digits);
    giveback->in_books = false;
    plant(company, day, giveback->out_refund_no, "R01",
          "refunded in the merchant console, unknown to the books");
}

static void plant_duplicate(struct company *company, int32_t day)
{
    struct sale *first = noon_rent(company, day);
    size_t rental = first->rental;
    struct sale *second;

    first->book_status = BOOK_CREATED;
    plant(company, day, first->out_trade_no, "T06",
          "the same rent was paid twice: the books know this one as CREATED (T02 where T06 is not "
          "told apart)");
    second = company_add_sale(company, rental, first->time + PAID_AGAIN_AFTER_S);
    second->body = company->rentals[rental].plan;
    company_add_item(second, ITEM_RENT, company->rentals[rental].price_fen);
    plant(company, day, second->out_trade_no, "-", "and this one as PAID");
}

void company_plant_faults(struct company *company)
{
    int32_t from = company->options.from;

    plant_dropped(company, from + DAY_DROPPED);
    plant_amount(company, from + DAY_AMOUNT);
    plant_midnight(company, from + DAY_MIDNIGHT);
    plant_console(company, from + DAY_CONSOLE);
    plant_duplicate(company, from + DAY_DUPLICATE);
    plant(company, company_terms_end(company) + 1,
          company_stores[COMPANY_STORE_WITHOUT_TERMS].store_id, "S02",
          "the terms of this store ended the day before; also on the day after");
}
