/* An invented battery-rental company for the demo: stores, rentals, what riders paid and got back,
 * seen by WeChat Pay (the channel) and by the rental platform (the books). The two agree in
 * everything but the faults put in. Deterministic: the same options, the same company. */
#ifndef SIM_COMPANY_H
#define SIM_COMPANY_H

#include "alloc.h"
#include "civil.h"
#include "rng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    COMPANY_STORES = 6,
    COMPANY_ITEMS_MAX = 3,
    COMPANY_FAULT_DAYS_MIN =
        7, /* one day without a fault, five with one, and the last two for the terms */
    COMPANY_HISTORY_DAYS = 9, /* deposits of these days are given back in the first ones */
    COMPANY_HISTORY_GAP = 2,  /* days between them and the first day */
};

#define COMPANY_MCHID "1900000109"

struct company_options {
    uint64_t seed;
    int32_t from;
    int32_t days;
    uint64_t payments; /* a day, about */
    bool clean;        /* no faults */
};

enum item_kind { ITEM_RENT, ITEM_DEPOSIT, ITEM_INSURANCE, ITEM_SWAP, ITEM_OTHER };

/* As the contract spells it (DOMAIN §4). */
const char *item_kind_name(enum item_kind kind);

struct item {
    enum item_kind kind;
    int64_t amount_fen;
};

struct rental {
    char rental_no[16];
    char openid[29];
    size_t store;
    int64_t price_fen;
    const char *plan; /* 日租, 周租, 月租 */
    bool ended;
};

enum book_status { BOOK_PAID, BOOK_CREATED, BOOK_CLOSED };
enum deposit_state { DEPOSIT_NONE, DEPOSIT_HELD, DEPOSIT_DUE, DEPOSIT_REFUNDED };

struct sale {
    char out_trade_no[33];
    char transaction_id[29];
    size_t rental;
    size_t appid;
    struct item items[COMPANY_ITEMS_MAX];
    size_t item_count;
    int64_t total_fen;
    const char *bank;
    const char *body;
    int64_t time; /* of payment, at the channel */
    bool in_channel;
    enum book_status book_status;
    int64_t book_time;
    int64_t book_less_fen; /* by how much the books have it lower */
    int64_t created;
    size_t deposit_item; /* index; only with a deposit */
    enum deposit_state deposit;
    int64_t deposit_due;
    int64_t deduction_fen;
    int64_t last_refund;
    bool rent_refunded;
    bool waived; /* the deposit of this rental, by pay score */
};

struct giveback {
    char out_refund_no[33];
    char refund_id[30];
    size_t sale;
    size_t item;
    int64_t amount_fen;
    int64_t time; /* accepted by the channel */
    bool in_books;
};

struct store {
    const char *store_id;
    const char *name;
    const char *contact;
    const char *opened_on;
    int share_ppm[5]; /* by item kind; -1: no terms for it */
    int64_t fixed_fen;
    const char *fee_bearer;
    const char *cycle;
    int hold_days;
    int64_t min_payout_fen;
};

/* What was put in, for README.txt. */
struct planted {
    int32_t day;
    char number[33];
    const char *expected; /* class */
    const char *what;
};

struct company {
    struct company_options options;
    char appids[2][19]; /* riders' and stores' mini program */
    struct rng rng;
    struct rental *rentals;
    size_t rental_count;
    size_t rental_room;
    struct sale *sales;
    size_t sale_count;
    size_t sale_room;
    struct giveback *givebacks;
    size_t giveback_count;
    size_t giveback_room;
    size_t *held; /* sales whose deposit is held, oldest first until drawn from */
    size_t held_count;
    size_t held_room;
    struct planted planted[8];
    size_t planted_count;
};

extern const struct store company_stores[COMPANY_STORES];

/* The store whose terms end (S02) before the last two days; company_terms_end says when, DAY_NONE
 * without faults. */
enum { COMPANY_STORE_WITHOUT_TERMS = 4 };
int32_t company_terms_end(const struct company *company);

struct company *company_new(const struct company_options *options);
void company_free(struct company *company);

/* Parts of making it, in the order in which company_new uses them. */
size_t company_new_rental(struct company *company, int32_t day);
struct sale *company_add_sale(struct company *company, size_t rental, int64_t time);
void company_add_item(struct sale *sale, enum item_kind kind, int64_t amount_fen);
struct giveback *company_add_giveback(struct company *company, size_t sale, size_t item,
                                      int64_t amount_fen, int64_t time);
void company_sell(struct company *company, int32_t day);
void company_sell_history(struct company *company, int32_t day);
void company_give_back(struct company *company, int32_t day);
void company_mark_due(struct company *company);
struct sale *company_sell_rent(struct company *company, int32_t day, int64_t time);
void company_plant_faults(struct company *company);

#endif
