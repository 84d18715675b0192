/* The trade bill: rows stream through the match into recon.entry while another thread reads. */
#include "books_thread.h"
#include "queries.h"
#include "reconcile_state.h"
#include "run/entry_writer.h"

#include <string.h>

/* One of them among the rows of the account is enough to know it as ours. */
enum { PRINTED_MAX = 1000 };

/* One of them in another day's bill is enough to doubt this one. */
enum { DATED_ELSEWHERE_MAX = 1000 };

/* A view that we may not read, or whose rows break the contract, is the books' fault; a lost
 * connection is not. */
static bool books_failed(struct reconcile *reconcile, const struct err *err)
{
    if (err->kind == ERR_ACCESS || err->kind == ERR_CONFIG || err->kind == ERR_DATA ||
        err->kind == ERR_LIMIT)
        return reconcile_problem(reconcile, CLASS_E09, LEG_BOOKS, "rows", /* may_come= */ true);
    return false;
}

static bool keep_number(struct ledger *set, struct view number, const struct bill_row *row,
                        struct err *err)
{
    const struct books_row kept = {.number = number};

    return ledger_add(set, &kept, err) || err_wrap(err, "line %lld", (long long)row->line);
}

/* A deduction's printed number is WeChat Pay's own; the account shows it, the books do not know it.
 */
static bool keep_printed(struct reconcile *reconcile, const struct bill_row *row, struct err *err)
{
    if (!view_equal(row->trade_type, VIEW("AUTH")) ||
        ledger_count(reconcile->printed) == PRINTED_MAX)
        return true;
    return keep_number(reconcile->printed, row->out_trade_no, row, err);
}

/* A refund's time need not be of the bill's day (FACTS §3.8); that it is not is what a refund of
 * another day's bill looks like, too. */
static bool keep_dated_elsewhere(struct reconcile *reconcile, const struct bill_row *row,
                                 struct err *err)
{
    struct date day = beijing_day(row->time);
    bool first = ledger_count(reconcile->dated_elsewhere) == 0;

    if (row->trade_state != BILL_TRADE_REFUND || day.days == reconcile->day.days ||
        ledger_count(reconcile->dated_elsewhere) == DATED_ELSEWHERE_MAX)
        return true;
    if (first || day.days < reconcile->dated_from.days)
        reconcile->dated_from = day;
    if (first || day.days > reconcile->dated_to.days)
        reconcile->dated_to = day;
    return keep_number(reconcile->dated_elsewhere, row->refund_id, row, err);
}

static bool take_row(struct reconcile *reconcile, const struct bill_row *row, struct err *err)
{
    reconcile_refunds_take(&reconcile->own_refunds, row);
    return keep_printed(reconcile, row, err) && keep_dated_elsewhere(reconcile, row, err) &&
           reconcile_closed_take_refund(reconcile, row, err) &&
           match_row(reconcile->match, row, err);
}

static bool take_rows(void *context, const struct bill_rows_batch *batch, struct err *err)
{
    struct reconcile *reconcile = context;

    for (size_t i = 0; batch->trade != NULL && i < batch->count; i++) {
        size_t left = batch->count - i;

        if (i % MATCH_AHEAD == 0)
            match_ahead(reconcile->match, &batch->trade[i],
                        left < MATCH_AHEAD ? left : MATCH_AHEAD);
        if (!take_row(reconcile, &batch->trade[i], err))
            return false;
    }
    return true;
}

/* The match stopped: a row makes no sense, or most rows have no partner, so one whole side is
 * another's. */
static bool match_failed(struct reconcile *reconcile, struct err *err)
{
    struct match_totals totals = match_totals(reconcile->match);

    if (err->kind == ERR_DATA) {
        err_wrap(err, "%s of %s", evidence_kind_name(EVIDENCE_TRADE_ALL),
                 date_text(reconcile->day).s);
        return reconcile_problem(reconcile, CLASS_E04, LEG_EVIDENCE, EVIDENCE_TRADE_ALL,
                                 /* may_come= */ false);
    }
    if (err->kind != ERR_LIMIT)
        return false;
    if (totals.foreign > totals.rows / 2)
        return reconcile_problem(reconcile, CLASS_E07, LEG_EVIDENCE, EVIDENCE_TRADE_ALL,
                                 /* may_come= */ false);
    return reconcile_problem(reconcile, CLASS_E09, LEG_BOOKS, "payments", /* may_come= */ true);
}

