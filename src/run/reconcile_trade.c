/* The trade bill: rows stream through the match into recon.entry while another thread inflates. */
#include "books_thread.h"
#include "queries.h"
#include "reconcile_state.h"
#include "run/bill_stream.h"
#include "run/entry_writer.h"

/* A view that we may not read, or whose rows break the contract, is the books' fault; a lost
 * connection is not. */
static bool books_failed(struct reconcile *reconcile, const struct err *err)
{
    if (err->kind == ERR_ACCESS || err->kind == ERR_CONFIG || err->kind == ERR_DATA ||
        err->kind == ERR_LIMIT)
        return reconcile_problem(reconcile, CLASS_E09, LEG_BOOKS, "rows", /* may_come= */ true);
    return false;
}

static bool take_row(void *context, const struct bill_row *row, struct err *err)
{
    return match_row(context, row, err);
}

/* Which class an unreadable bill has. */
static bool bill_failed(struct reconcile *reconcile, const char *kind,
                        const struct bill_reader *reader, struct err *err)
{
    switch (bill_reader_state(reader)) {
    case BILL_UNREADABLE:
    case BILL_TRUNCATED:
    case BILL_TOO_LARGE:
        err_wrap(err, "%s of %s", evidence_kind_name(kind), date_text(reconcile->day).s);
        return reconcile_problem(reconcile, CLASS_E04, LEG_EVIDENCE, kind, /* may_come= */ false);
    case BILL_TOTALS:
        err_wrap(err, "%s of %s", evidence_kind_name(kind), date_text(reconcile->day).s);
        return reconcile_problem(reconcile, CLASS_E05, LEG_EVIDENCE, kind, /* may_come= */ false);
    case BILL_READING:
    case BILL_OK:
    case BILL_STOPPED:
        break;
    }
    return false;
}

/* The match stopped: most rows have no partner, so one whole side is another's. */
static bool match_failed(struct reconcile *reconcile, const struct err *err)
{
    struct match_totals totals = match_totals(reconcile->match);

    if (err->kind != ERR_LIMIT)
        return false;
    if (totals.foreign > totals.rows / 2)
        return reconcile_problem(reconcile, CLASS_E07, LEG_EVIDENCE, EVIDENCE_TRADE_ALL,
                                 /* may_come= */ false);
    return reconcile_problem(reconcile, CLASS_E09, LEG_BOOKS, "payments", /* may_come= */ true);
}

/* Pushes every block of a stored bill through a reader. */
static bool read_stream(struct reconcile *reconcile, struct bill_stream *stream, const char *kind,
                        struct bill_reader *reader, struct err *err)
{
    for (;;) {
        struct view block;

        if (!bill_stream_next(stream, &block, err)) {
            if (err->kind != ERR_DATA && err->kind != ERR_LIMIT)
                return false;
            err_wrap(err, "%s of %s", evidence_kind_name(kind), date_text(reconcile->day).s);
            return reconcile_problem(reconcile, CLASS_E03, LEG_EVIDENCE, kind,
                                     /* may_come= */ false);
        }
        if (block.length == 0)
            return true;
        if (!bill_reader_push(reader, block, err)) {
            if (bill_reader_state(reader) == BILL_STOPPED && reconcile->match != NULL)
                return match_failed(reconcile, err);
            return bill_failed(reconcile, kind, reader, err);
        }
    }
}

static bool check_layout(struct reconcile *reconcile, const char *kind, enum bill_kind wanted,
                         const struct bill_totals *totals, struct err *err)
{
    if (bill_layout_kind(totals->layout) == wanted)
        return true;
    err_set(err, ERR_DATA, "%s of %s has layout %s", evidence_kind_name(kind),
            date_text(reconcile->day).s, bill_layout_name(totals->layout));
    return reconcile_problem(reconcile, CLASS_E04, LEG_EVIDENCE, kind, /* may_come= */ false);
}

