#include "bill_store.h"

#include "civil.h"
#include "gzip.h"

#include <stdlib.h>

static bool same_name(const struct bill_name *left, const struct bill_name *right)
{
    return left->merchant == right->merchant && left->shop == right->shop &&
           left->request == right->request && left->type == right->type &&
           left->account == right->account && left->day == right->day &&
           bill_spoil_equal(&left->spoil, &right->spoil);
}

/* Refunds that wait for money have to be seen as they were when the bill was made. */
static void play_waiting(const struct shop *shop, int32_t day)
{
    struct account account;

    if (shop->merchant->unfunded != UNFUNDED_WAIT)
        return;
    account_start(&account, shop, ACCOUNT_BASIC);
    account_advance(&account, day_start(day + 1) + BILL_MADE_AFTER_S);
    account_release(&account);
}

/* A shop as a spoilt bill shows it. */
struct shown_shop {
    struct shop shop;
    struct merchant merchant;
};

static size_t write_trade(const struct bill_name *name, const struct ledger *ledger, uint64_t seed,
                          struct text *out)
{
    const struct world *world = ledger->world;
    struct shown_shop *shown = alloc_zeroed(world->merchant_count, sizeof(*shown));
    const struct shop **shops = alloc_zeroed(world->merchant_count, sizeof(struct shop *));
    struct bill_source source = {.applicant = name->merchant, .shops = shops};
    size_t rows;

    for (size_t at = 0; at < world->merchant_count; at++) {
        const struct merchant *merchant = &world->merchants[at];
        bool own = merchant == name->merchant || merchant->provider == name->merchant;

        if (name->shop != NULL ? merchant != name->shop : !own)
            continue;
        play_waiting(&ledger->shops[at], name->day);
        shown[at].merchant = bill_spoil_merchant(&name->spoil, merchant, name->day);
        shown[at].shop = ledger->shops[at];
        shown[at].shop.merchant = &shown[at].merchant;
        shops[source.shop_count++] = &shown[at].shop;
    }
    rows = bill_trade_write(&source, name->type, name->day, seed, out);
    free(shops);
    free(shown);
    return rows;
}

static size_t write_fund(const struct bill_name *name, struct ledger *ledger, struct text *out)
{
    struct shop shop = *ledger_shop(ledger, name->shop != NULL ? name->shop : name->merchant);
    struct merchant merchant = bill_spoil_merchant(&name->spoil, shop.merchant, name->day);

    shop.merchant = &merchant;
    return bill_fund_write(&shop, name->account, name->day, out);
}

static struct made_bill *make(const struct bill_name *name, struct ledger *ledger, uint64_t seed)
{
    struct made_bill *bill = alloc_zeroed(1, sizeof(*bill));

    bill->name = *name;
    if (name->request == REQUEST_TRADEBILL)
        bill->rows = write_trade(name, ledger, seed, &bill->plain);
    else
        bill->rows = write_fund(name, ledger, &bill->plain);
    ledger_replay(ledger);
    if (bill->rows > 0)
        bill_spoil_text(&name->spoil, &bill->plain);
    sha1_hex(&bill->plain, bill->sha1);
    return bill;
}

struct made_bill *bill_store_take(struct bill_store *store, const struct bill_name *name,
                                  struct ledger *ledger, uint64_t seed)
{
    struct made_bill *bill;

    for (size_t at = 0; at < BILL_STORE_SIZE; at++) {
        bill = store->bills[at];
        if (bill != NULL && same_name(&bill->name, name)) {
            bill->references++;
            return bill;
        }
    }
    bill = make(name, ledger, seed);
    bill->references = 2;
    made_bill_drop(store->bills[store->next]);
    store->bills[store->next] = bill;
    store->next = (store->next + 1) % BILL_STORE_SIZE;
    return bill;
}

void made_bill_drop(struct made_bill *bill)
{
    if (bill == NULL || --bill->references > 0)
        return;
    text_release(&bill->plain);
    text_release(&bill->gzip);
    free(bill);
}

const struct text *made_bill_gzip(struct made_bill *bill)
{
    if (bill->gzip.size == 0)
        gzip_add(&bill->gzip, bill->plain.bytes, bill->plain.size);
    return &bill->gzip;
}

void bill_store_clear(struct bill_store *store)
{
    for (size_t at = 0; at < BILL_STORE_SIZE; at++)
        made_bill_drop(store->bills[at]);
    *store = (struct bill_store){0};
}
