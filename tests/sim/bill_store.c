#include "bill_store.h"

#include "gzip.h"

#include <stdlib.h>

static bool same_name(const struct bill_name *left, const struct bill_name *right)
{
    return left->merchant == right->merchant && left->request == right->request &&
           left->type == right->type && left->day == right->day &&
           bill_spoil_equal(&left->spoil, &right->spoil);
}

static struct made_bill *make(const struct bill_name *name, uint64_t seed)
{
    struct made_bill *bill = alloc_zeroed(1, sizeof(*bill));
    struct merchant merchant = bill_spoil_merchant(&name->spoil, name->merchant, name->day);

    bill->name = *name;
    if (name->request == REQUEST_TRADEBILL)
        bill->rows = bill_trade_write(&merchant, name->type, name->day, seed, &bill->plain);
    else
        bill->rows = bill_fund_write(&merchant, name->day, &bill->plain);
    if (bill->rows > 0)
        bill_spoil_text(&name->spoil, &bill->plain);
    sha1_hex(&bill->plain, bill->sha1);
    return bill;
}

struct made_bill *bill_store_take(struct bill_store *store, const struct bill_name *name,
                                  uint64_t seed)
{
    struct made_bill *bill;

    for (size_t at = 0; at < BILL_STORE_SIZE; at++) {
        bill = store->bills[at];
        if (bill != NULL && same_name(&bill->name, name)) {
            bill->references++;
            return bill;
        }
    }
    bill = make(name, seed);
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