/* The footer's count and order amount for the identity 'trade rows'; its fees are what the stores'
 * are held against. */
static void keep_footer(struct reconcile *reconcile, const struct bill_totals *totals)
{
    reconcile->bill_footer.money = totals->order;
    for (size_t i = 0; i < totals->stated_count; i++) {
        const struct bill_total *stated = &totals->stated[i];

        if (stated->unit == BILL_UNIT_COUNT)
            reconcile->bill_footer.count = stated->stated;
        else if (stated->unit == BILL_UNIT_MILLIFEN)
            reconcile->bill_fee.millifen = stated->stated;
    }
}

static bool read_trade_bill(struct reconcile *reconcile, struct bill_stream *stream,
                            struct err *err)
{
    const struct bill_handler handler = {.trade = take_row, .context = reconcile->match};
    CLEANUP(bill_reader_done)
    struct bill_reader *reader = bill_reader_new(BILL_DIALECT_API, handler, BILL_LIMITS);
    struct bill_totals totals;

    if (!read_stream(reconcile, stream, EVIDENCE_TRADE_ALL, reader, err))
        return false;
    if (!bill_reader_finish(reader, &totals, err))
        return bill_failed(reconcile, EVIDENCE_TRADE_ALL, reader, err);
    keep_footer(reconcile, &totals);
    return check_layout(reconcile, EVIDENCE_TRADE_ALL, BILL_KIND_ALL, &totals, err);
}

/* Every row is another's, or every payment another day's (a refund's time proves nothing, FACTS
 * §3.8): so the file is. */
static bool check_foreign(struct reconcile *reconcile, struct err *err)
{
    struct match_totals totals = match_totals(reconcile->match);
    bool other_day = totals.other_day > 0 && totals.other_day == totals.bill_payments.count;

    if (!other_day && (totals.rows == 0 || totals.foreign < totals.rows))
        return true;
    err_set(err, ERR_DATA, "every %s of the trade bill of %s is of another %s",
            other_day ? "payment" : "row", date_text(reconcile->day).s,
            other_day ? "day" : "merchant, AppID or currency");
    return reconcile_problem(reconcile, CLASS_E07, LEG_EVIDENCE, EVIDENCE_TRADE_ALL,
                             /* may_come= */ false);
}

static struct books_numbers numbers(const struct view *at, size_t count)
{
    return (struct books_numbers){at, count};
}

/* Rows without a record: their numbers are asked for without a date limit. */
static bool settle_aside(struct reconcile *reconcile, struct err *err)
{
    struct view mchid = reconcile->merchant->mchid;
    CLEANUP(ledger_done) struct ledger *siblings = ledger_new();
    const struct match_found found = {reconcile->by_transaction, siblings};
    struct match_keys keys, rentals;
    struct books_span span = {{reconcile->span.from.us - INSTANT_DAY},
                              {reconcile->span.to.us + INSTANT_DAY}};

    match_aside_keys(reconcile->match, &keys);
    ledger_mark_looked_up(reconcile->payments);
    ledger_mark_looked_up(reconcile->refunds);
    if (!books_find_payments(reconcile->books, mchid,
                             numbers(keys.out_trade_nos, keys.out_trade_no_count),
                             numbers(keys.transaction_ids, keys.transaction_id_count),
                             reconcile->payments, reconcile->by_transaction, err) ||
        !books_find_refunds(reconcile->books, mchid,
                            numbers(keys.out_refund_nos, keys.out_refund_no_count),
                            reconcile->refunds, err))
        return books_failed(reconcile, err);

    match_unpaid_rentals(reconcile->match, &rentals);
    if (!books_find_siblings(reconcile->books, mchid,
                             numbers(rentals.rental_nos, rentals.rental_no_count), span, siblings,
                             err))
        return books_failed(reconcile, err);
    return match_settle_aside(reconcile->match, &found, err);
}

