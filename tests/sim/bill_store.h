/* Bills made so far: applying and downloading need the same bytes, and a bill of a million rows
 * takes seconds. Holds the last few; a reply under way keeps its bill by a reference. */
#ifndef SIM_BILL_STORE_H
#define SIM_BILL_STORE_H

#include "bill.h"
#include "bill_spoil.h"
#include "crypt.h"
#include "faults.h"
#include "ledger.h"

enum { BILL_STORE_SIZE = 8 };

/* What names one bill file. */
struct bill_name {
    const struct merchant *merchant; /* whose layout and order of rows */
    const struct merchant *shop;     /* whose rows; NULL: all of a partner's trade bill */
    enum request_kind request;       /* REQUEST_TRADEBILL or one of the fund flows */
    enum bill_type type;             /* of trade bills */
    enum account_kind account;       /* of fund flows */
    int32_t day;
    struct bill_spoil spoil;
};

struct made_bill {
    struct bill_name name;
    struct text plain;
    struct text gzip; /* empty until asked for */
    size_t rows;
    char sha1[CRYPT_SHA1_HEX_SIZE]; /* of the plain bytes (FACTS §3.1) */
    unsigned int references;
};

struct bill_store {
    struct made_bill *bills[BILL_STORE_SIZE];
    size_t next;
};

/* Never NULL; a day without rows has `rows` 0. The caller drops it. */
struct made_bill *bill_store_take(struct bill_store *store, const struct bill_name *name,
                                  struct ledger *ledger, uint64_t seed);
void made_bill_drop(struct made_bill *bill);

const struct text *made_bill_gzip(struct made_bill *bill);

/* Forgets all: the world has changed, or what was past is to come again. */
void bill_store_clear(struct bill_store *store);

#endif
