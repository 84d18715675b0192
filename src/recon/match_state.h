/* Shared by the sources of match.h; nobody else includes it. */
#ifndef RECON_MATCH_STATE_H
#define RECON_MATCH_STATE_H

#include "recon/match.h"

/* A row kept for later, with its texts in the match's arena. */
struct aside {
    struct bill_row row;
    struct view number; /* what it is looked up by */
    bool foreign;       /* E07 */
};

/* A record of the day without a row. */
struct left {
    struct ledger_place *place;
    struct view number;
};

struct lefts {
    struct left *at;
    size_t count, capacity;
};

struct match {
    struct match_rules rules;
    struct match_targets targets;
    struct arena arena;
    struct aside *aside;
    size_t aside_count, aside_capacity;
    struct lefts left_payments, left_refunds;
    const struct ledger *repeated; /* as match_found has it; NULL before */
    struct match_totals totals;
    bool overflowed; /* a sum left 64 bits */
};

/* The platform's number of the order that a row is about. Pay-score deductions carry a number of
 * WeChat Pay's own; the platform's stands third in the attached data (FACTS §8). */
struct view match_order_number(const struct bill_row *row);

/* Second number of a row: transaction_id, or refund_id of a refund. */
struct view match_second(const struct bill_row *row);
bool match_is_refund(const struct bill_row *row);
enum entry_kind match_entry_kind(const struct bill_row *row);

/* Is the row another merchant's, AppID's, currency's or day's (E07)? */
bool match_is_foreign(const struct match *match, const struct bill_row *row);
bool match_is_other_day(const struct match *match, const struct bill_row *row);

/* Is the record unpaired, and does it agree with the row in the second number, too? A payment's is
 * the transaction; a refund's is the payment's number, all that the books know of it. */
bool match_is_same(const struct bill_row *row, const struct ledger_place *place);

/* Class of a row and its record, CLASS_NONE when they are equal. */
enum finding_class match_class(const struct match *match, const struct bill_row *row,
                               const struct books_record *record);

/* Class of a refund that the books do not have, or do not count as money moved. */
enum finding_class match_refund_unknown(const struct bill_row *row);

/* May the row stand in a neighbouring day's bill, too? */
bool match_is_doubtful(const struct match *match, const struct bill_row *row,
                       const struct books_record *record);

/* Hands the row to the sink and, with a class, adds its finding under `key`. The evidence names
 * `place`; the entry has it when the row is paired with it. */
bool match_emit(struct match *match, const struct bill_row *row, struct ledger_place *place,
                enum finding_class class, struct view key, struct err *err);

/* Pairs the row with the record, classes and emits it. */
bool match_pair(struct match *match, const struct bill_row *row, struct ledger_place *place,
                struct err *err);

/* The same with the class already known. */
bool match_pair_as(struct match *match, const struct bill_row *row, struct ledger_place *place,
                   enum finding_class class, struct err *err);

/* Do the books count the record as money moved? */
bool match_is_moved(bool refund, enum books_status status);

void match_add(struct match *match, struct identity_side *side, struct money money);
bool match_sums_fit(const struct match *match, struct err *err);
bool match_in_day(const struct match *match, const struct books_record *record);

#endif
