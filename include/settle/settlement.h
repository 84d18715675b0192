/* Settles one merchant's bill day in memory: entries in, statements, parts and findings out. Pure.
 *
 * Every entry goes somewhere, and its money exactly once (DOMAIN §6):
 *
 *   STORE         items of shared kinds whose store is known and open that day
 *   UNATTRIBUTED  items of shared kinds without such a store: S01, one finding a store
 *   HELD          entries with an open finding, by class; shown in statements as open items
 *   OPERATOR      deposits, insurance, and what a coupon made of the difference (T11)
 *
 * so that Σ parts = Σ entries, payments, refunds and fees each for itself, fees in 1/1000 fen. The
 * timing class T09 and the explained class T11 settle; every other class is held.
 *
 * A store with income but no terms for that kind, or with overlapping terms, is S02: its statement
 * is withheld, the others stand. A store that is open has a statement without activity, too. */
#ifndef SETTLE_SETTLEMENT_H
#define SETTLE_SETTLEMENT_H

#include "base/cleanup.h"
#include "base/err.h"
#include "recon/finding.h"
#include "settle/parts.h"
#include "settle/statement.h"

enum {
    SETTLE_ITEMS_PER_ENTRY_MAX = 1000, /* the books' own limit is far lower */
    SETTLE_STORES_MAX = 65535,         /* as the ledger's */
};

struct settle_store {
    struct view store_id;
    struct view name;
    struct date opened_on;
    bool has_closed_on;
    struct date closed_on; /* last day of business */
};

enum settle_kind {
    SETTLE_PAYMENT,
    SETTLE_REFUND,
    SETTLE_UNCLASSIFIED, /* REVOKED and rows of unknown kinds: never settled */
};

/* A row of the bill with what the books say it was for. Views must outlive the settlement. */
struct settle_entry {
    int64_t line_no;
    enum settle_kind kind;
    struct view code; /* class of its finding; empty: none */
    bool far;         /* T09 that is no timing difference: held like every other class */
    struct instant trade_at;
    struct view out_trade_no;
    struct view transaction_id;
    struct view out_refund_no;
    struct money amount;            /* order amount; of a refund the amount requested, positive */
    struct fee fee;                 /* as printed; negative: returned */
    const struct books_item *items; /* amounts positive */
    size_t item_count;
};

/* What all entries came to. */
struct settle_totals {
    int64_t payments, refunds; /* rows; unclassified ones count as payments */
    struct money payment_sum, refund_sum;
    struct fee fee;
};

/* What the day is settled by. Must outlive the settlement. */
struct settle_books {
    struct date day;
    const struct settle_store *stores; /* by store_id */
    size_t store_count;
    const struct store_terms *terms; /* in the order of terms_compare */
    size_t terms_count;
};

struct settlement;

/* ERR_DATA when a store stands twice. */
bool settlement_open(const struct settle_books *books, struct settlement **ret_settlement,
                     struct err *err);
void settlement_close(struct settlement *settlement);
DEFINE_CLEANUP(settlement_done, struct settlement, settlement_close)

/* ERR_DATA when a clean entry and its items contradict each other: the day must be reconciled
 * again. */
bool settlement_push(struct settlement *settlement, const struct settle_entry *entry,
                     struct err *err);

/* After the last entry: sums the statements. */
bool settlement_finish(struct settlement *settlement, struct err *err);

/* Statements that stand, by store_id; those withheld are not among them. */
size_t settlement_statements(const struct settlement *settlement);
const struct statement *settlement_statement(const struct settlement *settlement, size_t index);

/* Parts by kind, then key. A store that is open has one even without any money. */
size_t settlement_parts(const struct settlement *settlement);
const struct settle_part *settlement_part(const struct settlement *settlement, size_t index);

/* Of the entries as pushed. */
const struct settle_totals *settlement_entries(const struct settlement *settlement);

/* Of the parts: what the identities hold against the trade bill. Counts are those of entries whose
 * items all went somewhere. ERR_DATA when a sum does not fit. */
bool settlement_sum_parts(const struct settlement *settlement, struct settle_totals *ret_totals,
                          struct err *err);

/* Adds S01 and S02 to the list. */
bool settlement_findings(const struct settlement *settlement, struct finding_list *list,
                         struct err *err);

#endif
