#include "company.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct store company_stores[COMPANY_STORES] = {
    {"S001",
     "城北换电站",
     "王店长",
     "2024-03-01",
     {400000, -1, 300000, 500000, 400000},
     0,
     "STORE",
     "DAY",
     0,
     0},
    {"S002",
     "火车站东广场店",
     "李店长",
     "2024-06-15",
     {450000, -1, 300000, 500000, 450000},
     0,
     "PRO_RATA",
     "DAY",
     1,
     10000},
    {"S003",
     "大学城骑手驿站",
     "陈店长",
     "2025-01-08",
     {500000, -1, 350000, 600000, 500000},
     0,
     "OPERATOR",
     "WEEK",
     3,
     50000},
    {"S004",
     "滨江路电池便利店",
     "赵店长",
     "2025-05-20",
     {380000, -1, 300000, 450000, 380000},
     20000,
     "PRO_RATA",
     "WEEK",
     0,
     0},
    {"S005",
     "南湖菜场店",
     "周店长",
     "2025-09-01",
     {420000, -1, 300000, 500000, 420000},
     0,
     "STORE",
     "DAY",
     0,
     5000},
    {"S006",
     "高新区产业园店",
     "吴店长",
     "2026-02-01",
     {333333, -1, 250000, 400000, 333333},
     0,
     "PRO_RATA",
     "MONTH",
     7,
     100000},
};

static const struct {
    const char *name;
    int64_t price_fen;
} plans[] = {{"日租", 800}, {"周租", 4500}, {"月租", 16900}, {"日租", 990}, {"周租", 4990}};

static const char *const banks[] = {"OTHERS",     "CFT",        "OTHERS",    "CFT",
                                    "ICBC_DEBIT", "CMB_CREDIT", "ABC_DEBIT", "CCB_DEBIT",
                                    "BOC_DEBIT",  "PSBC_DEBIT"};

const char *item_kind_name(enum item_kind kind)
{
    switch (kind) {
    case ITEM_RENT:
        return "RENT";
    case ITEM_DEPOSIT:
        return "DEPOSIT";
    case ITEM_INSURANCE:
        return "INSURANCE";
    case ITEM_SWAP:
        return "SWAP";
    case ITEM_OTHER:
        return "OTHER";
    }
    return "OTHER";
}

/* yyyymmdd */
static void compact_day(int32_t day, char out[static 9])
{
    char text[DAY_TEXT_SIZE];

    day_text(day, text);
    memcpy(out, text, 4);
    memcpy(out + 4, text + 5, 2);
    memcpy(out + 6, text + 8, 2);
    out[8] = '\0';
}

/* yyyymmddhhmmss */
static void compact_time(int64_t time, char out[static 15])
{
    char text[TIME_TEXT_SIZE];

    time_text(time, text);
    compact_day(day_of(time), out);
    memcpy(out + 8, text + 11, 2);
    memcpy(out + 10, text + 14, 2);
    memcpy(out + 12, text + 17, 2);
    out[14] = '\0';
}

size_t company_new_rental(struct company *company, int32_t day)
{
    struct rental rental = {.store = rng_below(&company->rng, COMPANY_STORES)};
    size_t plan = rng_below(&company->rng, sizeof(plans) / sizeof(plans[0]));
    char date[9];

    compact_day(day, date);
    (void)snprintf(rental.rental_no, sizeof(rental.rental_no), "R%s%05zu", date + 2,
                   (company->rental_count + 1) % 100000);
    rental.openid[0] = 'o';
    rng_text(&company->rng, RNG_ALNUM "-_", sizeof(rental.openid) - 2, rental.openid + 1);
    rental.plan = plans[plan].name;
    rental.price_fen = plans[plan].price_fen;
    company->rentals = alloc_grow(company->rentals, &company->rental_room,
                                  company->rental_count + 1, sizeof(*company->rentals));
    company->rentals[company->rental_count] = rental;
    return company->rental_count++;
}

/* Paid and booked alike; the caller adds items and changes what differs. Valid until the next sale
 * is added. */