/* The order amounts as the footer states them; legacy footers call them 总交易额. */
static bool is_order_total(const struct bill_total *total)
{
    return strcmp(total->name, "订单总金额") == 0 || strcmp(total->name, "总交易额") == 0;
}

/* The footer's count and order amount for the identity 'trade rows'; its fees are what the stores'
 * are held against. */
static void keep_footer(struct reconcile *reconcile, const struct bill_totals *totals)
{
    for (size_t i = 0; i < totals->stated_count; i++) {
        const struct bill_total *stated = &totals->stated[i];

        if (stated->unit == BILL_UNIT_COUNT)
            reconcile->bill_footer.count = stated->stated;
        else if (stated->unit == BILL_UNIT_MILLIFEN)
            reconcile->bill_fee.millifen = stated->stated;
        else if (is_order_total(stated))
            reconcile->bill_footer.money.fen = stated->stated;
    }
}

static bool read_trade_bill(struct reconcile *reconcile, struct bill_rows *rows, struct err *err)
{
    struct reconcile_reading reading = {.kind = EVIDENCE_TRADE_ALL,
                                        .wanted = BILL_KIND_ALL,
                                        .rows = rows,
                                        .take = take_rows,
                                        .context = reconcile};

    if (!reconcile_read_bill(reconcile, &reading, err))
        return reading.stopped ? match_failed(reconcile, err) : false;
    keep_footer(reconcile, bill_rows_totals(rows));
    return true;
}

/* A file whose every row is another merchant's or another day's is no difference but the wrong
 * file. When there are payments they tell the day; a refund's time proves less (FACTS §3.8), so it
 * counts only where there is nothing else. */
static bool check_foreign(struct reconcile *reconcile, struct err *err)
{
    struct match_totals totals = match_totals(reconcile->match);
    bool other_day = totals.other_day > 0 && totals.other_day == totals.bill_payments.count;
    bool other_refunds =
        totals.rows > 0 && totals.bill_refunds.count == totals.rows && totals.refunds_in_time == 0;

    if (!other_day && !other_refunds && (totals.rows == 0 || totals.foreign < totals.rows))
        return true;
    err_set(err, ERR_DATA, "every %s of the trade bill of %s is of another %s",
            other_day       ? "payment"
            : other_refunds ? "refund"
                            : "row",
            date_text(reconcile->day).s,
            other_day || other_refunds ? "day" : "merchant, AppID or currency");
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
    CLEANUP(ledger_done) struct ledger *repeated = ledger_new();
    const struct match_found found = {reconcile->by_transaction, siblings, repeated};
    struct match_keys keys, rentals, doubtful;
    struct books_payment_numbers wanted;
    struct books_span span = {{reconcile->span.from.us - INSTANT_DAY},
                              {reconcile->span.to.us + INSTANT_DAY}};

    match_aside_keys(reconcile->match, &keys);
    ledger_mark_looked_up(reconcile->payments);
    ledger_mark_looked_up(reconcile->refunds);
    wanted = (struct books_payment_numbers){
        numbers(keys.out_trade_nos, keys.out_trade_no_count),
        numbers(keys.transaction_ids, keys.transaction_id_count),
    };
    if (!books_find_payments(reconcile->books, mchid, &wanted, reconcile->payments,
                             reconcile->by_transaction, err) ||
        !books_find_refunds(reconcile->books, mchid,
                            numbers(keys.out_refund_nos, keys.out_refund_no_count),
                            reconcile->refunds, err))
        return books_failed(reconcile, err);

    match_unpaid_rentals(reconcile->match, &rentals);
    if (!books_find_siblings(reconcile->books, mchid,
                             numbers(rentals.rental_nos, rentals.rental_no_count), span, siblings,
                             err))
        return books_failed(reconcile, err);

    match_doubtful_keys(reconcile->match, &doubtful);
    return reconcile_repeated(reconcile, &doubtful, repeated, err) &&
           match_settle_aside(reconcile->match, &found, err);
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
        .before = &reconcile->before.known,
        .after = &reconcile->after.known,
    };
}

