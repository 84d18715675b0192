/* What a store is owed for an item: the dated terms of DOMAIN §4 (store_terms) and their
 * arithmetic. Pure.
 *
 * Terms belong to one store and one kind of item and hold from valid_from to valid_to, both
 * included. The bill day decides, for refunds too: a refund is shared by the terms of the day it
 * was made.
 *
 * WeChat Pay's fee on an item is borne as the terms say, before sharing (DOMAIN §6: fees come off
 * the base):
 *
 *   STORE     the base bears all of it
 *   OPERATOR  the base bears nothing, the operator all
 *   PRO_RATA  the base bears share_ppm of it, the operator the rest
 *
 *   base  = amount − fee borne, in 1/1000 fen
 *   share = base × share_ppm, half away from zero to whole fen, once per item
 *
 * fixed_fen is paid once a cycle beside the shares, whatever came in: on the cycle's last day, when
 * terms with it hold that day.
 *
 * What is left of an item after the store's share is the operator's, with every part of a fen. */
#ifndef SETTLE_TERMS_H
#define SETTLE_TERMS_H

#include "base/date.h"
#include "base/money.h"
#include "books/ledger.h"

enum fee_bearer { FEE_BEARER_STORE, FEE_BEARER_OPERATOR, FEE_BEARER_PRO_RATA };
enum settle_cycle { SETTLE_CYCLE_DAY, SETTLE_CYCLE_WEEK, SETTLE_CYCLE_MONTH };

struct store_terms {
    struct view store_id;
    enum books_kind kind;
    struct date valid_from;
    bool open_ended; /* no valid_to */
    struct date valid_to;
    struct ppm share;
    struct money fixed;
    enum fee_bearer fee_bearer;
    enum settle_cycle cycle;
    int64_t hold_days;
    struct money min_payout;
};

const char *fee_bearer_name(enum fee_bearer bearer);
bool fee_bearer_by_name(struct view name, enum fee_bearer *ret_bearer);
const char *settle_cycle_name(enum settle_cycle cycle);
bool settle_cycle_by_name(struct view name, enum settle_cycle *ret_cycle);

/* Kinds whose money is income to be shared. Deposits and insurance are the operator's to keep for
 * others, never store income (DOMAIN §6). */
bool settle_kind_is_shared(enum books_kind kind);

bool terms_hold_on(const struct store_terms *terms, struct date day);

/* By store, kind, valid_from: the order that terms_find expects. For qsort. */
int terms_compare(const void *a, const void *b);

enum terms_found { TERMS_NONE, TERMS_ONE, TERMS_OVERLAP };

/* Weeks end on Sunday, months on their last day. */
bool settle_cycle_ends_on(enum settle_cycle cycle, struct date day);

/* `terms` is in the order of terms_compare. `ret_terms` is set for TERMS_ONE only. */
enum terms_found terms_find(const struct store_terms *terms, size_t count, struct view store_id,
                            enum books_kind kind, struct date day,
                            const struct store_terms **ret_terms);

struct terms_share {
    struct fee borne; /* the part of the fee that the base bears; negative: returned */
    struct money share;
};

/* `amount` and `fee` of a refund are negative. False on overflow. */
bool terms_apply(const struct store_terms *terms, struct money amount, struct fee fee,
                 struct terms_share *ret_share);

/* Spreads a fee over items in proportion to their amounts, largest remainder first and among equal
 * ones the earlier item, so that the parts add up to the fee exactly. Amounts are not negative;
 * when all are zero the first item takes it. `count` is at least 1. False when an amount is
 * negative or the sum overflows. */
bool fee_distribute(struct fee fee, const struct money *amounts, size_t count,
                    struct fee *ret_parts);

#endif