struct sale *company_add_sale(struct company *company, size_t rental, int64_t time)
{
    struct rng *rng = &company->rng;
    struct sale sale = {
        .rental = rental,
        .appid = rng_below(rng, 50) == 0 ? 1 : 0,
        .bank = banks[rng_below(rng, sizeof(banks) / sizeof(banks[0]))],
        .time = time,
        .book_time = time,
        .created = time - 5 - (int64_t)rng_below(rng, 90),
        .in_channel = true,
        .book_status = BOOK_PAID,
    };
    unsigned int sequence = (unsigned int)(company->sale_count + 1) % 1000000;
    char stamp[15];
    char digits[6];

    compact_time(sale.created, stamp);
    (void)snprintf(sale.out_trade_no, sizeof(sale.out_trade_no), "ZL%s%06u", stamp, sequence);
    compact_day(day_of(time), stamp);
    rng_text(rng, RNG_DIGITS, 5, digits);
    (void)snprintf(sale.transaction_id, sizeof(sale.transaction_id), "42000%s%s", digits, stamp);
    rng_text(rng, RNG_DIGITS, 4, digits);
    (void)snprintf(sale.transaction_id + 18, sizeof(sale.transaction_id) - 18, "%.4s%06u", digits,
                   sequence);
    company->sales = alloc_grow(company->sales, &company->sale_room, company->sale_count + 1,
                                sizeof(*company->sales));
    company->sales[company->sale_count] = sale;
    return &company->sales[company->sale_count++];
}

void company_add_item(struct sale *sale, enum item_kind kind, int64_t amount_fen)
{
    if (kind == ITEM_DEPOSIT) {
        sale->deposit_item = sale->item_count;
        sale->deposit = DEPOSIT_HELD;
    }
    sale->items[sale->item_count++] = (struct item){kind, amount_fen};
    sale->total_fen += amount_fen;
}

struct giveback *company_add_giveback(struct company *company, size_t sale, size_t item,
                                      int64_t amount_fen, int64_t time)
{
    struct giveback giveback = {
        .sale = sale,
        .item = item,
        .amount_fen = amount_fen,
        .time = time,
        .in_books = true,
    };
    unsigned int sequence = (unsigned int)(company->giveback_count + 1) % 1000000;
    char stamp[15];
    char digits[8];

    company->sales[sale].last_refund = time;
    compact_time(time, stamp);
    (void)snprintf(giveback.out_refund_no, sizeof(giveback.out_refund_no), "TK%s%06u", stamp,
                   sequence);
    rng_text(&company->rng, RNG_DIGITS, 6, digits);
    stamp[8] = '\0';
    (void)snprintf(giveback.refund_id, sizeof(giveback.refund_id), "5030%s%s", digits, stamp);
    rng_text(&company->rng, RNG_DIGITS, 5, digits);
    (void)snprintf(giveback.refund_id + 18, sizeof(giveback.refund_id) - 18, "%.5s%06u", digits,
                   sequence);
    company->givebacks = alloc_grow(company->givebacks, &company->giveback_room,
                                    company->giveback_count + 1, sizeof(*company->givebacks));
    company->givebacks[company->giveback_count] = giveback;
    return &company->givebacks[company->giveback_count++];
}

int32_t company_terms_end(const struct company *company)
{
    return company->options.clean ? DAY_NONE : company->options.from + company->options.days - 3;
}

struct company *company_new(const struct company_options *options)
{
    struct company *company = alloc_zeroed(1, sizeof(*company));
    int32_t history = options->from - COMPANY_HISTORY_GAP - COMPANY_HISTORY_DAYS;

    company->options = *options;
    company->rng = rng_named(options->seed, "company");
    for (size_t at = 0; at < 2; at++) {
        memcpy(company->appids[at], "wx", 2);
        rng_text(&company->rng, RNG_HEX, 16, company->appids[at] + 2);
    }
    for (int32_t day = history; day < history + COMPANY_HISTORY_DAYS; day++)
        company_sell_history(company, day);
    for (int32_t day = options->from; day < options->from + options->days; day++) {
        company_sell(company, day);
        company_give_back(company, day);
    }
    company_mark_due(company);
    if (!options->clean)
        company_plant_faults(company);
    return company;
}

void company_free(struct company *company)
{
    if (company == NULL)
        return;
    free(company->rentals);
    free(company->sales);
    free(company->givebacks);
    free(company->held);
    free(company);
}