/* The bill's rows against complete ledgers. */
static bool pair_rows(struct reconcile *reconcile, struct bill_rows *rows,
                      struct books_thread *books, struct err *err)
{
    if (!books_thread_wait(books, err))
        return books_failed(reconcile, err);
    if ((rows != NULL && !read_trade_bill(reconcile, rows, err)) || !check_foreign(reconcile, err))
        return false;
    if (!books_thread_join(books, err))
        return books_failed(reconcile, err);
    return settle_aside(reconcile, err) && check_one_sided(reconcile, err);
}

/* On the bill's connection, which has nothing to do before the books are there. What goes wrong is
 * refund_check's to say, when it looks itself. */
static void look_at_refunds(struct reconcile *reconcile)
{
    struct err unsaid = ERR_INIT;

    (void)refund_doubts_look(reconcile->evidence, reconcile->merchant->mchid, reconcile->day,
                             reconcile->now, reconcile->doubts, &unsaid);
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
    CLEANUP(bill_rows_done) struct bill_rows *rows = NULL;
    CLEANUP(books_thread_done) struct books_thread *books = NULL;

    reconcile->match = match_new(&rules, &targets);
    if (!books_thread_start(&task, &books, err))
        return false;
    if (!reconcile->trade.no_statement) {
        if (!job_connect(reconcile->job, &reconcile->evidence, err))
            return false;
        look_at_refunds(reconcile);
        rows = bill_rows_open(reconcile->evidence, reconcile->merchant->mchid, reconcile->day,
                              &reconcile->trade);
    }
    return pair_rows(reconcile, rows, books, err);
}

struct refund_ids {
    const struct ledger *ledger;
    struct view at[DATED_ELSEWHERE_MAX];
    size_t count;
};

static bool add_refund_id(void *context, struct ledger_place *place, struct err *err)
{
    struct refund_ids *ids = context;
    struct books_record record;

    (void)err;
    ledger_get(ids->ledger, place, &record);
    ids->at[ids->count++] = record.number;
    return true;
}

/* A refund counts in one bill only: the record that it is paired with would be paired twice, and
 * each day would balance. */
static bool check_repeated(struct reconcile *reconcile, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct refund_ids *ids = ARENA_NEW(&arena, struct refund_ids);
    struct pg_value values[2];
    bool found;

    ids->ledger = reconcile->dated_elsewhere;
    if (ledger_count(ids->ledger) == 0)
        return true;
    if (!ledger_each(ids->ledger, add_refund_id, ids, err) ||
        !pg_one(reconcile->pg, &query_recon_entry_repeated,
                PG_PARAMS(pg_text(reconcile->merchant->mchid), pg_date(reconcile->day),
                          pg_date(reconcile->dated_from), pg_date(reconcile->dated_to),
                          pg_texts(ids->at, ids->count)),
                &arena, &found, values, err))
        return false;
    if (!found)
        return true;
    err_set(err, ERR_DATA, "refund %.*s of the trade bill of %s stands in that of %s, too",
            VIEW_ARG(values[0].text), date_text(reconcile->day).s, date_text(values[1].date).s);
    return reconcile_problem(reconcile, CLASS_E07, LEG_EVIDENCE, EVIDENCE_TRADE_ALL,
                             /* may_come= */ false);
}

bool reconcile_trade(struct reconcile *reconcile, struct err *err)
{
    CLEANUP(entry_writer_release) struct entry_writer writer = {.copy = NULL};

    reconcile->bill_footer = (struct identity_side){.name = "footer of the trade bill"};
    return pg_run(reconcile->pg, &query_recon_entry_clear,
                  PG_PARAMS(pg_text(reconcile->merchant->mchid), pg_date(reconcile->day)), NULL,
                  err) &&
           entry_writer_init(&writer, reconcile->pg, reconcile->merchant->mchid, reconcile->day,
                             err) &&
           pair_sides(reconcile, &writer, err) && entry_writer_finish(&writer, err) &&
           check_repeated(reconcile, err);
}