/* A whole side that is missing is one finding, not one a row (DOMAIN §3.1). */
static bool check_one_sided(struct reconcile *reconcile, struct err *err)
{
    struct match_totals totals = match_totals(reconcile->match);

    if (totals.bill_payments.count == 0 || ledger_count(reconcile->payments) > 0)
        return true;
    err_set(err, ERR_LATER, "the books have no payment of %s, the trade bill has %lld",
            date_text(reconcile->day).s, (long long)totals.bill_payments.count);
    return reconcile_problem(reconcile, CLASS_E09, LEG_BOOKS, "payments", /* may_come= */ true);
}

static struct match_rules rules_of(const struct reconcile *reconcile)
{
    const struct merchant *merchant = reconcile->merchant;
    bool partner = merchant->mode == MERCHANT_PARTNER;

    return (struct match_rules){
        .mchid = partner ? merchant->sp_mchid : merchant->mchid,
        .sub_mchid = partner ? merchant->mchid : (struct view){NULL, 0},
        .appids = merchant->appids,
        .appid_count = merchant->appid_count,
        .bill_day = reconcile->day,
        .bill_sha256 = view_of(reconcile->trade.received_sha256),
    };
}

/* The bill's rows against complete ledgers. */
static bool pair_rows(struct reconcile *reconcile, struct bill_stream *stream,
                      struct books_thread *books, struct err *err)
{
    if (!books_thread_wait(books, err))
        return books_failed(reconcile, err);
    if ((stream != NULL && !read_trade_bill(reconcile, stream, err)) ||
        !check_foreign(reconcile, err))
        return false;
    if (!books_thread_join(books, err))
        return books_failed(reconcile, err);
    return settle_aside(reconcile, err) && check_one_sided(reconcile, err);
}

/* Starts both sides, which work beside each other from here on. */
static bool pair_sides(struct reconcile *reconcile, struct entry_writer *writer, struct err *err)
{
    const struct match_rules rules = rules_of(reconcile);
    const struct match_targets targets = {reconcile->payments, reconcile->refunds,
                                          &reconcile->findings, entry_writer_take, writer};
    const struct books_task task = {
        .pg = reconcile->books,
        .mchid = reconcile->merchant->mchid,
        .span = reconcile->span,
        .day = reconcile_day_span(reconcile),
        .payments = reconcile->payments,
        .refunds = reconcile->refunds,
        .deposits = &reconcile->deposits,
    };
    CLEANUP(bill_stream_done) struct bill_stream *stream = NULL;
    CLEANUP(books_thread_done) struct books_thread *books = NULL;

    reconcile->match = match_new(&rules, &targets);
    if (!books_thread_start(&task, &books, err))
        return false;
    if (!reconcile->trade.no_statement) {
        if (!job_connect(reconcile->job, &reconcile->evidence, err))
            return false;
        stream = bill_stream_open(reconcile->evidence, reconcile->merchant->mchid, reconcile->day,
                                  &reconcile->trade);
    }
    return pair_rows(reconcile, stream, books, err);
}

bool reconcile_trade(struct reconcile *reconcile, struct err *err)
{
    CLEANUP(entry_writer_release) struct entry_writer writer = {.copy = NULL};
    int64_t rows;

    reconcile->bill_footer = (struct identity_side){.name = "footer of the trade bill"};
    return pg_run(reconcile->pg, &query_recon_entry_clear,
                  PG_PARAMS(pg_text(reconcile->merchant->mchid), pg_date(reconcile->day)), NULL,
                  err) &&
           entry_writer_init(&writer, reconcile->pg, reconcile->merchant->mchid, reconcile->day,
                             err) &&
           pair_sides(reconcile, &writer, err) && entry_writer_finish(&writer, &rows, err);
}

/* Does the row name a payment or refund of the books? */
static bool is_ours(const struct reconcile *reconcile, const struct bill_fund_row *row)
{
    return ledger_find(reconcile->payments, row->voucher_no) != NULL ||
           ledger_find(reconcile->refunds, row->voucher_no) != NULL;
}

