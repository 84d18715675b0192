/* A statement (结算单): what one store is owed for one period, as lines of a summary and the items
 * behind them (DOMAIN §6). Pure.
 *
 * Amounts are signed as they enter the sum: refunds and fees are negative. So base = Σ of the lines
 * above it, net = share + fixed + adjustments, and the items add up to each line: amounts exactly,
 * shares exactly, fees rounded once, in the line FEE. */
#ifndef SETTLE_STATEMENT_H
#define SETTLE_STATEMENT_H

#include "base/buf.h"
#include "base/err.h"
#include "crypto/digest.h"
#include "settle/terms.h"

/* In the order they are printed. */
enum statement_line {
    LINE_RENT,
    LINE_SWAP,
    LINE_DAMAGE,
    LINE_PENALTY,
    LINE_OTHER,
    LINE_RENT_REFUND,
    LINE_OTHER_REFUND,
    LINE_FEE,
    LINE_BASE,
    LINE_SHARE,
    LINE_FIXED,
    LINE_ADJUSTMENT,
    LINE_NET,
    LINE_OPERATOR_SHARE, /* from here on information only */
    LINE_DEPOSIT_TAKEN,
    LINE_DEPOSIT_REFUNDED,
    LINE_OPEN_PAYMENT, /* items of payments in open findings, held out */
    LINE_OPEN_REFUND,
    LINE_COUNT,
};

struct statement_line_info {
    const char *code; /* as stored: "RENT" */
    const char *name; /* as printed: 租金收入 */
    bool counted;     /* its count says something */
    bool info;        /* in no sum */
};

const struct statement_line_info *statement_line_info(enum statement_line line);
bool statement_line_by_code(struct view code, enum statement_line *ret_line);

struct statement_amount {
    int64_t count;
    struct money money;
};

/* An item of an entry, as it stands in a statement. */
struct statement_item {
    int64_t line_no; /* of the plain bill */
    int64_t item_no;
    bool refund;
    enum books_kind kind;
    struct instant trade_at;
    struct view out_trade_no;
    struct view transaction_id;
    struct view out_refund_no; /* refunds only */
    struct view rental_no;     /* may be empty */
    struct view code;          /* class of its open finding; empty: settled */
    struct money amount;       /* negative: refunded */
    struct fee fee;            /* its part of the entry's; negative: returned */
    struct fee borne;          /* the part that the base bears */
    struct money share;
};

struct statement {
    struct view store_id;
    struct view store_name;
    const struct store_terms *const *terms; /* those in force, by kind */
    size_t terms_count;
    struct money fixed; /* fixed amounts of cycles that end in the period */
    struct statement_amount lines[LINE_COUNT];
    struct statement_item *items; /* in the order of statement_item_compare */
    size_t item_count;
};

/* By time, number, refund number, item: no two items of a day are equal. For qsort. */
int statement_item_compare(const void *a, const void *b);

/* Fills `lines` from `items` and `fixed`. ERR_DATA when a sum does not fit. */
bool statement_sum(struct statement *statement, struct err *err);

/* The terms in force as JSON, the text that is stored and hashed. */
void statement_terms_json(const struct statement *statement, struct buf *out);

/* SHA-256 over the terms without their dates, the lines, and the items without their line numbers:
 * the same for the same numbers, whichever version of a bill they came in. */
struct digest_text statement_digest(const struct statement *statement);

/* What differs in two summaries, for people: "租金收入 100.00 → 90.00; …". When all lines are equal
 * the items or terms differ, and it says so. */
void statement_difference(const struct statement_amount *before,
                          const struct statement_amount *after, struct buf *out);

#endif
