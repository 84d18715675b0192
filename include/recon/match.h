/* Pairs one day's trade bill with the books (DESIGN §5). Pure: rows and ledgers in, entries and
 * findings out.
 *
 * Payments pair by out_trade_no, refunds by out_refund_no; each pairing is a bijection. A payment
 * whose number the books do not know pairs by its transaction_id, once all numbers had their turn.
 * The way of the data:
 *
 * - match_row: each row of the bill. A row whose record is in the ledger, unpaired, and agrees in
 *   its second number is paired at once; every other row is put aside, copied: what becomes of
 *   it may depend on rows still to come
 * - match_aside_keys: the numbers of the rows put aside; the caller looks them up in the books
 *   without a date limit, into the same ledgers
 * - match_settle_aside: pairs or classes the rows put aside, in an order of their own
 * - match_left_keys: the numbers of the day's records without a row, to be looked up among the
 *   neighbouring days' pairs
 * - match_books_only: classes those records
 * - match_totals: both sides of the sums
 *
 * Of several transactions of one number the one that the books name has the record, else the first
 * in the order of their texts; the others are second payments (T06). A row that is not ours by
 * merchant, AppID, currency or day (E07), or in a state nobody has classified (T13), is paired with
 * the record of its number all the same when both numbers agree, or for T13 when no paid row has
 * that number: the record then has no finding of its own.
 *
 * A row that stands in a neighbouring day's bill, too, is T07. Else the result does not depend on
 * the order of rows or records, but where they contradict themselves: of two refunds for one number
 * (R08), and of two rows of one transaction and state that differ, the bill's first is paired; of
 * two records of one number (T08) the first one's values stay.
 *
 * A record is of this bill day when its row is; otherwise when its time is (the bill's day wins,
 * T09). Findings go into the caller's list, one cause one finding, the first class that applies: of
 * the row E07, T07, T13, R01/R09/T01, R08/T06; of a pair T08, T02/R01/R09, T10, T04/T05/R03, R05,
 * T12, T11, T09. */
#ifndef RECON_MATCH_H
#define RECON_MATCH_H

#include "base/memory.h"
#include "bill/bill.h"
#include "books/ledger.h"
#include "recon/finding.h"
#include "recon/verdict.h"

/* Rows put aside are copied. More than this, and more than half of the bill, is a broken feed
 * (E09), not a difference. */
enum { MATCH_ASIDE_MAX = 50000 };

/* What the stored findings say of the bill of the day before or after. Ledgers of numbers. */
struct match_neighbour {
    bool reconciled;
    const struct ledger *payments, *refunds;             /* with a finding there */
    const struct ledger *cross_payments, *cross_refunds; /* that bill has, of another day: T09 */
};

struct match_rules {
    struct view mchid;     /* as the rows must show: the service provider's in partner mode */
    struct view sub_mchid; /* empty for a direct merchant */
    const struct view *appids;
    size_t appid_count;
    struct date bill_day;
    struct view bill_sha256;                      /* named in the evidence of findings */
    const struct match_neighbour *before, *after; /* NULL: nothing is known */
};

enum entry_kind { ENTRY_PAYMENT, ENTRY_REFUND, ENTRY_REVOKED, ENTRY_OTHER };

const char *entry_kind_name(enum entry_kind kind);

/* Has the number the form of our own deposit refunds, DR and 30 hex digits? Then a row of it that
 * the books do not count is R09, not R01. */
bool match_is_our_refund(struct view out_refund_no);

/* A row of the bill and its record, or none. Views live during the call of the sink. */
struct entry {
    enum entry_kind kind;
    enum finding_class class; /* CLASS_NONE: paired and equal */
    const struct bill_row *row;
    const struct ledger *ledger;
    const struct ledger_place *place; /* NULL: not paired */
};

typedef bool entry_sink(void *context, const struct entry *entry, struct err *err);

struct match;

