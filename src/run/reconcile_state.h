/* Shared by the sources of reconcile.h; nobody else includes it. */
#ifndef RUN_RECONCILE_STATE_H
#define RUN_RECONCILE_STATE_H

#include "books/read.h"
#include "recon/closed.h"
#include "recon/fund.h"
#include "recon/match.h"
#include "run/bill_change.h"
#include "run/bill_rows.h"
#include "run/reconcile.h"

/* What makes the day INCOMPLETE. */
struct reconcile_problem {
    enum finding_class class; /* CLASS_NONE: there is none */
    enum finding_leg leg;
    const char *key;
    bool may_come; /* until the deadline */
};

/* The day before or after. */
struct neighbour {
    struct date day;
    struct ledger *payments, *refunds, *cross_payments, *cross_refunds;
    struct match_neighbour known;
};

/* A row of the trade bill under a number of the form of our refunds. */
struct reconcile_refund_row {
    int64_t line;
    struct view refund_no, refund_id, status;
    struct money amount;
};

struct reconcile_refunds {
    struct arena arena;
    struct reconcile_refund_row *at;
    size_t count, capacity;
};

struct reconcile {
    struct job *job;
    struct pg *pg;       /* writes */
    struct pg *books;    /* one snapshot */
    struct pg *evidence; /* the bill stream's */
    const struct merchant *merchant;
    struct date day;
    struct refund_doubts *doubts;
    struct instant now;
    struct books_span span; /* the day and a margin on both sides */

    struct evidence_file trade;
    struct evidence_file fund;
    bool has_fund;                                /* the merchant has such an account */
    struct bill_change trade_change, fund_change; /* E06 */

    struct ledger *payments, *refunds, *by_transaction;
    struct ledger *printed; /* numbers of WeChat Pay's own that the trade bill printed */
    /* Refunds of the trade bill that are dated on other days, by refund_id, and those days. */
    struct ledger *dated_elsewhere;
    struct date dated_from, dated_to;
    struct reconcile_refunds own_refunds;
    struct neighbour before, after;
    struct match *match;
    struct finding_list findings;
    struct fund_totals fund_totals;
    struct ledger *failed;    /* refunds that the trade bill calls failed, by refund_id … */
    struct money failed_paid; /* … and what the account paid for them all the same */
    struct closed_list closed;
    struct closed_totals closed_totals;
    struct money movement;         /* settled less refunds and fees, without those and with these */
    struct identity_side deposits; /* recorded for the day's payments */
    struct identity_side bill_footer; /* as the footer states it … */
    struct fee bill_fee;              /* … and its fees */
    struct reconcile_problem problem;
};

/* Notes that the error at hand is about evidence or books. Returns false. */
bool reconcile_problem(struct reconcile *reconcile, enum finding_class class, enum finding_leg leg,
                       const char *key, bool may_come);

/* The day itself, without the margin of `span`. */
struct books_span reconcile_day_span(const struct reconcile *reconcile);

/* A stored bill on its way to `take`, whose errors stop it. */
struct reconcile_reading {
    const char *kind;
    enum bill_kind wanted;
    struct bill_rows *rows;
    bool (*take)(void *context, const struct bill_rows_batch *batch, struct err *err);
    void *context;
    bool stopped; /* by `take` */
};

/* The whole bill; ERR_DATA when it is of another kind. */
bool reconcile_read_bill(struct reconcile *reconcile, struct reconcile_reading *reading,
                         struct err *err);

/* What the stored findings of the days before and after say. */
void reconcile_neighbours_init(struct reconcile *reconcile);
bool reconcile_neighbours(struct reconcile *reconcile, struct err *err);
void reconcile_neighbours_release(struct reconcile *reconcile);

/* Which of the second numbers stand in the bills of those days. In the snapshot of the books: the
 * other connection is writing entries. */
bool reconcile_repeated(struct reconcile *reconcile, const struct match_keys *keys,
                        struct ledger *ret_seconds, struct err *err);

/* The trade bill through the match; entries into recon.entry. The books are read meanwhile. */
bool reconcile_trade(struct reconcile *reconcile, struct err *err);

/* Rows of the trade bill and of the fund flow, of failed and closed refunds; others are left alone.
 */
bool reconcile_closed_take_refund(struct reconcile *reconcile, const struct bill_row *row,
                                  struct err *err);
bool reconcile_closed_take_fund(struct reconcile *reconcile, const struct bill_fund_row *row,
                                struct err *err);

/* Which of the closed refunds books or bills know, and what they had taken. After both bills. */
bool reconcile_closed(struct reconcile *reconcile, struct err *err);

/* The fund-flow bill into totals. */
bool reconcile_fund(struct reconcile *reconcile, struct err *err);

/* Records without a row, deposits, the fund flow: findings. After the entries. */
bool reconcile_rest(struct reconcile *reconcile, struct err *err);

/* Keeps a row of ours; others are left alone. */
void reconcile_refunds_take(struct reconcile_refunds *refunds, const struct bill_row *row);
/* Replaces what the day's bills say of our refunds and of the account's balance. After the entries,
 * within the transaction. */
bool reconcile_refunds_store(struct reconcile *reconcile, struct err *err);
void reconcile_refunds_release(struct reconcile_refunds *refunds);

/* Identities, findings, verdict, mark; then the caller commits. */
bool reconcile_store(struct reconcile *reconcile, struct reconcile_result *ret_result,
                     struct err *err);

#endif