struct fund_call {
    struct reconcile *reconcile;
    bool ours; /* at least one row is */
};

static bool take_fund_row(void *context, const struct bill_fund_row *row, struct err *err)
{
    struct fund_call *call = context;

    call->ours = call->ours || is_ours(call->reconcile, row);
    return fund_totals_add(&call->reconcile->fund_totals, row, call->reconcile->day, err);
}

/* A fund-flow bill does not say whose it is. The books know rows of the trade bill, but not one of
 * these: it is another merchant's, however well the sums agree. */
static bool check_fund_owner(struct reconcile *reconcile, bool ours, struct err *err)
{
    struct match_totals totals = match_totals(reconcile->match);

    if (ours || reconcile->fund_totals.trade_rows == 0 ||
        totals.books_payments.count + totals.books_refunds.count == 0)
        return true;
    err_set(err, ERR_DATA, "no row of the fund-flow bill of %s has a number of the books",
            date_text(reconcile->day).s);
    return reconcile_problem(reconcile, CLASS_E07, LEG_EVIDENCE, EVIDENCE_FUND_BASIC,
                             /* may_come= */ false);
}

/* E02: WeChat Pay says that nothing moved, and its own trade bill says that something did. */
static bool check_no_fund(struct reconcile *reconcile, struct err *err)
{
    struct match_totals totals = match_totals(reconcile->match);

    if (totals.settled_payments.count == 0 && totals.movement.fen == 0)
        return true;
    err_set(err, ERR_LATER, "the fund-flow bill of %s is empty, the trade bill has %lld rows",
            date_text(reconcile->day).s, (long long)totals.rows);
    return reconcile_problem(reconcile, CLASS_E02, LEG_EVIDENCE, EVIDENCE_FUND_BASIC,
                             /* may_come= */ true);
}

static bool read_fund_bill(struct reconcile *reconcile, struct bill_reader *reader, struct err *err)
{
    CLEANUP(bill_stream_done)
    struct bill_stream *stream = bill_stream_open(reconcile->evidence, reconcile->merchant->mchid,
                                                  reconcile->day, &reconcile->fund);
    struct bill_totals totals;

    if (!read_stream(reconcile, stream, EVIDENCE_FUND_BASIC, reader, err))
        return false;
    if (!bill_reader_finish(reader, &totals, err))
        return bill_failed(reconcile, EVIDENCE_FUND_BASIC, reader, err);
    return check_layout(reconcile, EVIDENCE_FUND_BASIC, BILL_KIND_FUND, &totals, err);
}

bool reconcile_fund(struct reconcile *reconcile, struct err *err)
{
    struct fund_call call = {.reconcile = reconcile};
    const struct bill_handler handler = {.fund = take_fund_row, .context = &call};
    CLEANUP(bill_reader_done)
    struct bill_reader *reader = bill_reader_new(BILL_DIALECT_API, handler, BILL_LIMITS);
    const struct fund_totals *totals = &reconcile->fund_totals;

    if (!reconcile->has_fund)
        return true;
    if (reconcile->fund.no_statement)
        return check_no_fund(reconcile, err);
    if (reconcile->evidence == NULL && !job_connect(reconcile->job, &reconcile->evidence, err))
        return false;
    if (!read_fund_bill(reconcile, reader, err))
        return false;
    if (totals->other_days == 0)
        return check_fund_owner(reconcile, call.ours, err);
    err_set(err, ERR_DATA, "%lld of %lld rows of the fund-flow bill of %s are of another day",
            (long long)totals->other_days, (long long)totals->rows, date_text(reconcile->day).s);
    return reconcile_problem(reconcile, CLASS_E07, LEG_EVIDENCE, EVIDENCE_FUND_BASIC,
                             /* may_come= */ false);
}