/* Ledgers and list are the caller's and live longer. The sink gets every row exactly once. */
struct match_targets {
    struct ledger *payments; /* by out_trade_no */
    struct ledger *refunds;  /* by out_refund_no */
    struct finding_list *findings;
    entry_sink *sink;
    void *sink_context;
};

struct match *match_new(const struct match_rules *rules, const struct match_targets *targets);
void match_free(struct match *match);
DEFINE_CLEANUP(match_done, struct match, match_free)

/* These rows, at most MATCH_AHEAD, come next: only makes match_row quicker. */
enum { MATCH_AHEAD = 32 };
void match_ahead(const struct match *match, const struct bill_row *rows, size_t count);

/* ERR_LIMIT when too many rows have no record: see MATCH_ASIDE_MAX. ERR_DATA for numbers and sums
 * that no bill has. */
bool match_row(struct match *match, const struct bill_row *row, struct err *err);

/* Numbers of rows or records; in the match's memory. */
struct match_keys {
    const struct view *out_trade_nos;
    size_t out_trade_no_count;
    const struct view *transaction_ids;
    size_t transaction_id_count;
    const struct view *out_refund_nos;
    size_t out_refund_no_count;
    const struct view *rental_nos;
    size_t rental_no_count;
    const struct view *seconds; /* transaction_ids of payments, refund_ids of refunds */
    size_t second_count;
};

/* Of the rows put aside. */
void match_aside_keys(struct match *match, struct match_keys *ret_keys);

/* Rentals of records put aside that the books do not count as paid: their paid payments tell a
 * payment made twice (T06) from a dropped order (T02). */
void match_unpaid_rentals(struct match *match, struct match_keys *ret_keys);

/* Second numbers of rows put aside that may stand in a neighbouring day's bill, too: by what is
 * known of it. Whether they do is to be looked up there. */
void match_doubtful_keys(struct match *match, struct match_keys *ret_keys);

/* What was looked up for the rows put aside. */
struct match_found {
    const struct ledger *by_transaction; /* payments by transaction_id, second text out_trade_no */
    const struct ledger *siblings; /* paid payments of the rentals asked for, by out_trade_no */
    const struct ledger *repeated; /* second numbers that stand in a neighbouring day's bill */
};

bool match_settle_aside(struct match *match, const struct match_found *found, struct err *err);

/* Records of the day that no row is paired with and that the books count as money moved. */
bool match_left_keys(struct match *match, struct match_keys *ret_keys, struct err *err);

/* Classes them. `elsewhere`: those that a neighbouring day's bill has, which are T09 here too, so
 * that this day is known to rest on that bill; `by_transaction` as above, for T08. */
struct match_elsewhere {
    const struct ledger *payments; /* a ledger of their numbers */
    const struct ledger *refunds;
    const struct ledger *by_transaction;
};

bool match_books_only(struct match *match, const struct match_elsewhere *elsewhere,
                      struct err *err);

/* Sums of the day for the verdict's identities and for recon.day. */
struct match_totals {
    int64_t rows;
    int64_t matched;                /* paired, without a finding or explained */
    int64_t foreign;                /* E07 … */
    int64_t other_day;              /* … of them payments of another day */
    struct identity_side bill_rows; /* every row: Σ order amount */
    struct identity_side bill_payments, books_payments;
    struct identity_side bill_refunds, books_refunds;
    int64_t refunds_in_time; /* dated between the day's start and the bill's making */
    struct identity_side books_amounts, books_items; /* the day's paid records and their items */
    struct identity_side books_deposit_items;
    struct identity_side settled_payments; /* Σ settlement amount, without repeated rows (T07) */
    struct identity_side uncertain;        /* the same of rows that are neither paid nor refunded */
    struct fee fees;           /* Σ fee, sign turned: what it does to the account … */
    struct fee uncertain_fees; /* … but of rows that are uncertain, and of failed refunds */
    struct money movement; /* Σ settlement − Σ refunded − Σ fee: as the account should move … */
    struct money uncertain_movement; /* … and what the uncertain would add */
};

/* Money counts after match_settle_aside only. */
struct match_totals match_totals(const struct match *match);

#endif
